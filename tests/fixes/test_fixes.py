"""Fixes: what they make of a text, and that they leave nothing to fix and nothing broken."""

from __future__ import annotations

import io
import tokenize
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.rules.registry import all_rules
from tests.fixes.applying import apply
from tests.linting import lint_files, naming
from tests.rules.fixture_files import FIXED, Fixture, fixtures

FIXABLE = {rule.code for rule in all_rules() if rule.fix}
BAD = [
    fixture
    for fixture in fixtures()
    if fixture.path.suffix == ".py"
    and fixture.path.name.startswith("bad")
    and fixture.code in FIXABLE
]


def test_only_rules_that_say_so_give_fixes() -> None:
    for fixture in fixtures():
        if fixture.code not in FIXABLE and fixture.path.name.startswith("proof_bad"):
            text = fixture.path.read_text(encoding="utf-8")
            assert all(finding.fix is None for finding in found_in(text, fixture.code))


def golden_of(fixture: Fixture) -> Path:
    return fixture.path.with_name(f"{fixture.path.stem}{FIXED}")


def found_in(text: str, code: str = "") -> list[Finding]:
    """The findings of a text, all or those of one code."""
    found = lint_files({"shop.py": text}, naming(code))
    return [finding for _, finding in found if code in ("", finding.code)]


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def mended(text: str, code: str = "", *, unsafe: bool) -> str:
    found = found_in(text, code)
    return apply(text, [f.fix for f in found if f.fix is not None and (unsafe or f.fix.safe)])


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "all"])
@pytest.mark.parametrize("fixture", BAD, ids=[fixture.id for fixture in BAD])
def test_fixed_fixtures_parse_keep_comments_and_stay_fixed(fixture: Fixture, unsafe: bool) -> None:
    text = fixture.path.read_text(encoding="utf-8")
    before = found_in(text, fixture.code)
    after_text = mended(text, fixture.code, unsafe=unsafe)
    compile(after_text, fixture.path.name, "exec")
    assert comments(after_text) == comments(text)
    assert len(found_in(after_text, fixture.code)) == len(before) - sum(
        finding.fix is not None and (unsafe or finding.fix.safe) for finding in before
    )
    brought = Counter(f.code for f in found_in(after_text)) - Counter(
        f.code for f in found_in(text)
    )
    assert not brought
    assert mended(after_text, fixture.code, unsafe=unsafe) == after_text


GOLDEN = [fixture for fixture in BAD if golden_of(fixture).exists()]


@pytest.mark.parametrize("fixture", GOLDEN, ids=[fixture.id for fixture in GOLDEN])
def test_all_fixes_of_a_fixture_make_its_golden_file(fixture: Fixture) -> None:
    text = fixture.path.read_text(encoding="utf-8")
    golden = golden_of(fixture).read_text(encoding="utf-8")
    assert mended(text, fixture.code, unsafe=True) == golden


def test_each_rule_with_a_fix_has_a_golden_file() -> None:
    assert {fixture.code for fixture in GOLDEN} == FIXABLE


SEND = "from celery import shared_task\n\n\n"
USERS = """\
from django.contrib.auth.models import User
@shared_task
def f(user): ...
def g(pk):
"""
ONE = "User.objects.get(pk=pk)"
CASES = {
    "bind, bare": (
        "@shared_task\ndef f(self): ...\n",
        "@shared_task(bind=True)\ndef f(self): ...\n",
    ),
    "bind, called": (
        "@shared_task(queue='x')\ndef f(self): ...\n",
        "@shared_task(queue='x', bind=True)\ndef f(self): ...\n",
    ),
    "bind, several lines": (
        "@shared_task(\n    queue='x',  # slow\n)\ndef f(self): ...\n",
        "@shared_task(\n    queue='x', bind=True,  # slow\n)\ndef f(self): ...\n",
    ),
    "bind, empty call": (
        "@shared_task()\ndef f(self): ...\n",
        "@shared_task(bind=True)\ndef f(self): ...\n",
    ),
    "backoff, default delay": (
        "@shared_task(autoretry_for=(OSError,))\ndef f(): ...\n",
        "@shared_task(autoretry_for=(OSError,), retry_backoff=60)\ndef f(): ...\n",
    ),
    "backoff, chosen delay": (
        "@shared_task(autoretry_for=(OSError,), default_retry_delay=7)\ndef f(): ...\n",
        (
            "@shared_task(autoretry_for=(OSError,), default_retry_delay=7, retry_backoff=7)"
            "\ndef f(): ...\n"
        ),
    ),
    "bare except": (
        "@shared_task\ndef f():\n    try: g()\n    except: h()\n",
        "@shared_task\ndef f():\n    try: g()\n    except Exception: h()\n",
    ),
    "BaseException": (
        "@shared_task\ndef f():\n    try: g()\n    except (OSError, BaseException) as e: h(e)\n",
        "@shared_task\ndef f():\n    try: g()\n    except (OSError, Exception) as e: h(e)\n",
    ),
    "primary key": (f"{USERS}    f.delay({ONE})\n", f"{USERS}    f.delay({ONE}.pk)\n"),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_what_a_fix_writes(before: str, after: str) -> None:
    assert mended(SEND + dedent(before), unsafe=True) == SEND + dedent(after)
