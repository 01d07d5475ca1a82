"""Any bytes at all: findings, or one clear CEL001; never a crash, never a dead process."""

from __future__ import annotations

import pytest
from hypothesis import given

from flake8_celery_patterns.engine import lint
from flake8_celery_patterns.source.parse import Unreadable, decode
from tests.trust.alone import linted_alone
from tests.trust.checking import PLACE, PROJECT, unsound
from tests.trust.effort import examples
from tests.trust.mutated import mutated

TASK = "from celery import shared_task\n\n\n@shared_task\ndef ship(self):\n    print(self)\n"


@examples(60)
@given(mutated())
def test_mutated_fixtures(content: bytes) -> None:
    found = lint(content, PLACE, PROJECT)
    try:
        text = decode(content)
    except Unreadable:
        assert [finding.code for finding in found] in ([], ["CEL001"])
    else:
        assert unsound(text, found) == []
        assert sum(finding.code == "CEL001" for finding in found) in (0, len(found))


EXTREMES = {
    "a literal of 10 MiB": "x = '" + "a" * (10 << 20) + "'\n",
    "a literal just small enough": "x = '" + "a" * 2_000_000 + "'\n",
    "a number of a million digits": "x = " + "9" * 1_000_000 + "\n",
    "a long line": "x = [" + "1, " * 20_000 + "]\n",
    "empty lines": "\n" * 100_000,
    "a name of a million letters": "a" * 1_000_000 + " = 1\n",
    "brackets": "x = " + "(" * 100_000 + ")" * 100_000 + "\n",
    "open brackets": "x = " + "[" * 100_000 + "\n",
    "indentation": "".join(" " * i + "if x:\n" for i in range(1000)) + " " * 1000 + "pass\n",
    "nested functions": "".join("  " * i + "def f():\n" for i in range(300))
    + "  " * 300
    + "pass\n",
    "form feeds": "\f\n" * 100_000,
    "carriage returns": "\r" * 50_000,
    "null bytes": "\0" * 100_000,
    "continued lines": "x = 1" + " + \\\n 1" * 50_000 + "\n",
    "open strings": '"""' * 99_999 + "\n",
    "nested f-strings": "x = " + "f'{" * 20_000 + "\n",
    "decorators": "@d\n" * 5000 + "def f(): ...\n",
    "dots of an import": "from " + "." * 500_000 + "x import y\n",
    "names of an import": "from x import (" + ", ".join(f"a{i}" for i in range(10_000)) + ")\n",
    "arguments": "ship.delay(" + ", ".join(f"a{i}=1" for i in range(5000)) + ")\n",
    "tasks": "".join(f"@shared_task\ndef t{i}(): ...\n" for i in range(300)),
    "handlers": "try:\n    x\n" + "".join(f"except E{i}:\n    pass\n" for i in range(1000)),
}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[str]]:
    return linted_alone({name: TASK + text for name, text in EXTREMES.items()})


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_end_well(name: str, outcomes: dict[str, list[str]]) -> None:
    codes = outcomes[name]
    assert codes == ["CEL001"] or "CEL201" in codes
