"""`check --watch`: check again whenever a file changes."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from flake8_celery_patterns.doors.cli.checking import Checking
from flake8_celery_patterns.doors.cli.request import Request
from flake8_celery_patterns.options import SettingsError
from flake8_celery_patterns.project.project import CACHE_FOLDER
from flake8_celery_patterns.project.root import root_around
from flake8_celery_patterns.project.tree import OTHER_NAME
from flake8_celery_patterns.run.files import WrongPath
from flake8_celery_patterns.run.lint import forget

# What findings rest on, besides what may start a worker: code, settings, requirements.
_WATCHED = (".py", ".ipynb", ".toml", ".cfg", ".txt", ".gitignore")

# How long nothing has to change before it is said that nothing has.
_TIMEOUT = 200  # milliseconds


def watch(request: Request) -> None:
    """Check now and after each change in the projects of `request`, until interrupted.

    What the user sets wrong meanwhile is said, and mended by the next change.
    Raises SystemExit at the end; `WrongPath` for paths that are wrong from the beginning.
    """
    try:
        import watchfiles
    except ImportError:
        raise click.UsageError(
            "--watch needs watchfiles, which is not installed: "
            'pip install "flake8-celery-patterns[watch]"'
        ) from None
    changes = watchfiles.watch(
        *_roots(request.paths),
        watch_filter=_is_watched,
        debounce=300,
        rust_timeout=_TIMEOUT,
        yield_on_timeout=True,
    )
    once = replace(request, watch=False)
    with suppress(KeyboardInterrupt):
        for number, changed in enumerate(changes):
            # The first time, with or without changes, the watch has begun: none escapes it.
            if changed or not number:
                _check(once, is_first=not number)
    sys.exit(0)


def _check(request: Request, *, is_first: bool) -> None:
    forget()
    # A new screen for each check, where there is one.
    click.clear()
    try:
        Checking(request).run()
    except (SettingsError, WrongPath) as error:
        if is_first and isinstance(error, WrongPath):
            raise
        click.echo(f"Error: {error}", err=True)
    click.echo("Waiting for changes; Ctrl-C ends it.", err=True)
    sys.stdout.flush()


def _roots(paths: tuple[str, ...]) -> set[Path]:
    """The projects of `paths`: a finding may rest on any of their files."""
    places = (Path(os.path.abspath(path)) for path in paths)
    roots = {root_around(place) for place in places}
    return {root for root in roots if root.is_dir()} or {Path.cwd()}


def _is_watched(change: object, path: str) -> bool:
    name = os.path.basename(path)
    is_rested_on = name.endswith(_WATCHED) or OTHER_NAME.fullmatch(name) is not None
    return is_rested_on and CACHE_FOLDER not in Path(path).parts
