"""Names that lead to names: each line doubles the one before, or leads on from it, 60 times.

Whatever goes through such names one by one never ends, or runs out of stack.
"""

from __future__ import annotations

import pytest

from tests.trust.alone import linted_alone

_LINES = 60
# The first line, and the others: `{j}` is the number of the line before.
DOUBLED = {
    "aliases": ("d0 = Order()", "d{i} = d{j}"),
    "rows": ("d0 = (1,)", "d{i} = (d{j}, d{j})"),
    "rows of orders": ("d0 = (Order(),)", "d{i} = (d{j}, d{j})"),
    "lists": ("d0 = [1]", "d{i} = [d{j}, d{j}]"),
    "containers": ("d0 = [1]", "d{i} = [d{j}, (d{j}, d{j}), {{'a': d{j}}}]"),
    "keys": ("d0 = (1, 2)", "d{i} = {{(d{j}, d{j}): d{j}}}"),
    "dicts": ("d0 = dict(a=1)", "d{i} = dict(a=d{j}, b=d{j})"),
    "merged dicts": ("d0 = {'a': 1}", "d{i} = {{**d{j}, **d{j}}}"),
    "sums of rows": ("d0 = (OSError,)", "d{i} = d{j} + d{j}"),
    "unpacked rows": ("d0 = (1, 2)", "d{i} = (*d{j}, *d{j})"),
    "zips": ("d0 = [1]", "d{i} = list(zip(d{j}, d{j}))"),
    "sums": ("d0 = 3", "d{i} = d{j} + d{j}"),
    "squares": ("d0 = 3", "d{i} = d{j} * d{j}"),
    "floats": ("d0 = 3.5", "d{i} = d{j} * d{j}"),
    "texts": ("d0 = 'a'", "d{i} = d{j} + d{j}"),
    "durations": ("d0 = timedelta(days=1)", "d{i} = d{j} + d{j}"),
    "chains": ("d0 = send.s(1)", "d{i} = chain(d{j}, d{j})"),
    "pipes": ("d0 = send.s(1)", "d{i} = d{j} | d{j}"),
    "groups": ("d0 = send.s(1)", "d{i} = group(d{j}, d{j})"),
    "lists of groups": ("d0 = [send.s(1)]", "d{i} = [group(d{j}), group(d{j})]"),
    "unpacked groups": ("d0 = [send.s(1)]", "d{i} = [*d{j}, *d{j}]"),
    "chords": ("d0 = send.s(1)", "d{i} = chord([d{j}, d{j}], d{j})"),
    "annotations": ("d0 = Order", "d{i} = dict[d{j}, tuple[d{j}, d{j}]]"),
    "unions": ("d0 = Order", "d{i} = d{j} | d{j}"),
    "functions": ("def d0(): return Order()", "def d{i}(): return (d{j}(), d{j}())"),
    "decorators": ("def d0(f): return shared_task(f)", "def d{i}(f): return d{j}(d{j}(f))"),
    "classes": ("class d0(Order, Task): pass", "class d{i}(d{j}): pass"),
    "itself": ("d0 = (1,)", "d{i} = d{i} + d{i}"),
}
# A function's names are followed another way.
IN_A_FUNCTION = {"aliases", "containers", "rows of orders", "sums", "groups", "chains"}
_HEAD = """\
from celery import Celery, Task, chain, chord, group, shared_task
from datetime import timedelta
from django.db import models

class Order(models.Model):
    pass

@shared_task
def send(order): ...

"""
_USES = """\
@shared_task(max_retries={v}, autoretry_for={v}, name={v}, rate_limit={v}, base={v}, throws={v})
def task(self):
    try:
        return {v}
    except {v}:
        raise self.retry(exc={v}, countdown={v})

@{v}
def decorated(order: {v}): ...

def view(order: {v}):
    send.delay({v})
    send.apply_async(({v},), {v}, countdown={v}, expires={v}, task_id={v}, link={v}, **{v})
    chain({v}, send.s({v}) | {v})()
    {v}.delay(order)

app = Celery("shop")
app.conf.task_time_limit = {v}
app.conf.task_routes = {v}
app.conf.beat_schedule = {{"a": {{"task": {v}, "schedule": {v}, "args": {v}}}}}
"""


def doubled(first: str, line: str) -> str:
    return "\n".join([first, *(line.format(i=i, j=i - 1) for i in range(1, _LINES))]) + "\n"


def texts() -> dict[str, str]:
    uses = _USES.format(v=f"d{_LINES - 1}")
    found = {}
    for name, (first, line) in DOUBLED.items():
        lines = doubled(first, line)
        found[name] = f"{_HEAD}{lines}\n{uses}"
        if name in IN_A_FUNCTION:
            inside = "".join(f"    {each}\n" for each in (lines + uses).splitlines())
            found[f"{name}, in a function"] = f"{_HEAD}def make():\n{inside}"
    return found


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[str]]:
    return linted_alone(texts())


@pytest.mark.parametrize("name", texts())
def test_names_that_lead_to_names_come_to_an_end(name: str, outcomes: dict[str, list[str]]) -> None:
    codes = outcomes[name]
    assert not {"CEL001", "a fault", "no end"} & set(codes)
    assert "CEL902" in codes, "the tasks were not looked at"
