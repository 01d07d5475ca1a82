"""Runs of the flake8 plugin over a folder in this process, each as if in a new one."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from flake8.options.parse_args import parse_args
from flake8.processor import FileProcessor

from flake8_celery_patterns import engine
from flake8_celery_patterns.doors.flake8_plugin import Plugin
from flake8_celery_patterns.run import lint

Found = tuple[str, int, int, str]


class Plugged:
    """Runs over the folder `root`: flake8 reads the files and the options, the plugin lints.

    `linted`: the files that the last run linted anew.
    """

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.linted: list[str] = []
        self._options: dict[tuple[str, ...], argparse.Namespace] = {}
        self._monkeypatch = monkeypatch
        examine = engine.examine

        def examining(source: str, path: Path, *given: Any, **named: Any) -> engine.Examined:
            self.linted.append(path.relative_to(root).as_posix())
            return examine(source, path, *given, **named)

        monkeypatch.setattr(engine, "examine", examining)

    def __call__(self, *args: str, stdin: tuple[str, str] | None = None) -> list[Found]:
        """What is found in all files that flake8 can parse: path, line, column, text.

        `args`: options of flake8's. `stdin`: a text that is linted alone, and under which name.
        """
        lint.forget()
        self.linted.clear()
        options = self._parsed(args)
        self._monkeypatch.setattr(Plugin, "_options", options)
        if stdin is not None:
            text, name = stdin
            return self._lint(FileProcessor(name, options, lines=text.splitlines(keepends=True)))
        files = sorted(self.root.rglob("*.py"))
        return [row for path in files for row in self._lint(FileProcessor(str(path), options))]

    def warm(self, *args: str) -> list[Found]:
        """Lint with what is remembered; refuses an answer that is not that of a cold run."""
        found = self(*args)
        linted = sorted(self.linted)
        assert found == self(*args, "--celery-no-cache")
        self.linted[:] = linted
        return found

    def _lint(self, file: FileProcessor) -> list[Found]:
        try:
            tree = file.build_ast()
        except (SyntaxError, ValueError):
            return []  # flake8 does not ask plugins then
        path = os.path.relpath(file.filename, self.root)
        rows = Plugin(tree, file.filename, file.lines).run()
        return [(path, line, column, text) for line, column, text, _ in rows]

    def _parsed(self, args: Sequence[str]) -> argparse.Namespace:
        key = tuple(args)
        if key not in self._options:
            _, self._options[key] = parse_args(["--isolated", *args, str(self.root)])
        return self._options[key]
