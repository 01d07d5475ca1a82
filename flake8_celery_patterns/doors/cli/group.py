"""The command `celery-patterns`; what comes behind it is imported when it is used."""

from __future__ import annotations

import importlib
from difflib import get_close_matches

import click

from flake8_celery_patterns import __version__

# Name of the command (and of its module in this package), and its line in the help.
_COMMANDS = {
    "check": "Find bugs in code that uses Celery, and mend them with --fix.",
    "tasks": "List the tasks of a project: options, schedules, who sends them.",
    "rule": "Explain a rule: what it reports, why, and what to write instead.",
    "rules": "List all rules.",
    "explain": "Say why a finding is given in a line, or why none is.",
    "config": "Show all options, and where each value comes from.",
    "cache": "Manage the cache.",
    "completion": "Print the completion script for a shell.",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"{__package__}.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not ctx.resilient_parsing:
            near = get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # From the table above: `--help` would otherwise import every command.
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 nothing found, 1 findings, 2 wrong use or a fault of this linter.",
)
@click.version_option(__version__, prog_name="celery-patterns")
def celery_patterns() -> None:
    """Find the bugs in code that uses Celery, before production does."""
