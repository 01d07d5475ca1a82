"""Options in sections, so that the help of a command with many can be read."""

from __future__ import annotations

from typing import Any

import click

FIXES = "Fixes"
REPORT = "Report"
STAYING = "Findings that are to stay"
SELECTION = "Which findings are shown"
FILES = "Which files are looked at"
PROJECT = "About the project"
CACHE = "Cache"
_NONE = "Options"


class SectionedOption(click.Option):
    """An option of click's; `section`: the title that it is listed below."""

    def __init__(self, *args: Any, section: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class SectionedCommand(click.Command):
    """A command of click's whose help has a list for each section of options, in the order in
    which the sections first occur."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                title = param.section if isinstance(param, SectionedOption) else _NONE
                sections.setdefault(title, []).append(record)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)


def sectioned(section: str, *names: str, **attributes: Any) -> Any:
    """Give `click.option` for an option that is listed in `section`."""
    return click.option(*names, cls=SectionedOption, section=section, **attributes)
