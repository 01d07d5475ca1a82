"""Expressions of generated programs: what is sent, given as an option, or asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

_Item = TypeVar("_Item")

# Names that programs bind, and some that they do not.
NAMES = tuple(
    "order orders user pk self exc result data items app loop_item Order User Shop Colour ship"
    " send_mail report charge resize options args kwargs tasks models nothing_at_all".split()
)
TASKS = ("ship", "send_mail", "report", "charge", "resize", "shop.tasks.ship", "self", "Shop()")
_NUMBERS = tuple(
    "0 1 -1 3 60 3600 0.5 -0.0 1e999 -1e999 1e308*10 10**30 2**70 99999999999999999999 86400*400"
    " 10**29*10**29 1_000 0x10 3j True False None 7//0 1/0 1<<9 ~5".split()
)
_TEXTS = (
    "''",
    "'shop.tasks.ship'",
    "'orders'",
    "'*'",
    "'*/5'",
    "'\\u00b2/5'",
    "'0-99999999999'",
    "'a:3:4: b'",
    "'line\\nbreak'",
    "'\\ud800'",
    "'\\x00'",
    "'\\N{SNOWMAN}'",
    "b'bytes'",
    "'10/m'",
    "'%s'",
    "'{}'",
    "f'{pk}'",
    "f'{order!r:>{pk}}'",
    "'a' 'b'",
    "'redis://user:secret@host/0'",
    "r'\\d'",
    "'x' * 9",
)
_CALLS = (
    "Order.objects.get(pk={0})",
    "Order.objects.filter({0}).first()",
    "Order.objects.all()",
    "Order({0})",
    "User.objects.create(name={0})",
    "order.save()",
    "order.pk",
    "order.items.all()",
    "{0}.id",
    "str({0})",
    "list({0})",
    "dict(a={0}, **{1})",
    "set({0})",
    "datetime.now()",
    "datetime.utcnow() + timedelta(days={0})",
    "timezone.now() + timedelta({0}, minutes={1})",
    "timedelta(seconds={0})",
    "crontab(minute={0}, hour={1})",
    "crontab({0})",
    "functools.partial({0}, {1})",
    "uuid.uuid4()",
    "open({0})",
    "{0}.get(timeout={1})",
    "{0}.get()",
    "AsyncResult({0})",
    "os.environ.get({0}, {1})",
    "self.request.retries",
    "2 ** self.request.retries",
    "getattr({0}, 'delay')",
    "Colour.RED",
    "logging.getLogger({0})",
    "json.dumps({0})",
)
_SHAPES = (
    "({0},)",
    "({0}, {1})",
    "()",
    "[{0}, {1}]",
    "[*{0}, {1}]",
    "{{{0}: {1}}}",
    "{{'a': {0}, **{1}}}",
    "{{{0}, {1}}}",
    "[x for x in {0} if {1}]",
    "{{x: {1} for x in {0}}}",
    "({0} for x in {1})",
    "lambda x={0}: {1}",
    "lambda: {0}",
    "{0} if {1} else {0}",
    "{0} or {1}",
    "{0} and {1}",
    "not {0}",
    "{0} + {1}",
    "{0} * {1}",
    "{0} | {1}",
    "{0}[{1}]",
    "{0}[1:]",
    "{0}[-1]",
    "(found := {0})",
    "{0} is not {1}",
    "{0}.attribute",
    "{0}({1})",
    "{0}(*{1}, **{0})",
)
_CANVAS = (
    "{task}.s({0})",
    "{task}.si()",
    "{task}.signature(args={0}, countdown={1})",
    "{task}.s(a={0}).set(queue={1})",
    "{task}.map({0})",
    "{task}.starmap({0})",
    "{task}.chunks({0}, 10)",
    "chain({2}, {3})",
    "chain([{2}, {3}])",
    "chain(*{0})",
    "group({2}, {3})",
    "group([{2} for x in {0}])",
    "group({task}.s(x) for x in {0})",
    "chord([{2}, {3}])({task}.s())",
    "chord({2}, {3})",
    "({2} | {3})",
    "signature('shop.tasks.ship', args={0})",
    "{task}.s().on_error({task}.s({0}))",
)

# What is usually given for an option or a setting: rules look further where that is right.
_NUMBER = ("3", "60", "0", "None", "300", "86400")
_FLAG = ("True", "False", "'yes'")
_USUAL = {
    "accept_content": ("['json']", "['json', 'pickle']", "'json'"),
    "args": ("(pk,)", "(order,)", "(1, 2)", "[pk]", "pk", "()"),
    "autoretry_for": (
        "(Exception,)",
        "(OSError,)",
        "(ValueError, OSError)",
        "OSError",
        "(Failed,)",
    ),
    "base": ("Base", "Shop", "Task", "Order"),
    "beat_schedule": ("{}", "SCHEDULE"),
    "broker_transport_options": ("{'visibility_timeout': 60}",),
    "broker_url": ("'redis://user:secret@host/0'", "'amqp://'", "os.environ['BROKER']"),
    "eta": ("datetime.now()", "datetime.now() + timedelta(days=1)", "timezone.now()"),
    "exc": ("exc", "error", "OSError()", "'failed'"),
    "expires": _NUMBER,
    "json": ("order", "{'pk': pk}"),
    "kwargs": ("{'pk': pk}", "{'order': order}", "{'pk': 1, 'nope': 2}", "{}"),
    "link": ("ship.s()", "send_mail.si()", "report.s(pk)"),
    "link_error": ("ship.s()", "report.si()"),
    "meta": ("{'done': 1}", "order", "'half'"),
    "name": ("'shop.tasks.ship'", "'ship'", "f'ship'"),
    "queue": ("'orders'", "'default'"),
    "rate_limit": ("'10/m'", "'10/d'", "'10 per minute'", "10"),
    "result_backend": ("'redis://'", "'rpc://'", "'django-db'", "None"),
    "retry_backoff": ("True", "60", "5", "1000"),
    "retry_kwargs": ("{'max_retries': 5}", "{'countdown': 5}", "{'max_retries': None}"),
    "schedule": ("crontab()", "crontab(hour=3)", "crontab(minute='*/5', hour=25)", "60.0", "'60'"),
    "serializer": ("'json'", "'pickle'"),
    "task": ("'shop.tasks.ship'", "'ship'", "'nowhere'", "ship"),
    "task_id": ("'one'", "str(uuid.uuid4())", "f'order-{pk}'"),
    "task_routes": ("{'shop.tasks.*': {'queue': 'a'}}", "{'shop.tasks.nope': 'b'}"),
    "throws": ("(OSError,)", "Failed"),
    "timeout": ("5", "None"),
}
_NUMBERED = frozenset(
    "countdown default_retry_delay max_retries priority result_expires retry_backoff_max"
    " soft_time_limit task_soft_time_limit task_time_limit time_limit"
    " worker_prefetch_multiplier".split()
)


class Values:
    """Makes expressions as text, one choice after the other."""

    def __init__(self, choices: bytes) -> None:
        """`choices`: a byte for each choice; where they end, the first is chosen each time."""
        self._choices = iter(choices)

    def pick(self, choices: Sequence[_Item]) -> _Item:
        """One of several."""
        return choices[self.number(len(choices) - 1)]

    def number(self, most: int) -> int:
        """From 0 to `most`."""
        return next(self._choices, 0) % (most + 1)

    def chance(self, one_in: int) -> bool:
        """True once in `one_in` times."""
        return self.number(one_in - 1) == one_in - 1

    def value(self, depth: int = 2) -> str:
        """Any expression, `depth` levels at most."""
        kind = self.number(9 if depth else 4)
        if kind <= 1:
            return self.pick(NAMES)
        if kind == 2:
            return self.pick(_NUMBERS)
        if kind == 3:
            return self.pick(_TEXTS)
        if kind <= 6:
            return self._filled(self.pick(_CALLS), depth)
        if kind <= 8:
            return self._filled(self.pick(_SHAPES), depth)
        return self.canvas(depth - 1)

    def option(self, name: str) -> str:
        """What an option is given: mostly what is usual."""
        if self.chance(3):
            return self.value(1)
        return self.pick(_USUAL.get(name, _NUMBER if name in _NUMBERED else _FLAG))

    def canvas(self, depth: int = 2) -> str:
        """A signature, or what signatures make."""
        return self._filled(self.pick(_CANVAS if depth > 0 else _CANVAS[:4]), max(depth, 0))

    def task(self) -> str:
        """What a task may be called by."""
        return self.pick(TASKS)

    def arguments(self, names: Sequence[str], most: int = 3) -> str:
        """Arguments of a call: positional, by the names given, and starred."""
        plain = [self.value(1) for _ in range(self.number(most))]
        chosen = dict.fromkeys(self.pick(names) for _ in range(self.number(most)))
        stars = [f"*{self.value(0)}"] if self.chance(8) else []
        last = [f"**{self.value(0)}"] if self.chance(6) else []
        return ", ".join([*plain, *stars, *(f"{n}={self.value(1)}" for n in chosen), *last])

    def _filled(self, form: str, depth: int) -> str:
        inner = max(depth - 1, 0)
        parts = (
            [self.value(inner) for _ in range(2)] if "{0}" in form or "{1}" in form else ["", ""]
        )
        signed = [self.canvas(inner - 1) for _ in range(2)] if "{2}" in form else ["", ""]
        bracketed = [part if part.isidentifier() else f"({part})" for part in parts]
        return form.format(*bracketed, *signed, task=self.task())
