"""Write `meaning/settings/setting_names.py`: Celery's settings, read from Celery itself.

    python docs/celery_settings.py            write the module if it is not up to date
    python docs/celery_settings.py --check    write nothing; exit with 1 if it is not up to date

Nothing is typed by hand: the names come from Celery's own table of settings and from what its
code asks the configuration for. With another version of Celery than the module was made from,
`--check` has no opinion.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

import celery
from celery.app import defaults
from celery.bin import worker

from docs.generated import update_from_celery

SETTINGS = Path(__file__).resolve().parents[1] / "flake8_celery_patterns" / "meaning" / "settings"
TARGET = SETTINGS / "setting_names.py"
COMMAND = "python docs/celery_settings.py"
# `self.app.conf.get("x")`, `config_get('x')`, `either("x", …)`: what Celery's code asks for.
_ASKED = re.compile(
    r"(?:\b_?conf(?:ig)?|\bc|config_get|_get)\s*(?:\.get\(|\.first\(|\[|\()\s*['\"](\w+)['\"]"
    r"|either\(\s*['\"](\w+)['\"]"
)


def types() -> dict[str, str]:
    """Every setting that Celery lists, with its type."""
    options = dict(defaults.flatten(defaults.NAMESPACES))
    return {name: _type(option.type) for name, option in options.items()}


def _type(named: object) -> str:
    return named if isinstance(named, str) else getattr(named, "__name__", "any")


def unlisted(listed: Iterable[str]) -> set[str]:
    """The settings that Celery's code reads and does not list."""
    known = set(listed)
    sections = {name.partition("_")[0] for name in known} | {"dynamodb", "override"}
    package = Path(celery.__file__).parent
    asked = {
        name
        for path in sorted(package.rglob("*.py"))
        for found in _ASKED.findall(path.read_text(encoding="utf-8"))
        for name in found
        if name.islower() and name.partition("_")[0] in sections and "_" in name
    }
    return (asked | _daemon_settings()) - known


def _daemon_settings() -> set[str]:
    """`worker_pidfile` …: the options of the daemons, which their commands look up by name."""
    options = {
        name
        for parameter in worker.worker.params
        if (name := str(parameter.name))
        in ("executable", "gid", "logfile", "pidfile", "uid", "umask")
    }
    return {f"{command}_{name}" for command in ("beat", "events", "worker") for name in options}


def module() -> str:
    """The text of the module, from the Celery that is installed."""
    listed = types()
    head = (
        '"""Celery\'s settings and their old names. Written by a command: do not edit.\n\n'
        f"Made from Celery {celery.__version__} by `{COMMAND}`.\n"
        '"""\n\nfrom __future__ import annotations\n'
    )
    parts = (
        head,
        _mapping("SETTING_TYPES", "The settings that Celery lists, with their types.", listed),
        _names("UNLISTED", "Settings that Celery reads and does not list.", unlisted(listed)),
        _mapping(
            "OLD_NAMES",
            "The names of old, and what they are now.",
            dict(defaults._TO_NEW_KEY),
        ),
    )
    return "\n".join(parts)


def _mapping(name: str, comment: str, held: Mapping[str, str]) -> str:
    words = " ".join(f"{key} {held[key]}" for key in sorted(held))
    lines = textwrap.indent(textwrap.fill(words, 92), "    ")
    return (
        f'# {comment}\n_{name} = """\n{lines}\n""".split()\n'
        f"{name}: dict[str, str] = dict(zip(_{name}[::2], _{name}[1::2], strict=True))\n"
    )


def _names(name: str, comment: str, held: Iterable[str]) -> str:
    lines = textwrap.indent(textwrap.fill(" ".join(sorted(held)), 92), "    ")
    return f'# {comment}\n{name} = frozenset(\n    """\n{lines}\n    """.split()\n)\n'


def main(arguments: list[str] | None = None, target: Path = TARGET) -> int:
    """Write the module if it is stale, or with --check only say so; gives the exit status."""
    return update_from_celery(
        arguments, __doc__, target, module, version=celery.__version__, command=COMMAND
    )


if __name__ == "__main__":
    sys.exit(main())
