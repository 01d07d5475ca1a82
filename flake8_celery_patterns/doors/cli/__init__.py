"""The command line, `celery-patterns`: one file a command."""
