"""Foreign text in reports: what UTF-8, JSON and XML cannot hold is written out."""

from __future__ import annotations

import json
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_celery_patterns.reports.valid import json_text, valid, valid_xml

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize("text", ["", "größe 🐰\n\t\x00\x1b", r"a\xff"])
def test_valid_text_stays(text: str) -> None:
    assert valid(text) == text
    assert json.loads(json_text({text: text})) == {text: text}


def test_bytes_of_a_file_name_and_lone_surrogates_are_escaped() -> None:
    assert valid("a\udcff\ud83d") == r"a\xff\ud83d"
    assert json.loads(json_text(["a\udcff\ud83d"])) == [r"a\xff\ud83d"]


@given(ANY_TEXT)
def test_any_text_is_valid_utf_8_json_and_xml(text: str) -> None:
    valid(text).encode("utf-8")
    assert json.loads(json_text([text]).encode("utf-8")) == [valid(text)]
    ElementTree.fromstring(f"<a>{escape(valid_xml(text))}</a>".encode())
