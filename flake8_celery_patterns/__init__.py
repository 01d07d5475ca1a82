"""A linter for code that uses Celery: a flake8 plugin on libcst.

Importing this package costs nothing: every part is imported where it is needed.
"""

__version__ = "0.1.0"
