"""CEL915 canvas-too-deep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Binary,
    Call,
    Choice,
    Comprehension,
    Expression,
    Name,
    Named,
    Sequence,
    Star,
)
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called, nodes_above
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.rules.rule import Report, Rule

_CANVASES = {
    f"celery.{module}{name}": name
    for module in ("", "canvas.")
    for name in ("chain", "chord", "group")
}
# Methods that give the canvas again that they are called on.
_SAME = frozenset({"clone", "link", "link_error", "on_error", "set"})


class CanvasTooDeep(Rule[Called]):
    """Canvas is nested too deeply.

    ## What it reports

    Chains, groups and chords in one another, more than three levels deep, or than the option
    `max-canvas-depth` says. What Celery makes one of is one level: a chain in a chain, a group that
    is the header of a chord.

    ## Why it is a risk

    A message carries what follows it, whole: each task of a group has the body of its chord, that
    body what follows on it, on all levels around. Of four groups of five in a row the first five
    messages were nine times as long as without. And nobody who reads such a nest can say what is to
    happen: which errback runs, what a part hands on, and what becomes of the whole when one part
    fails follows other rules at each level; most of the open bugs in Celery's canvas are about it.

    ## Example

    ```python
    from celery import chain, chord, group, shared_task


    @shared_task
    def fetch(page):
        return page


    @shared_task
    def merge(pages):
        return pages


    def import_shops(shops, pages):
        group(
            chain(
                group(chord([fetch.s(page) for page in pages], merge.s()) for shop in shops),
                merge.s(),
            )
        ).delay()
    ```

    ## Use instead

    Let a task start the inner part when its turn comes:

    ```python
    from celery import chord, group, shared_task


    @shared_task
    def fetch(page):
        return page


    @shared_task
    def merge(pages):
        return pages


    @shared_task(bind=True)
    def import_shop(self, pages):
        raise self.replace(chord([fetch.s(page) for page in pages], merge.s()))


    def import_shops(shops):
        group(import_shop.s(pages) for pages in shops).delay()
    ```

    ## Fix

    None: where to cut is yours to say.

    ## When it stays silent

    - For parts that come by parameters, from other functions, or by names bound more than once.
    - Where a part is nested too deeply already and reported itself.
    - In test code.

    ## References

    - [Celery: canvas](https://docs.celeryq.dev/en/stable/userguide/canvas.html)
    - [Celery: Task.replace](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.replace)
    """

    code: ClassVar[str] = "CEL915"
    name: ClassVar[str] = "canvas-too-deep"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        if not isinstance(fact.function, External) or fact.function.name not in _CANVASES:
            return
        whole, most = _whole(fact, meaning), meaning.project.settings.max_canvas_depth
        depth = _Depth(meaning, most)
        found = depth.of(read(whole), fact.place.environment)
        if found <= most or depth.is_reported:
            return
        if not is_test_code(meaning.source.path, meaning.project.root):
            yield Report(whole, _message(found, most))


def _whole(fact: Called, meaning: Meaning) -> cst.BaseExpression:
    """The outermost canvas that a canvas is part of in its statement."""
    node = fact.call.node
    assert isinstance(node, cst.BaseExpression)
    whole: cst.BaseExpression = node
    inner: cst.CSTNode = node
    for outer in nodes_above(meaning, fact.place.statement, node):
        if isinstance(outer, (cst.Lambda, cst.BaseSuite)):
            break
        if isinstance(outer, cst.BinaryOperation):
            if not isinstance(outer.operator, cst.BitOr):
                break
            whole = outer
        elif isinstance(outer, cst.Call) and inner is not outer.func:
            if _form(read(outer), fact.place.environment, meaning) is None:
                break
            whole = outer
        elif isinstance(outer, cst.Call) and inner is whole:
            # `chord(header)(body)`
            whole = outer if _form(read(outer), fact.place.environment, meaning) else whole
        inner = outer
    return whole


def _form(expression: Expression, where: Environment, meaning: Meaning) -> str | None:
    """Which of chain, group and chord a call makes."""
    if not isinstance(expression, Call):
        return None
    function = expression.function
    if isinstance(function, Call):
        return "chord" if _form(function, where, meaning) == "chord" else None
    kind = meaning.evaluate(function, where)
    return _CANVASES.get(kind.name) if isinstance(kind, External) else None


class _Depth:
    """How deep a canvas is. `is_reported`: a part that has a name is too deep by itself."""

    def __init__(self, meaning: Meaning, most: int) -> None:
        self._meaning = meaning
        self._most = most
        self.is_reported = False
        # By expression that a name stands for: names may be used many times, and lead in circles.
        self._known: dict[tuple[int, str], int] = {}

    def of(self, expression: Expression, where: Environment, outer: str = "") -> int:
        """The levels of an expression that is a part of `outer`, with which it may be one."""
        if isinstance(expression, (Name, Attribute)):
            found, there = followed(self._meaning, expression, where)
            if found is expression:
                return 0
            depth = self._named(found, there, outer)
            self.is_reported = self.is_reported or self._named(found, there) > self._most
            return depth
        if isinstance(expression, Binary) and expression.operator == "|":
            parts = (expression.left, expression.right)
            return self._level("chain", outer, [self.of(part, where, "chain") for part in parts])
        form = _form(expression, where, self._meaning)
        if form is not None:
            assert isinstance(expression, Call)
            return self._level(form, outer, list(self._parts(expression, form, where)))
        if isinstance(expression, Call) and isinstance(expression.function, Attribute):
            function = expression.function
            return self.of(function.value, where, outer) if function.name in _SAME else 0
        return max((self.of(part, where, outer) for part in _within(expression)), default=0)

    def _named(self, expression: Expression, where: Environment, outer: str = "") -> int:
        key = (id(expression), outer)
        if key not in self._known:
            self._known[key] = 0
            self._known[key] = self.of(expression, where, outer)
        return self._known[key]

    def _level(self, form: str, outer: str, parts: list[int]) -> int:
        is_one = form == outer
        return max(parts, default=0) + (0 if is_one else 1)

    def _parts(self, call: Call, form: str, where: Environment) -> Iterator[int]:
        arguments = call.arguments
        if isinstance(call.function, Call):
            yield from self._parts(call.function, form, where)
            yield from (self.of(argument.value, where) for argument in arguments)
            return
        for position, argument in enumerate(arguments):
            # The header of a chord is a group; a chain in a chain is one with it.
            is_header = argument.keyword == "header" or (position == 0 and not argument.keyword)
            inside = ("group" if is_header else "") if form == "chord" else form
            yield self.of(argument.value, where, inside)


def _within(expression: Expression) -> tuple[Expression, ...]:
    """What a list, comprehension or choice is made of."""
    if isinstance(expression, Sequence):
        return expression.items
    if isinstance(expression, Comprehension):
        return (expression.element,)
    if isinstance(expression, Choice):
        return (expression.left, expression.right)
    return (expression.value,) if isinstance(expression, (Star, Named)) else ()


def _message(found: int, most: int) -> str:
    return (
        f"this canvas is {found} levels deep, more than {most}: each of its messages carries what "
        "follows on all levels, and errors take other ways at each; start the inner part from a "
        "task with self.replace()"
    )
