"""The flake8 plugin: flake8's view of a file in, flake8's tuples out."""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from flake8.exceptions import ExecutionError
from flake8.options.manager import OptionManager

from flake8_celery_patterns import __version__, engine
from flake8_celery_patterns.options import (
    OPTIONS,
    Kind,
    SettingsError,
    from_text,
    validated,
)
from flake8_celery_patterns.project.root import find_root, root_around
from flake8_celery_patterns.settings import Settings, Values, settings_for
from flake8_celery_patterns.suppress.select import anything_selected, selector_for

PREFIX = "--celery-"
OWN_OPTIONS = tuple(o for o in OPTIONS if not (o.is_flake8s or o.is_cli_only))
# Options of flake8's that stand for a key of `[tool.celery-patterns]`. Its per-file ignores and
# excluded files it applies itself.
_SELECTING = ("select", "extend-select", "ignore", "extend-ignore")


class _PathFromHere(argparse.Action):
    """A path from the command line is relative to the current folder.

    flake8's `normalize_paths` makes only paths with a separator absolute. A bare name that is still
    relative afterwards came from a configuration file, and is taken relative to the project's root.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        # An empty value is kept for the validation to refuse.
        setattr(namespace, self.dest, str(_absolute(str(values))) if values else "")


# A flag is "store_const" and not "store_true": flake8 reads the latter with `getboolean`, which
# ends in a traceback for a word that is no boolean.
_ARGUMENTS: dict[Kind, dict[str, Any]] = {
    Kind.FLAG: {"action": "store_const", "const": True},
    Kind.NAMES: {"comma_separated_list": True, "metavar": "names"},
    Kind.NUMBER: {"metavar": "n"},
    Kind.PATH: {"action": _PathFromHere, "normalize_paths": True, "metavar": "folder"},
    Kind.VERSION: {"metavar": "x.y"},
}


class Plugin:
    """What flake8 calls: once per process for the options, once per file for the findings.

    flake8 does not run it for a file with a syntax error (it says E999 itself), so a CEL001 that
    comes from here is always about something else: a file too large, or nested too deeply.
    """

    name: ClassVar[str] = "flake8-celery-patterns"
    version: ClassVar[str] = __version__

    # flake8's own namespace and not a copy: `flake8.api.legacy` changes it after `parse_options`.
    _options: ClassVar[argparse.Namespace] = argparse.Namespace()

    def __init__(self, tree: ast.Module, filename: str, lines: Sequence[str]) -> None:
        """Take one file: its name as flake8 prints it, its decoded lines without a BOM.

        On stdin the name is that of `--stdin-display-name`, by default "stdin". It is never opened.
        `tree` makes this a plugin for whole files; it is not read: others may have changed it.
        """
        self._path = _absolute(filename)
        self._lines = lines

    @classmethod
    def add_options(cls, option_manager: OptionManager) -> None:
        """Tell flake8 of every option.

        Opinions are held back here and not by `extend_default_ignore`, which would override the
        `extend-select` of `[tool.celery-patterns]`.
        """
        for option in OWN_OPTIONS:
            option_manager.add_option(
                PREFIX + option.name,
                default=None,
                parse_from_config=True,
                help=option.help,
                **_ARGUMENTS[option.kind],
            )

    @classmethod
    def parse_options(
        cls, option_manager: OptionManager, options: argparse.Namespace, args: Sequence[str]
    ) -> None:
        """Keep what the user gave to flake8; a wrong value ends it as its own options do.

        Raises flake8's `ExecutionError` for a wrong `[tool.celery-patterns]` in a root of what is
        named on the command line: flake8 prints its text and exits with 1. Under the spawn and
        forkserver start methods this runs again in every worker, where nothing is checked: a pool
        starts a worker that fails there again and again.
        """
        cls._options = options
        if multiprocessing.parent_process() is not None:
            return
        try:
            _given_in(options)
        except SettingsError as error:
            option_manager.parser.error(str(error))
        if not anything_selected(*_selectors_in(options)):
            return
        for name in args or (os.curdir,):
            path = _absolute(options.stdin_display_name if name == "-" else name)
            try:
                settings_for(root_around(path), _given_in(options))
            except SettingsError as error:
                raise ExecutionError(str(error)) from None

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        """Give line (from 1), column (from 0, in code points), "CEL101 message" and this class.

        Raises nothing: an exception on its way out of a worker can leave flake8 hanging for good,
        in `multiprocessing.Pool.terminate` (7 of 259 runs with CPython 3.11, under load). So a
        wrong `[tool.celery-patterns]` that `parse_options` could not see, in a root further down,
        is a CEL001 in each of its files that concern Celery.
        """
        options = self._options
        if not anything_selected(*_selectors_in(options)):
            return
        source = "".join(self._lines)
        try:
            settings = _settings_of(self._path, options)
        except SettingsError as error:
            if engine.concerns_celery(source, self._path, Settings()):
                text = (
                    f"{engine.UNREADABLE} this file is not linted, its settings are wrong: {error}"
                )
                yield 1, 0, text, type(self)
            return
        if not engine.concerns_celery(source, self._path, settings):
            return
        selector = selector_for(settings, find_root(self._path))
        for finding in self._examined(source, settings).findings:
            if selector.wants(finding.code, self._path):
                text = f"{finding.code} {finding.message}"
                yield finding.span.line, finding.span.column, text, type(self)

    def _examined(self, source: str, settings: Settings) -> engine.Examined:
        from flake8_celery_patterns.project.projects import project_for

        project = project_for(self._path, settings)
        examine = partial(engine.examine, source, self._path, project)
        if not settings.cache:
            return examine()
        from flake8_celery_patterns.run.kept import kept_of

        return kept_of(project).text(self._path, source, examine)


def _absolute(name: str) -> Path:
    # Not `resolve`: a link belongs to the project in which it is seen.
    return Path(os.path.abspath(name))


def _settings_of(path: Path, options: argparse.Namespace) -> Settings:
    return settings_for(find_root(path), _given_in(options))


def _given_in(options: argparse.Namespace) -> Values:
    """What the user gave to flake8 itself, on the command line or in its configuration file."""
    given = []
    for option in OWN_OPTIONS:
        flag = PREFIX + option.name
        raw = _raw(options, flag.removeprefix("--"))
        if raw is None:
            continue
        try:
            given.append((option.name, validated(option, from_text(option, raw))))
        except SettingsError as error:
            raise SettingsError(f"argument {flag}: {error}") from None
    for name in _SELECTING:
        # flake8 has looked at these itself, and other plugins' codes among them are none of ours:
        # `extend-ignore = E203` alone leaves the table's `extend-ignore` as it is.
        codes = _raw(options, name)
        if codes is not None and (name == "select" or anything_selected(codes, ())):
            given.append((name, tuple(codes)))
    return tuple(given)


def _raw(options: argparse.Namespace, name: str) -> Any:
    return getattr(options, name.replace("-", "_"), None)


def _selectors_in(options: argparse.Namespace) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    select = _raw(options, "select")
    return None if select is None else tuple(select), tuple(_raw(options, "extend-select") or ())
