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
from tests.fixes.mending import mended_text
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
            assert all(
                f.fix is None for f in found_in(text, fixture.code) if f.code == fixture.code
            )


def golden_of(fixture: Fixture) -> Path:
    return fixture.path.with_name(f"{fixture.path.stem}{FIXED}")


def found_in(text: str, code: str) -> list[Finding]:
    """The findings of a text whose user named `code`."""
    return [finding for _, finding in lint_files({"shop.py": text}, naming(code))]


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def of(code: str, found: list[Finding]) -> int:
    return sum(finding.code == code for finding in found)


def wanted(finding: Finding, *, unsafe: bool) -> bool:
    return finding.fix is not None and (unsafe or finding.fix.safe)


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "all"])
@pytest.mark.parametrize("fixture", BAD, ids=[fixture.id for fixture in BAD])
def test_fixed_fixtures_parse_keep_comments_and_stay_fixed(fixture: Fixture, unsafe: bool) -> None:
    text = fixture.path.read_text(encoding="utf-8")
    mended = mended_text(text, fixture.code, unsafe=unsafe)
    after = mended.after.decode()
    assert mended.notes == ()
    assert comments(after) == comments(text)
    there, left = found_in(text, fixture.code), found_in(after, fixture.code)
    assert not [f for f in left if f.code == fixture.code and wanted(f, unsafe=unsafe)]
    assert of(fixture.code, there) - of(fixture.code, left) == mended.fixed
    assert not Counter(f.code for f in left) - Counter(f.code for f in there)


GOLDEN = [fixture for fixture in BAD if golden_of(fixture).exists()]


@pytest.mark.parametrize("fixture", GOLDEN, ids=[fixture.id for fixture in GOLDEN])
def test_all_fixes_of_a_fixture_make_its_golden_file(fixture: Fixture) -> None:
    text = fixture.path.read_text(encoding="utf-8")
    golden = golden_of(fixture).read_text(encoding="utf-8")
    assert mended_text(text, fixture.code, unsafe=True).after.decode() == golden


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
    mended = mended_text(SEND + dedent(before), unsafe=True)
    assert mended.after.decode() == SEND + dedent(after)
