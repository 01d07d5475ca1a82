"""`celery-patterns rules`: all rules, as a table or for other tools."""

from __future__ import annotations

import json

import click

from flake8_celery_patterns.rules.pages import entry
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.tool.codes import CODES


@click.command("rules")
@click.option(
    "--output-format",
    type=click.Choice(["table", "json"]),
    default="table",
    help="A table for people (the default), or JSON with all that is known of each rule.",
)
def command(output_format: str) -> None:
    """List all rules.

    "default" says whether a rule is on unless it is named; "project" that its answer for a file can
    depend on other files. `celery-patterns rule CODE` explains one.
    """
    entries = [entry(rule) for rule in (*CODES, *all_rules())]
    if output_format == "json":
        click.echo(json.dumps(entries, indent=2))
        return
    from flake8_celery_patterns.doors.cli.table import show

    show(
        ("Code", "Name", "Tier", "Fix", "Default", "Project"),
        [
            (
                str(listed["code"]),
                str(listed["name"]),
                str(listed["tier"]),
                str(listed["fix"] or "-"),
                "on" if listed["default"] else "off",
                "yes" if listed["project_wide"] else "-",
            )
            for listed in entries
        ],
    )
