"""What the tool says about files and comments, not about Celery."""
