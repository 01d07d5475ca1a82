"""`celery-patterns rule`: the page of one rule."""

from __future__ import annotations

import json
import sys

import click

from flake8_celery_patterns.reports.valid import as_utf8
from flake8_celery_patterns.rules.listed import closest
from flake8_celery_patterns.rules.pages import AnyRule, entry, explanation, page
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.tool.codes import CODES


@click.command("rule")
@click.argument("rule", metavar="RULE")
@click.option(
    "--output-format",
    type=click.Choice(["text", "markdown", "json"]),
    help="How the page is shown (default: text on a terminal, else markdown).",
)
def command(rule: str, output_format: str | None) -> None:
    """Explain a rule: what it reports, why, and what to write instead.

    RULE is a code such as CEL101, or a name such as orm-object-argument.
    """
    found = _found(rule)
    if output_format is None:
        output_format = "text" if sys.stdout.isatty() else "markdown"
    if output_format == "json":
        told = {**entry(found), "explanation": explanation(found)}
        click.echo(json.dumps(told, indent=2))
    elif output_format == "markdown":
        as_utf8(sys.stdout)
        click.echo(page(found), nl=False)
    else:
        _render(page(found))


def _found(asked: str) -> AnyRule:
    rules = (*CODES, *all_rules())
    known = {key.lower(): rule for rule in rules for key in (rule.code, rule.name)}
    asked = asked.strip()
    if asked.lower() in known:
        return known[asked.lower()]
    close = closest(asked.lower(), known)
    near = f"did you mean {known[close].code} ({known[close].name})? " if close else ""
    raise click.UsageError(
        f"there is no rule {asked!r}: {near}`celery-patterns rules` lists all of them"
    )


def _render(text: str) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    # Lines of prose longer than this are hard to read, however wide the terminal is.
    console.print(Markdown(text), width=min(console.width, 100))
