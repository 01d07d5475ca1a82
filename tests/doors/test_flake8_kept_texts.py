"""What the plugin keeps is the command line's too where both lint the same text, and only there."""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from flake8_celery_patterns import check
from flake8_celery_patterns.doors.flake8_plugin import Plugin
from flake8_celery_patterns.project.project import CACHE_FOLDER
from tests.plugged import Plugged
from tests.runs import FOUND, MODELS, VIEWS, WITH_CELERY, Runs

# What a file may hold that is not the UTF-8 that flake8 hands over, line ends and all.
BYTES: dict[str, bytes] = {
    "a BOM": b"\xef\xbb\xbf" + VIEWS.encode(),
    "other line ends": VIEWS.replace("\n", "\r\n").encode(),
    "latin-1": f"# coding: latin-1\n{VIEWS}# \N{LATIN SMALL LETTER E WITH ACUTE}\n".encode(
        "latin-1"
    ),
    "an encoding that nobody knows": f"# coding: unheard-of\n{VIEWS}".encode(),
    "no UTF-8": VIEWS.encode() + b"# \xff\n",
}


@contextmanager
def failing() -> Iterator[None]:
    """Meanwhile, no file can be linted."""

    def fail(*given: object) -> None:
        raise MemoryError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "check", fail)
        yield


def test_the_plugin_finds_what_the_command_line_kept(runs: Runs, plugged: Plugged) -> None:
    assert runs().found == FOUND
    found = plugged.warm()
    assert [(path, line, text[:6]) for path, line, _, text in found] == FOUND
    assert plugged.linted == []


def test_the_command_line_finds_what_the_plugin_kept(runs: Runs, plugged: Plugged) -> None:
    plugged.warm()
    assert plugged.linted == WITH_CELERY
    ran = runs.warm()
    assert (ran.found, ran.linted) == (FOUND, [])


def test_with_other_settings_each_keeps_its_own(runs: Runs, plugged: Plugged) -> None:
    runs()
    for args in (("--ignore=CEL4",), ("--ignore=CEL4", "--celery-version=5.5")):
        found = plugged.warm(*args)
        assert [(path, line, text[:6]) for path, line, _, text in found] == [FOUND[0], FOUND[3]]
        assert plugged.linted == WITH_CELERY
        plugged(*args)
        assert plugged.linted == []


@pytest.mark.parametrize("case", BYTES)
@pytest.mark.parametrize("plugin_first", [True, False])
def test_another_text_is_another_key(
    runs: Runs, plugged: Plugged, case: str, plugin_first: bool
) -> None:
    """Columns, or whether it can be read at all, may not be those of the other's text."""
    runs()
    runs.write({"shop/views.py": BYTES[case]})
    first, second = (plugged.warm, runs.warm) if plugin_first else (runs.warm, plugged.warm)
    for warm in (first, second, first, second):
        warm()
    plugged()
    assert plugged.linted == []


def test_bytes_that_say_another_text_than_they_are(runs: Runs, plugged: Plugged) -> None:
    """flake8 decodes a file to a text whose UTF-8 is another file, which names another encoding."""
    # The finding stands behind the letter, which is one character or two.
    line = 'print("\N{LATIN SMALL LETTER E WITH ACUTE}", ship.delay(Order.objects.get(pk=1)))'
    text = "# coding: latin-1\n" + VIEWS.replace("ship.delay(Order.objects.get(pk=1))", line)
    runs.write({"shop/views.py": text.encode("latin-1")})
    plugged.warm()
    runs.write({"shop/views.py": text.encode()})
    assert "shop/views.py" in runs.warm().linted


def test_a_notebook_that_flake8_takes_for_python(runs: Runs, plugged: Plugged) -> None:
    """JSON without true, false and null is Python."""
    cell = '{"cell_type": "code", "metadata": {}, "outputs": [], "source": "%s"}'
    source = VIEWS.replace("\n", "\\n")
    notebook = f'{{"cells": [{cell % source}], "metadata": {{}}, "nbformat": 4}}'
    path = runs.root / "shop/views.ipynb"
    runs.write({"shop/views.ipynb": notebook})
    said = [f.code for r in runs((), str(path)).results for f in r.findings]
    assert said == ["CEL101"]
    assert plugged(stdin=(notebook, str(path))) == []
    assert plugged.linted == ["shop/views.ipynb"]
    assert plugged(stdin=(notebook, str(path))) == []
    assert [f.code for r in runs((), str(path)).results for f in r.findings] == said


