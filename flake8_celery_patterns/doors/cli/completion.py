"""`celery-patterns completion`: what makes a shell complete our options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    For bash: `eval "$(celery-patterns completion bash)"` in ~/.bashrc; zsh likewise in ~/.zshrc;
    for fish: `celery-patterns completion fish > ~/.config/fish/completions/celery-patterns.fish`.
    """
    made = get_completion_class(shell)
    assert made is not None
    group = ctx.find_root().command
    click.echo(made(group, {}, "celery-patterns", "_CELERY_PATTERNS_COMPLETE").source())
