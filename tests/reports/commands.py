"""Commands in the output of a step, read as the services that run it do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command: its name, its properties and its text, nothing escaped any more."""

    name: str
    properties: dict[str, str]
    text: str


def github_command(line: str) -> Command | None:
    """Read a line as `ActionCommand` of github.com/actions/runner does; None where it is none."""
    if not line.startswith("::"):
        return None
    head, separator, text = line[2:].partition("::")
    if not separator:
        return None
    escaped = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
    in_property = (("%3A", ":"), ("%2C", ","), *escaped)
    name, _, listed = head.partition(" ")
    properties = _properties(listed, ",", in_property)
    return Command(name, properties, _unescaped(text, escaped))


def azure_command(line: str) -> Command | None:
    """Read a line as `Command` of github.com/microsoft/azure-pipelines-agent; None: it is none."""
    if not line.startswith("##vso["):
        return None
    head, separator, text = line.removeprefix("##vso[").partition("]")
    if not separator:
        return None
    escaped = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%"))
    name, _, listed = head.partition(" ")
    return Command(name, _properties(listed, ";", escaped), _unescaped(text, escaped))


def _properties(listed: str, between: str, escaped: tuple[tuple[str, str], ...]) -> dict[str, str]:
    pairs = (part.partition("=") for part in listed.split(between) if part)
    return {key: _unescaped(value, escaped) for key, _, value in pairs}


def _unescaped(text: str, escaped: tuple[tuple[str, str], ...]) -> str:
    for written, meant in escaped:
        text = text.replace(written, meant)
    return text
