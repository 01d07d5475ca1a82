"""`celery-patterns cache`: what is remembered between runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from flake8_celery_patterns.doors.cli.options import given, settings_options
from flake8_celery_patterns.doors.cli.sections import CACHE, SectionedCommand
from flake8_celery_patterns.options import SettingsError
from flake8_celery_patterns.project.projects import project_for
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.reports.words import counted
from flake8_celery_patterns.settings import settings_for


@click.group("cache")
def command() -> None:
    """Manage the cache."""


@command.command(
    "clear", cls=SectionedCommand, short_help="Remove the cache of the project of a folder."
)
@click.argument("path", default=".", type=click.Path(exists=True, readable=False))
@settings_options(CACHE)
def clear(path: str, **options: Any) -> None:
    """Remove the cache of the project that PATH belongs to (default: the current folder)."""
    place = Path(os.path.abspath(path)) / "a.py"
    try:
        settings = settings_for(find_root(place), given(options))
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    removed = project_for(place, settings).cache.clear()
    click.echo(f"Removed {counted(removed, 'cache entry', 'cache entries')}.", err=True)
