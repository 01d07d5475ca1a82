"""Whatever bytes a file is made of, places are counted as flake8 and an editor count them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

SOURCE = """\
# Greetings
from celery import Celery, shared_task
from django.db import models

app = Celery("texts")
app.conf.task_time_limit = 600


class Order(models.Model):
    pass


@shared_task
def greet(name, order):
    return name


@shared_task
def send(self, x):
    return x


def start():
    greet.delay("J\u00fcrgen Stra\u00dfe", Order.objects.get(pk=1))
"""
PLACES = ["19:10: CEL201", "24:34: CEL101"]

TEXTS = {
    "utf8.py": SOURCE.encode(),
    "bom.py": b"\xef\xbb\xbf" + SOURCE.encode(),
    "crlf.py": SOURCE.replace("\n", "\r\n").encode(),
    "cr.py": SOURCE.replace("\n", "\r").encode(),
    "bom_crlf.py": b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode(),
    "no_last_newline.py": SOURCE.rstrip("\n").encode(),
    "latin1.py": SOURCE.replace("# Greetings", "# coding: latin-1").encode("latin-1"),
    "cp1252_crlf.py": SOURCE.replace("# Greetings", "# coding: cp1252")
    .replace("\n", "\r\n")
    .encode("cp1252"),
    # flake8 reads what is not in the encoding it should be in as Latin-1.
    "undeclared_latin1.py": SOURCE.encode("latin-1"),
    # No form feed ends a line, nor do the other separators that str.splitlines cuts at.
    "form_feed.py": SOURCE.replace("\n\n\n@", "\n\x0c\n\n@", 1).encode(),
    "separators.py": SOURCE.replace("600", "600  # a\x0bb\x1cc\x85d\u2028e").encode(),
    "tab_and_form_feed.py": SOURCE.replace("    return name", "\x0c    return name\t ").encode(),
}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory, flake8_in: Any) -> Any:
    root = tmp_path_factory.mktemp("texts")
    (root / "setup.cfg").write_text("[flake8]\nselect = CEL, E9\n")
    for name, content in TEXTS.items():
        (root / name).write_bytes(content)
    return flake8_in(root)


@pytest.fixture(scope="module")
def all_texts(texts: Any) -> Any:
    return texts(".")


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_places_in_a_file(all_texts: Any, name: str) -> None:
    assert [place for place in all_texts.ours if place.startswith(f"./{name}:")] == [
        f"./{name}:{place}" for place in PLACES
    ]


def test_nothing_else_is_said_of_them(all_texts: Any) -> None:
    assert len(all_texts.lines) == len(TEXTS) * len(PLACES)


@pytest.mark.parametrize("name", ["bom_crlf.py", "latin1.py", "form_feed.py"])
def test_places_in_stdin(texts: Any, name: str) -> None:
    run = texts("-", stdin=TEXTS[name])
    assert run.ours == [f"stdin:{place}" for place in PLACES]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"from celery import shared_task\n\n@shared_task\ndef send(self, x:\n", "E999"),
        (b"from celery import shared_task\nx = '''\n", "E999"),
        (b"from celery import shared_task\n\tx = (\n y\n", "E999"),
    ],
)
def test_a_syntax_error_is_left_to_flake8(texts: Any, content: bytes, code: str) -> None:
    run = texts("-", stdin=content)
    assert [line.split()[1] for line in run.lines] == [code]


def test_a_file_that_is_too_large_is_said_to_be(texts: Any, tmp_path: Path) -> None:
    comment = b"# " + b"x" * (2 * 1024 * 1024)
    (tmp_path / "large.py").write_bytes(TEXTS["utf8.py"] + comment)
    (tmp_path / "large_without.py").write_bytes(b"x = 1\n" + comment)
    run = texts(str(tmp_path), "utf8.py")
    assert run.ours == [
        f"{tmp_path / 'large.py'}:1:1: CEL001",
        *(f"utf8.py:{place}" for place in PLACES),
    ]


def test_a_missing_file_is_left_to_flake8(texts: Any) -> None:
    assert [line.split()[1] for line in texts("not_here.py").lines] == ["E902"]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"# celery", b"\x0c", b"\\\n"])
def test_next_to_nothing_gets_nothing(texts: Any, content: bytes) -> None:
    assert texts("-", "--select=CEL", stdin=content).lines == []


def test_a_folder_with_a_strange_name(flake8_in: Any, tmp_path: Path) -> None:
    folder = tmp_path / "a b:1:2: [x] \u00e9" / "%s"
    folder.mkdir(parents=True)
    (folder / "t\u00e2sks.py").write_bytes(TEXTS["utf8.py"])
    run = flake8_in(folder)("--select=CEL", "--format=%(row)d:%(col)d: %(code)s", "t\u00e2sks.py")
    assert run.lines == PLACES
