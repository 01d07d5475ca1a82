"""CEL7xx: how Celery is configured."""
