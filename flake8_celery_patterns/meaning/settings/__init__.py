"""The project's Celery settings, from wherever they are given."""
