"""Why something is not known: every way in which the text hides a task or a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explain.explaining import details, explained, fact, line_of, write

HEAD = "from celery import shared_task\nfrom shop.tasks import send_receipt\n"

# The code; what is told of the receiver or argument in the line marked by `.delay(`.
RECEIVERS = [
    (
        "def pay(job):\n    job.delay(1)\n",
        "`job` is a parameter of pay() without an annotation",
    ),
    (
        "def pay(job: Job):\n    job.delay(1)\n",
        "`job` is a parameter annotated `Job`, which is not known",
    ),
    (
        "from shop.tasks import other\n\n\ndef pay():\n    other.delay(1)\n",
        "shop/tasks.py does not define `other`",
    ),
    (
        "def pay(jobs):\n    jobs['a'].delay(1)\n",
        "items of `jobs` are not told apart",
    ),
    (
        "def pay():\n    chosen().delay(1)\n",
        "it is what `chosen()` returns: nothing in the file binds `chosen`",
    ),
    (
        "from shop.base import *\n\n\ndef pay():\n    job.delay(1)\n",
        "no line binds `job`, and `from shop.base import *` may",
    ),
    (
        "def pay(jobs):\n    for job in jobs:\n        job.delay(1)\n",
        "`job` is bound by a loop, a `with` or the like, which does not show its value",
    ),
    (
        "def pay(a, b):\n    job = a\n    job = b\n    job.delay(1)\n",
        "`job` is given different values in pay",
    ),
    (
        "def pay(a):\n    job = a\n    job.delay(1)\n",
        "`job` is `a`: `a` is a parameter of pay() without an annotation",
    ),
]


@pytest.mark.parametrize(("code", "reason"), RECEIVERS)
def test_a_receiver_that_is_not_known_to_be_a_task(tmp_path: Path, code: str, reason: str) -> None:
    root = write(tmp_path, HEAD + code)
    explanation = explained(root, line_of(root, ".delay(1)"))
    told = {k: v for f in explanation.facts for k, v in details(f).items()}
    assert reason in told["because" if "because" in told else "task"]


def test_a_task_of_another_package(tmp_path: Path) -> None:
    root = write(tmp_path, HEAD + "from acme import job\n\n\ndef pay():\n    job.delay(1)\n")
    told = details(fact(explained(root, line_of(root, ".delay(1)")), "dispatch"))
    assert (
        told["task"] == "`job` could not be resolved to one: it is acme.job, and not of the project"
    )


def test_a_name_that_no_task_has(tmp_path: Path) -> None:
    code = "from celery import current_app\n\n\ndef pay():\n    current_app.send_task('no.such')\n"
    root = write(tmp_path, HEAD + code)
    told = details(fact(explained(root, line_of(root, "send_task")), "dispatch"))
    assert told["task"] == "no task of the project is known to be called `'no.such'`"


def test_an_argument(tmp_path: Path) -> None:
    root = write(tmp_path, HEAD + "def pay(a):\n    send_receipt.delay(a + 1, note=a)\n")
    told = details(fact(explained(root, line_of(root, ".delay(")), "dispatch"))
    assert told["argument order_pk"] == (
        "`a + 1` is unknown: expressions of its kind are not followed"
    )
    assert (
        told["argument note"] == "`a` is unknown: `a` is a parameter of pay() without an annotation"
    )


def test_a_function_that_is_no_task(tmp_path: Path) -> None:
    root = write(tmp_path, "import celery\nfrom acme import job\n\n\n@job\ndef pack(x): ...\n")
    told = fact(explained(root, line_of(root, "def pack")), "function")
    assert told.title == "pack is no task: none of its decorators makes a task"
    assert details(told) == {"@job": "acme.job"}


def test_options_that_may_be_given_elsewhere(tmp_path: Path) -> None:
    code = (
        "from celery import shared_task\n\n\n@shared_task(queue='a', **OTHERS)\ndef pack(x): ...\n"
    )
    root = write(tmp_path, code)
    told = details(fact(explained(root, line_of(root, "def pack")), "task"))
    assert told["option queue"] == "'a' (line 4)"
    assert told["not known"] == "all others: its decorator may give more than the text shows"


@pytest.mark.parametrize(
    ("code", "what", "title"),
    [
        (
            "@app.task\ndef f():\n    try:\n        g()\n    except OSError:  # here\n        h\n",
            "handler",
            "except OSError",
        ),
        ("app.conf.task_time_limit = 3  # here\n", "setting", "task_time_limit"),
        ("s = crontab(minute=5)  # here\n", "crontab", "crontab(minute=5)"),
        ("class Order:  # here\n    x = 1\n", "class", "Order is neither a task nor a model"),
        ("from celery.task import task  # here\n", "import", "task from celery.task"),
        (
            "def f():\n    return send_receipt.s(1) | send_receipt.s()  # here\n",
            "chain",
            "send_receipt.s(1) | send_receipt.s()",
        ),
    ],
)
def test_other_facts(tmp_path: Path, code: str, what: str, title: str) -> None:
    app = "from celery import Celery\nfrom celery.schedules import crontab\n\napp = Celery('a')\n"
    root = write(tmp_path, HEAD + app + code)
    assert fact(explained(root, line_of(root, "# here")), what).title == title
