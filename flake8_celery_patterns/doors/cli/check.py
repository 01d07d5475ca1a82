"""`celery-patterns check`: find, report, mend."""

from __future__ import annotations

import sys
from typing import Any

import click

from flake8_celery_patterns.doors.cli.checking import Checking
from flake8_celery_patterns.doors.cli.options import given, settings_options
from flake8_celery_patterns.doors.cli.request import Request
from flake8_celery_patterns.doors.cli.sections import (
    FILES,
    FIXES,
    REPORT,
    STAYING,
    SectionedCommand,
    sectioned,
)
from flake8_celery_patterns.history.against import AgainstError
from flake8_celery_patterns.options import SettingsError
from flake8_celery_patterns.reports.formats import FORMATS
from flake8_celery_patterns.run.files import WrongPath

_OPTIONS = (
    click.option("--watch", is_flag=True, help="Check again whenever a file changes."),
    click.option("--against", metavar="REV", help="Compare tasks with a git revision: CEL121-123."),
    click.option(
        "--jobs",
        "-j",
        type=click.IntRange(min=1),
        metavar="N",
        help="Processes (default: one for each core).",
    ),
    sectioned(FIXES, "--fix", is_flag=True, help="Apply the fixes that are safe."),
    sectioned(FIXES, "--unsafe-fixes", is_flag=True, help="Take the unsafe fixes as well."),
    sectioned(FIXES, "--fix-only", is_flag=True, help="Apply fixes, and report nothing else."),
    sectioned(
        FIXES, "--diff", is_flag=True, help="Show what the fixes would change; write nothing."
    ),
    sectioned(FIXES, "--show-fixes", is_flag=True, help="Say which fixes were applied."),
    sectioned(
        REPORT,
        "--output-format",
        type=click.Choice(FORMATS),
        metavar="FORMAT",
        help=f"How findings are shown: {', '.join(FORMATS)} "
        "(default: full on a terminal, else concise).",
    ),
    sectioned(
        REPORT,
        "--output-file",
        "-o",
        type=click.Path(dir_okay=False, writable=True, readable=False),
        help="Write the report into this file.",
    ),
    sectioned(
        REPORT, "--statistics", is_flag=True, help="Show how often each code was found instead."
    ),
    sectioned(REPORT, "--quiet", "-q", is_flag=True, help="Print findings, and no summary."),
    sectioned(REPORT, "--exit-zero", is_flag=True, help="Exit with 0 even if there are findings."),
    sectioned(
        REPORT,
        "--exit-non-zero-on-fix",
        is_flag=True,
        help="Exit with 1 if anything was fixed.",
    ),
    sectioned(STAYING, "--add-noqa", is_flag=True, help="Add a `# noqa` for each finding."),
    sectioned(
        STAYING,
        "--write-baseline",
        is_flag=True,
        help="Write all that is found into the baseline.",
    ),
    sectioned(
        STAYING,
        "--prune-baseline",
        is_flag=True,
        help="Take what no longer occurs out of the baseline.",
    ),
    sectioned(FILES, "--stdin-filename", help="The name of what comes from standard input (`-`)."),
    sectioned(
        FILES,
        "--force-exclude",
        is_flag=True,
        help="Leave out excluded files even if they are named.",
    ),
)


def _own_options(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("check", cls=SectionedCommand)
@click.argument("paths", nargs=-1)
@_own_options
@settings_options()
def command(paths: tuple[str, ...], **options: Any) -> None:
    """Find bugs in code that uses Celery.

    PATHS are files or folders (default: the current folder); `-` is standard input.

    Exit codes: 0 nothing found, 1 findings, 2 wrong use or a fault of this linter.
    """
    own = {name: value for name, value in options.items() if not name.startswith("set_")}
    request = Request(paths=paths or (".",), given=given(options), **own)
    wrong = request.contradiction
    if wrong is not None:
        raise click.UsageError(wrong)
    try:
        if request.watch:
            from flake8_celery_patterns.doors.cli.watch import watch

            watch(request)
        sys.exit(Checking(request).run())
    except (SettingsError, WrongPath, AgainstError) as error:
        raise click.UsageError(str(error)) from None
