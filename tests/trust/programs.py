"""Programs that use Celery in every way, right and wrong, put together from a grammar."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from tests.trust.values import TASKS, Values

_IMPORTS = (
    "import celery",
    "import functools, json, logging, os, time, uuid",
    "from celery import Celery, Task, shared_task",
    "from celery import chain, chord, group, signature, current_app",
    "from celery.exceptions import Ignore, MaxRetriesExceededError, Reject, Retry",
    "from celery.exceptions import SoftTimeLimitExceeded",
    "from celery.result import AsyncResult",
    "from celery.schedules import crontab, schedule",
    "from celery.signals import task_failure, task_prerun, worker_ready",
    "from celery import shared_task as job, Celery as Maker",
    "from datetime import datetime, timedelta",
    "from django.db import models, transaction",
    "from django.db.models import F",
    "from django.db.models.signals import post_save",
    "from django.dispatch import receiver",
    "from django.utils import timezone",
    "from enum import Enum",
    "from functools import partial",
    "from .tasks import ship as send_order",
    "from shop.models import *",
    "import requests",
    "import asyncio",
)
_PRELUDE = (
    "app = Celery('shop', broker='redis://')",
    "logger = logging.getLogger(__name__)",
    "alias = celery.shared_task",
    "quick = partial(shared_task, bind=True)",
    "class Order(models.Model):\n    items = models.ManyToManyField('Item')\n    paid = 0",
    "class User(models.Model):\n    pass",
    "class Colour(Enum):\n    RED = 1",
    "class Failed(Exception):\n    def __init__(self, pk, *, why): ...",
)
_DECORATORS = ("shared_task", "app.task", "celery.shared_task", "job", "alias", "quick", "custom")
_OTHERS = (
    "transaction.atomic",
    "functools.wraps(ship)",
    "staticmethod",
    "property",
    "receiver(post_save, sender=Order)",
    "task_failure.connect",
    "worker_ready.connect(sender=app)",
    "app.on_after_finalize.connect",
    "custom",
    "functools.lru_cache(maxsize=None)",
)
_OPTIONS = tuple(
    "bind name base queue max_retries default_retry_delay autoretry_for retry_backoff throws"
    " expires retry_backoff_max retry_jitter retry_kwargs dont_autoretry_for acks_late serializer"
    " priority reject_on_worker_lost rate_limit time_limit soft_time_limit ignore_result typing"
    " pydantic track_started acks_on_failure_or_timeout no_such_option".split()
)
_EXECUTION = tuple(
    "args kwargs countdown eta expires queue task_id link link_error serializer retry priority"
    " ignore_result time_limit shadow no_such_option".split()
)
_SETTINGS = tuple(
    "task_time_limit task_soft_time_limit task_always_eager task_serializer accept_content"
    " timezone task_acks_late result_backend broker_url worker_prefetch_multiplier result_expires"
    " task_routes broker_transport_options task_annotations beat_schedule no_such_setting".split()
)
_PARAMETERS = ("self", "pk", "order: Order", "*args", "data=None", "*, user=1", "**kwargs")
_ERRORS = tuple(
    "Exception BaseException OSError (OSError,ValueError) MaxRetriesExceededError Ignore Reject"
    " SoftTimeLimitExceeded Order.DoesNotExist Failed SystemExit Retry nothing".split()
)
_CLASSES = ("Task", "celery.Task", "models.Model", "models.Manager", "Celery", "Base", "")
_METHODS = tuple(
    "run __call__ __init__ save on_failure on_retry after_return get_queryset delay"
    " __json__".split()
)

# How many choices a program is made from.
_CHOICES = 1200

Lines = list[str]


class _Writer(Values):
    """Writes statements as lists of lines."""

    # What `return`, `yield` and `await` may stand in.
    _function_word = ""

    def program(self) -> str:
        lines = [line for line in _IMPORTS if not self.chance(5)]
        for line in _PRELUDE:
            if not self.chance(4):
                lines += line.split("\n")
        for _ in range(2 + self.number(5)):
            lines += self._top()
        return "".join(f"{self._remarked(line)}\n" for line in "\n".join(lines).split("\n"))

    def _remarked(self, line: str) -> str:
        return f"{line}  # remark" if self.chance(10) else line

    def _top(self) -> Lines:
        return self.pick(
            (
                self._task,
                self._task,
                self._function,
                self._class,
                self._wrapper,
                self._setting,
                self._schedule,
                self._receiver,
                self._statement,
            )
        )()

    def _task(self) -> Lines:
        decorators = [self._decorator() for _ in range(1 + self.number(1))]
        if self.chance(4):
            decorators.insert(self.number(len(decorators)), f"@{self.pick(_OTHERS)}")
        return [*decorators, *self._def(self.pick(TASKS[:5]))]

    def _decorator(self) -> str:
        name = self.pick(_DECORATORS)
        if self.chance(3):
            return f"@{name}"
        given = self._given(_OPTIONS)
        if self.chance(4):
            lines = (f"    {option},  # why {option}" for option in given)
            return "\n".join((f"@{name}(", *lines, ")"))
        return f"@{name}({', '.join(given)})"

    def _keywords(self, names: Sequence[str]) -> str:
        return ", ".join(self._given(names))

    def _given(self, names: Sequence[str]) -> list[str]:
        chosen = dict.fromkeys(self.pick(names) for _ in range(self.number(4)))
        return [f"{name}={self.option(name)}" for name in chosen]

    def _def(self, name: str, first: str = "") -> Lines:
        parameters = [p for p in _PARAMETERS if self.chance(3)]
        if first:
            parameters = [first, *(p for p in parameters if p != "self")]
        marked = {"*args", "*, user=1"} & set(parameters)
        if len(marked) == 2:
            parameters.remove("*args")
        # What comes behind a default must have one too.
        order = sorted(parameters, key=lambda p: ("**" in p, "*" in p, "=" in p))
        returns = f" -> {self.value(0)}" if self.chance(6) else ""
        before = self._function_word
        self._function_word = word = "async def" if self.chance(8) else "def"
        body = _indented(self._block(2))
        self._function_word = before
        return [f"{word} {name}({', '.join(order)}){returns}:", *body]

    def _function(self) -> Lines:
        return self._def(self.pick(("work", "view", "save", "custom", "ship")))

    def _class(self) -> Lines:
        bases = ", ".join(dict.fromkeys(self.pick(_CLASSES) for _ in range(1 + self.number(1))))
        lines = [f"class {self.pick(('Base', 'Shop', 'Order', 'Manager'))}({bases.strip(', ')}):"]
        for _ in range(self.number(2)):
            option = self.pick(_OPTIONS)
            lines.append(f"    {option} = {self.option(option)}")
        for _ in range(self.number(2)):
            lines += _indented(self._def(self.pick(_METHODS), "self"))
        if self.chance(4):
            lines += _indented(self._task())
        return [*lines, "    pass"]

    def _wrapper(self) -> Lines:
        """A decorator of the project that ends, or may end, in a task decorator."""
        made = f"{self.pick(_DECORATORS)}({self._keywords(_OPTIONS)}, **options)"
        forms = (
            ["def custom(**options):", f"    return {made.replace('(, ', '(')}"],
            ["def custom(function):", f"    return {self.pick(_DECORATORS)}(function)"],
            [
                "def custom(function=None, **options):",
                "    def decorate(inner):",
                f"        @{self.pick(_DECORATORS)}",
                "        @functools.wraps(inner)",
                "        def call(*args, **kwargs):",
                *_indented(self._block(1), 3),
                "            return inner(*args, **kwargs)",
                "        return call",
                "    return decorate if function is None else decorate(function)",
            ],
        )
        return self.pick(forms)

    def _setting(self) -> Lines:
        name = self.pick(_SETTINGS)
        value = self.option(name)
        return [
            self.pick(
                (
                    f"app.conf.{name} = {value}",
                    f"app.conf.update({name}={value})",
                    f"app.conf['{name}'] = {value}",
                    f"app.conf.update({{'{name}': {value}}})",
                    f"CELERY_{name.upper()} = {value}",
                    f"{name} = {value}",
                    f"app.config_from_object({value}, namespace='CELERY')",
                    f"app.conf.{name}.setdefault({value}, 1)",
                    f"app = Celery({value}, {name}={value})",
                )
            )
        ]

    def _schedule(self) -> Lines:
        entry = ", ".join(
            f"'{key}': {self.option(key)}"
            for key in ("task", "schedule", "args", "kwargs", "options", "relative", "typo")
            if not self.chance(3)
        )
        named = self._keywords(("name", "expires", "queue"))
        return self.pick(
            (
                [f"app.conf.beat_schedule = {{'each day': {{{entry}}}}}"],
                [f"CELERY_BEAT_SCHEDULE = {{{self.value(0)}: {{{entry}}}, **{self.value(0)}}}"],
                [f"app.conf.beat_schedule['x'] = {{{entry}}}"],
                [
                    "@app.on_after_configure.connect",
                    "def set_up(sender, **kwargs):",
                    f"    sender.add_periodic_task({self.value(1)}, {self.canvas(1)}, {named})",
                ],
            )
        )

    def _receiver(self) -> Lines:
        return [f"@{self.pick(_OTHERS)}", *self._def("on_change", "sender")]

    def _block(self, depth: int) -> Lines:
        lines: Lines = []
        for _ in range(1 + self.number(2)):
            lines += self._statement(depth)
        return lines

    def _statement(self, depth: int = 1) -> Lines:
        kind = self.number(11 if depth else 7)
        if kind <= 2:
            return [self._prefix() + self._sent()]
        if kind == 3:
            return [f"{self.pick(('order', 'pk', 'data', 'result', 'self.x'))} = {self.value()}"]
        if kind <= 5:
            return [self._in_function() if self._function_word else self._simple()]
        if kind <= 7:
            return [f"{self.canvas()}{self.pick(('', '()', '.delay()', '.apply_async()'))}"]
        return self._compound(depth - 1)

    def _prefix(self) -> str:
        prefixes = ["", "", "result = "]
        if self._function_word:
            prefixes.append("return ")
        if self._function_word == "async def":
            prefixes.append("await ")
        return self.pick(prefixes)

    def _sent(self) -> str:
        task = self.task()
        return self.pick(
            (
                f"{task}.delay({self.arguments(('pk', 'order', 'data', 'countdown'))})",
                f"{task}.apply_async(({self.value(1)},), {self._keywords(_EXECUTION)})",
                f"{task}.apply_async({self._keywords(_EXECUTION)})",
                f"{task}.delay_on_commit({self.value(1)})",
                f"{task}.apply({self.value(1)})",
                f"{task}({self.value(1)})",
                f"app.send_task({self.value(0)}, {self._keywords(_EXECUTION)})",
                f"self.retry({self._keywords(('exc', 'countdown', 'max_retries', 'eta'))})",
                f"transaction.on_commit({task}.delay)",
                f"transaction.on_commit(lambda: {task}.delay({self.value(1)}))",
                f"transaction.on_commit(partial({task}.delay, {self.value(1)}))",
                f"self.update_state({self._keywords(('state', 'meta', 'task_id'))})",
                f"{self.value(1)}.get({self._keywords(('timeout', 'propagate'))})",
                f"post_save.connect({task}, sender=Order)",
                f"{self.value(1)}.revoke(terminate={self.value(0)})",
            )
        )

    def _in_function(self) -> str:
        return self.pick(
            (
                f"return {self.value()}",
                f"raise self.retry(exc={self.value(0)}, countdown={self.value(1)})",
                "global app",
                f"yield {self.value(1)}",
                self._simple(),
                self._simple(),
            )
        )

    def _simple(self) -> str:
        return self.pick(
            (
                "pass",
                "raise",
                f"raise {self.value(1)} from {self.value(0)}",
                "app = Celery('other')",
                "order.save()",
                "order.paid += 1",
                f"order.paid = F('paid') + {self.value(0)}",
                f"del {self.pick(('order', 'data[0]', 'self.x'))}",
                f"requests.get({self.value(0)}, {self._keywords(('timeout', 'json'))})",
                f"time.sleep({self.value(0)})",
                f"print({self.value(0)})",
                f"order: Order = {self.value(1)}",
                f"orders, *items = {self.value(1)}",
                f"asyncio.run({self.value(1)})",
                f"assert {self.value(1)}, {self.value(0)}",
                "from .tasks import ship",
            )
        )

    def _compound(self, depth: int) -> Lines:
        inner = _indented(self._block(depth))
        other = _indented(self._block(depth)) if self.chance(2) else []
        head = self.pick(
            (
                f"if {self.value(1)}:",
                f"for {self.pick(('order', 'pk, data', 'self.x'))} in {self.value(1)}:",
                f"while {self.value(1)}:",
                "with transaction.atomic():",
                f"with {self.value(1)} as data, {self.value(0)}:",
                "try:",
                f"match {self.value(1)}:",
                "def inner(self, *args):",
                "class Inner:",
                "@shared_task",
            )
        )
        if head == "try:":
            return [head, *inner, *self._handlers(depth)]
        if head.startswith("match"):
            return [
                head,
                f"    case {self.pick(('1', '[order, *_]', 'Order(pk=pk)', '_'))}:",
                *_indented(inner),
            ]
        if head == "@shared_task":
            # (What a nested function may hold is decided by the function around it.)
            return [head, f"def inner({self.pick(('self', 'pk', ''))}):", *inner]
        if other and head.startswith(("if", "for", "while")):
            return [head, *inner, "else:", *other]
        return [head, *inner]

    def _handlers(self, depth: int) -> Lines:
        lines: Lines = []
        star = "*" if self.chance(12) else ""
        for _ in range(self.number(2)):
            named = self.pick(("", " as exc", " as error"))
            lines += [f"except{star} {self.pick(_ERRORS)}{named}:", *_indented(self._block(depth))]
        if self.chance(3) and not star:
            lines += ["except:", *_indented(self._block(depth))]
        if not lines or self.chance(5):
            lines += ["finally:", *_indented(self._block(depth))]
        return lines


def _indented(lines: Iterable[str], levels: int = 1) -> Lines:
    return ["    " * levels + line for several in lines for line in several.split("\n")]


def programs() -> st.SearchStrategy[str]:
    """Programs by the grammar that Python compiles, some 50 lines long."""
    written = st.binary(min_size=_CHOICES, max_size=_CHOICES).map(lambda c: _Writer(c).program())
    return written.filter(compiles)


def compiles(text: str) -> bool:
    """Whether this Python takes a text for a program."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "program.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True
