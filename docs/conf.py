"""Sphinx: how the documentation is built."""

from __future__ import annotations

from flake8_celery_patterns import __version__

project = "flake8-celery-patterns"
author = "flake8-celery-patterns contributors"
copyright = author
release = version = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"flake8-celery-patterns {version}"
