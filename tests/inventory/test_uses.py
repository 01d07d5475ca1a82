"""Who sends a task, what follows it, when it runs by the clock, and what is never sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.inventory.assemble import inventory
from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.source.parse import Parsed, Readable, parse
from tests.inventory.projects import NO_CACHE, named, of, project

SEND = "@shared_task\ndef send(order_id): ...\n\n\n"
OTHER = "@shared_task\ndef other(order_id): ...\n\n\n"


def sent(text: str, root: Path) -> list[tuple[str, str, str, bool]]:
    """Function, form, surroundings and whether it is called, of each place that sends `send`."""
    found = named(of(SEND + OTHER + text, root), "send")
    return [(s.function, s.form, s.within, s.is_called) for s in found.sent]


@pytest.mark.parametrize(
    ("code", "form", "within", "is_called"),
    [
        ("send.delay(1)", "delay", "", True),
        ("send.apply_async((1,), countdown=3)", "apply_async", "", True),
        ("send.s(1).delay()", "s", "", True),
        ("signal.connect(send.delay, Task, chain(other.s(1)))", "delay", "", False),
        ("transaction.on_commit(lambda: send.delay(1))", "delay", "on_commit", True),
        ("transaction.on_commit(send.delay)", "delay", "on_commit", False),
        ("chain(other.s(1), send.si(2)).delay()", "si", "chain", True),
        ("(other.s(1) | send.si(2)).delay()", "si", "chain", True),
        ("chord([other.s(1)])(send.s())", "s", "chord", True),
        ("chain(group(send.s(1), send.s(2)), other.si(1)).delay()", "s", "group", True),
        ('app.send_task("shop.tasks.send", (1,))', "send_task", "", True),
        ("app.send_task(send.name, (1,))", "send_task", "", True),
        ('signature("shop.tasks.send", (1,)).delay()', "signature", "", True),
        ("send.map([1, 2]).delay()", "map", "", True),
    ],
)
def test_forms(tmp_path: Path, code: str, form: str, within: str, is_called: bool) -> None:
    found = sent(f"def pay(signal):\n    {code}\n", tmp_path)
    assert set(found) == {("shop.tasks.pay", form, within, is_called)}


def test_a_partial_is_one_dispatch(tmp_path: Path) -> None:
    text = (
        "from functools import partial\n\n\n"
        "def pay():\n    transaction.on_commit(partial(send.delay, 1))\n"
    )
    assert sent(text, tmp_path) == [("shop.tasks.pay", "delay", "on_commit", True)]


def test_what_is_no_dispatch(tmp_path: Path) -> None:
    text = "def pay():\n    send(1)\n    print(send.name)\n    order.send.delay(1)\n"
    assert sent(text, tmp_path) == []


def test_a_retry_is_no_dispatch(tmp_path: Path) -> None:
    text = "@shared_task(bind=True)\ndef again(self):\n    raise self.retry()\n"
    found = named(of(text, tmp_path), "again")
    assert found.sent == ()
    assert found.never_dispatched


def test_functions_and_tasks_that_send(tmp_path: Path) -> None:
    text = (
        "send.delay(0)\n\n\n@shared_task\ndef outer():\n    send.delay(1)\n\n\n"
        "class View:\n    def post(self):\n        send.delay(2)\n"
    )
    found = named(of(SEND + text, tmp_path), "send")
    assert [(s.function, s.caller and s.caller[1], s.spot.line) for s in found.sent] == [
        ("shop.tasks", None, 12),
        ("shop.tasks.outer", "outer", 17),
        ("shop.tasks.View.post", None, 22),
    ]


def test_what_is_sent_from_test_code_does_not_count(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tasks.py": f"from celery import shared_task\n\n\n{SEND}",
        "tests/test_tasks.py": "from shop.tasks import send\n\n\ndef test():\n    send.delay(1)\n",
    }
    (entry,) = project(tmp_path, files).entries
    assert entry.never_dispatched
    assert entry.mentions == ()


def test_what_no_task_in_view_is_meant_by(tmp_path: Path) -> None:
    text = 'def pay(task):\n    app.send_task("billing.charge")\n    task.delay(1)\n'
    found = of(SEND + text, tmp_path)
    assert [(s.form, s.name) for s in found.unresolved] == [
        ("send_task", "billing.charge"),
        ("delay", ""),
    ]


class TestFollowers:
    @pytest.mark.parametrize(
        ("code", "pairs"),
        [
            ("chain(a.s(), b.s(), c.s())", ["a b chain", "b c chain"]),
            ("a.s() | b.s() | c.s()", ["a b chain", "b c chain"]),
            ("chain(group(a.s(), b.s()), c.s())", ["a c chain", "b c chain"]),
            ("chord([a.s(), b.s()], c.s())", ["a c chord", "b c chord"]),
            ("chord([a.s()])(b.s())", ["a b chord"]),
            ("group(a.s(), b.s()) | c.s()", ["a c chord", "b c chord"]),
            ("a.apply_async(link=b.s(), link_error=c.s())", ["a b link", "a c link_error"]),
            ("a.s().on_error(c.s())", ["a c link_error"]),
            ("group(a.s(), b.s())", []),
        ],
    )
    def test_pairs(self, tmp_path: Path, code: str, pairs: list[str]) -> None:
        tasks = "".join(f"@shared_task\ndef {name}(x=None): ...\n\n\n" for name in "abc")
        found = of(f"{tasks}def pay():\n    return {code}\n", tmp_path)
        assert [
            f"{entry.task.function} {after.function} {pair.form}"
            for entry in found.entries
            for after, pair in entry.followers
        ] == pairs


class TestSchedules:
    @pytest.mark.parametrize(
        ("code", "entry", "text"),
        [
            (
                'BEAT_SCHEDULE = {"daily": {"task": "shop.tasks.send", "schedule": crontab(3)}}',
                "daily",
                "crontab(3)",
            ),
            (
                'app.conf.beat_schedule = {"often": {"task": send.name, "schedule": 30.0}}',
                "often",
                "30.0",
            ),
            ('app.add_periodic_task(60, send.s(1), name="each minute")', "each minute", "60"),
        ],
    )
    def test_forms(self, tmp_path: Path, code: str, entry: str, text: str) -> None:
        found = named(of(f"{SEND}{code}\n", tmp_path), "send")
        assert [(s.entry, s.text) for s in found.schedules] == [(entry, text)]
        assert not found.never_dispatched

    def test_entries_of_no_task_in_view(self, tmp_path: Path) -> None:
        text = 'CELERY_BEAT_SCHEDULE = {"a": {"task": "billing.charge", "schedule": 3.0}}\n'
        found = of(SEND + text, tmp_path)
        assert [(s.entry, s.name) for s in found.unscheduled] == [("a", "billing.charge")]


class TestMentions:
    def test_where_else_a_task_is_named(self, tmp_path: Path) -> None:
        files = {
            "shop/__init__.py": "",
            "shop/tasks.py": f'from celery import shared_task\n\n__all__ = ["send"]\n\n\n{SEND}',
            "shop/jobs.py": "from shop.tasks import (\n    send,\n)\n\nJOBS = [send]\n",
            "shop/names.py": 'ROUTES = {"shop.tasks.send": "slow"}\n',
            "shop/other.py": "# send\nresend = 1\n",
        }
        (entry,) = project(tmp_path, files).entries
        assert [str(spot) for spot in entry.mentions] == ["shop/jobs.py:5", "shop/names.py:1"]

    def test_none_is_looked_for_where_something_sends_it(self, tmp_path: Path) -> None:
        found = named(of(f"{SEND}send.delay(1)\nprint(send)\n", tmp_path), "send")
        assert found.mentions == ()


def test_only_the_tasks_of_some_files_are_listed(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tasks.py": f"from celery import shared_task\n\n\n{SEND}",
        "shop/views.py": "from celery import shared_task\nfrom shop.tasks import send\n\n\n"
        "@shared_task\ndef pay():\n    send.delay(1)\n",
    }
    project(tmp_path, files)
    every = targets((".",), NO_CACHE, folder=tmp_path)
    found = inventory(every, NO_CACHE, listed=[tmp_path / "shop" / "tasks.py"])
    assert [entry.task.function for entry in found.entries] == ["send"]
    assert [s.function for s in found.entries[0].sent] == ["shop.views.pay"]


def test_a_file_of_many_tasks_is_parsed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = []

    def counting(text: Readable) -> Parsed:
        parsed.append(text)
        return parse(text)

    monkeypatch.setattr("flake8_celery_patterns.reading.parse", counting)
    names = "".join(f"@shared_task\ndef t{n}(): ...\n\n\n" for n in range(30))
    found = of(names + "".join(f"t{n}.delay()\n" for n in range(30)), tmp_path)
    assert (len(found.entries), len(parsed)) == (30, 1)
