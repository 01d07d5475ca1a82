"""Any Python at all, as hypothesmith makes it from Python's own grammar."""

from __future__ import annotations

import hypothesmith
import libcst as cst
from hypothesis import given

from flake8_celery_patterns.engine import lint
from tests.trust.checking import PLACE, PROJECT, lost_by_focus, unsound
from tests.trust.effort import examples
from tests.trust.programs import compiles

# What makes a file one that concerns Celery.
TASK = "from celery import shared_task\n@shared_task\ndef ship(self): ...\n"


@examples(8)
@given(hypothesmith.from_grammar())
def test_modules_from_the_grammar(module: str) -> None:
    text = f"{TASK}{module}\n"
    assert unsound(text, lint(text, PLACE, PROJECT)) == []
    if compiles(text) and _is_known(text):
        assert lost_by_focus(text) == []


@examples(8)
@given(hypothesmith.from_node())
def test_modules_from_nodes(module: str) -> None:
    text = f"{TASK}{module}\n"
    assert unsound(text, lint(text, PLACE, PROJECT)) == []
    if compiles(text) and _is_known(text):
        assert lost_by_focus(text) == []


def _is_known(text: str) -> bool:
    """Whether libcst can parse it: not all that compiles."""
    try:
        cst.parse_module(text)
    except cst.ParserSyntaxError:
        return False
    return True
