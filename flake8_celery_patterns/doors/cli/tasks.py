"""`celery-patterns tasks`: the inventory of a project's tasks."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from flake8_celery_patterns.doors.cli.options import given, settings_options
from flake8_celery_patterns.doors.cli.sections import CACHE, FILES, PROJECT, SectionedCommand
from flake8_celery_patterns.inventory.assemble import inventory
from flake8_celery_patterns.inventory.entries import Inventory
from flake8_celery_patterns.inventory.formats import FORMATS, named
from flake8_celery_patterns.options import SettingsError
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.reports.valid import as_utf8
from flake8_celery_patterns.run.files import WrongPath, targets
from flake8_celery_patterns.run.progress import progress
from flake8_celery_patterns.settings import Values


@click.command("tasks", cls=SectionedCommand)
@click.argument("paths", nargs=-1)
@click.option(
    "--output-format",
    type=click.Choice(FORMATS),
    default="table",
    help="A table for people (the default), JSON, or a graph for Mermaid or Graphviz (dot).",
)
@click.option("--never-dispatched", is_flag=True, help="Only tasks that nothing in view sends.")
@settings_options(FILES, PROJECT, CACHE)
def command(
    paths: tuple[str, ...], output_format: str, never_dispatched: bool, **rest: Any
) -> None:
    """List the tasks of a project: options, schedules, who sends them.

    PATHS are files or folders (default: the current folder); `-` is standard input. Their tasks
    are listed; who sends them is looked for in the whole of their projects. Test code is left out.

    "Nothing in view sends it" is no proof: another program may send a task by its name, and a
    schedule may be kept in a database.
    """
    try:
        found = _inventory(paths or (".",), given(rest), Path(os.getcwd()))
    except (SettingsError, WrongPath) as error:
        raise click.UsageError(str(error)) from None
    if never_dispatched:
        found = replace(found, entries=tuple(e for e in found.entries if e.never_dispatched))
    for spot, message in found.errors:
        click.echo(f"{spot}: {message}", err=True)
    if output_format != "table":
        as_utf8(sys.stdout)
    named(output_format).write(found, sys.stdout)


def _inventory(names: tuple[str, ...], values: Values, folder: Path) -> Inventory:
    def tell(sentence: str) -> None:
        click.echo(sentence, err=True)

    named_files = targets(names, values, folder=folder, tell=tell)
    # What was read from standard input stands for the file of that name.
    every = {target.path: target for target in named_files}
    roots = dict.fromkeys(str(find_root(path)) for path in every)
    for target in targets(tuple(roots), values, folder=folder):
        every.setdefault(target.path, target)
    with progress(len(every)) as advance:
        return inventory(
            tuple(every.values()), values, listed=[t.path for t in named_files], done=advance
        )