class TestWhatCannotBeLinted:
    """It may be for want of memory or of stack, which the next process may have."""

    def test_is_linted_again(self, runs: Runs, plugged: Plugged) -> None:
        with failing():
            for _ in range(2):
                assert {text[:6] for *_, text in plugged()} == {"CEL001"}
                assert plugged.linted == WITH_CELERY
        assert runs().found == FOUND

    def test_by_the_command_line_either(self, runs: Runs, plugged: Plugged) -> None:
        with failing():
            found = runs().found
        assert {code for *_, code in found} == {"CEL001"}
        plugged()
        assert {path for path, *_ in found} <= set(plugged.linted)


def test_what_another_plugin_did_to_the_tree_is_not_kept(plugged: Plugged) -> None:
    found = plugged("--celery-no-cache")
    assert plugged() == found
    views = plugged.root / "shop/views.py"
    moved = ast.increment_lineno(ast.parse(text := f"{VIEWS}\n"), 5)
    rows = Plugin(moved, str(views), text.splitlines(keepends=True)).run()
    assert [(line, column) for line, column, *_ in rows] == [found[-1][1:3]]


class TestStandardInput:
    def test_the_text_counts_and_not_the_file(self, runs: Runs, plugged: Plugged) -> None:
        runs()
        path = str(runs.root / "shop/views.py")
        fine = VIEWS.replace("pk=1)", "pk=1).pk")
        assert plugged(stdin=(fine, path)) == []
        assert plugged.linted == ["shop/views.py"]
        assert plugged(stdin=(fine, path)) == []
        assert plugged.linted == []
        assert [text[:6] for *_, text in plugged(stdin=(VIEWS, path))] == ["CEL101"]
        assert plugged.linted == []
        assert plugged.warm() != []

    def test_another_files_question_about_it_is_answered_by_the_text(
        self, runs: Runs, plugged: Plugged
    ) -> None:
        """It sends a task of its own, under a name that only the text has."""
        runs()
        path = str(runs.root / "shop/calls.py")
        text = (runs.root / "shop/calls.py").read_text().replace("shop.nam", "shop.calls.own")
        text += "\n\nfrom celery import shared_task\n\n\n@shared_task\ndef own():\n    pass\n"
        cold = plugged("--celery-no-cache", stdin=(text, path))
        assert plugged(stdin=(text, path)) == cold
        assert plugged(stdin=(text, path)) == cold
        assert plugged.linted == []
        runs.write({"shop/calls.py": text})
        plugged.warm()
        runs.warm()

    def test_a_file_that_is_not_saved_yet(self, runs: Runs, plugged: Plugged) -> None:
        runs()
        path = str(runs.root / "shop/models/__init__.py")
        text = f"{MODELS}\n\nfrom shop.tasks import ship\nship.delay(Order())\n"
        cold = plugged("--celery-no-cache", stdin=(text, path))
        assert cold
        assert plugged(stdin=(text, path)) == cold
        assert plugged(stdin=(text, path)) == cold
        plugged.warm()


def test_without_a_cache_nothing_is_written(plugged: Plugged) -> None:
    plugged("--celery-no-cache")
    plugged("--celery-no-cache")
    assert plugged.linted == WITH_CELERY
    assert not (plugged.root / CACHE_FOLDER).exists()


def test_what_nobody_asked_for_is_removed(plugged: Plugged) -> None:
    """By the first process of a day that keeps something: none is told that a run is over."""
    plugged()
    folder = plugged.root / CACHE_FOLDER
    before = set(folder.rglob("*.json"))
    long_ago = time.time() - 31 * 24 * 60 * 60
    for path in (*before, folder / "CACHEDIR.TAG"):
        os.utime(path, (long_ago, long_ago))
    plugged("--celery-version=5.5")
    assert plugged.linted == WITH_CELERY
    assert before & set(folder.rglob("*.json")) < before
