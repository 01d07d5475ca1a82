"""Which messages break: what is said is what Python does with the call."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_celery_patterns.facts.expressions import Constant
from flake8_celery_patterns.facts.scopes import Parameter
from flake8_celery_patterns.history.differences import (
    Added,
    Cause,
    Gone,
    Sending,
    causes,
    forms,
)
from flake8_celery_patterns.meaning.tasks.passed import Passed
from flake8_celery_patterns.meaning.tasks.signatures import Signature

_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional_only",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
    inspect.Parameter.KEYWORD_ONLY: "keyword_only",
}
Call = tuple[int, tuple[str, ...]]
"""How many arguments come by position, and the names of the others."""


def function(parameters: str) -> Callable[..., dict[str, Any]]:
    """A function that gives what each of its parameters got."""
    made: dict[str, Any] = {}
    exec(f"def f({parameters}): return dict(locals())", made)
    f: Callable[..., dict[str, Any]] = made["f"]
    return f


def signature(parameters: str) -> Signature:
    """What the linter knows of a function with these parameters."""
    every = inspect.signature(function(parameters)).parameters.values()
    read = [
        Parameter(p.name, _KINDS[p.kind], None, None if p.default is p.empty else Constant(None))  # type: ignore[arg-type]
        for p in every
        if p.kind in _KINDS
    ]
    kinds = {p.kind for p in every}
    return Signature(
        tuple(p for p in read if p.kind != "keyword_only"),
        tuple(p for p in read if p.kind == "keyword_only"),
        inspect.Parameter.VAR_POSITIONAL in kinds,
        inspect.Parameter.VAR_KEYWORD in kinds,
    )


def found(old: str, new: str, *calls: Call) -> dict[Cause, str]:
    sent = [
        Sending(Passed((None,) * n, dict.fromkeys(names)), f"{n} {names}") for n, names in calls
    ]
    return causes(signature(old), signature(new), sent)


def breaks(old: str, new: str, call: Call) -> bool:
    """Whether Python refuses a call that it took, or puts a value in another parameter's place.

    A new name in the place of one that is gone is the same parameter.
    """
    count, names = call
    arguments = tuple(f"v{n}" for n in range(count)), {name: f"v-{name}" for name in names}
    before = function(old)(*arguments[0], **arguments[1])
    try:
        now = function(new)(*arguments[0], **arguments[1])
    except TypeError:
        return True
    got = {value: name for name, value in now.items() if isinstance(value, str)}
    return any(
        got[value] != name and (name in now or got[value] in before)
        for name, value in before.items()
        if value in got
    )


def takes(parameters: str, call: Call) -> bool:
    try:
        function(parameters)(*range(call[0]), **dict.fromkeys(call[1]))
    except TypeError:
        return False
    return True


NAMES = st.lists(st.sampled_from("abcd"), unique=True, max_size=4)


@st.composite
def parameter_lists(draw: st.DrawFn) -> str:
    """Parameters with or without defaults, by position only, by name only, and the rest."""
    names = draw(NAMES)
    by_name = draw(st.integers(0, len(names)))
    positional, keyword_only = names[:by_name], names[by_name:]
    required = draw(st.integers(0, len(positional)))
    texts = [name if n < required else f"{name}=0" for n, name in enumerate(positional)]
    only = draw(st.integers(0, len(texts))) if draw(st.booleans()) else 0
    if only:
        texts.insert(only, "/")
    star = draw(st.sampled_from(["", "*rest"]))
    if star or keyword_only:
        texts.append(star or "*")
    texts += [f"{name}{draw(st.sampled_from(['', '=0']))}" for name in keyword_only]
    texts += draw(st.sampled_from([[], ["**others"]]))
    return ", ".join(texts)


CALLS = st.tuples(st.integers(0, 5), NAMES.map(tuple))


@settings(max_examples=400, deadline=None)
@given(parameter_lists(), parameter_lists(), CALLS)
def test_what_is_said_to_break_does(old: str, new: str, call: Call) -> None:
    for _, at in found(old, new, call).items():
        if at:
            assert takes(old, call)
            assert breaks(old, new, call)
        else:
            # Every message breaks: each way to send the task.
            for form in forms(signature(old)):
                assert breaks(old, new, (len(form.positional), tuple(form.keywords)))


@settings(max_examples=400, deadline=None)
@given(parameter_lists(), parameter_lists(), CALLS)
def test_what_breaks_is_said(old: str, new: str, call: Call) -> None:
    if "*rest" in old + new or "**others" in old + new:
        return
    if takes(old, call) and breaks(old, new, call):
        assert found(old, new, call)


@settings(max_examples=200, deadline=None)
@given(parameter_lists(), CALLS)
def test_the_same_parameters_break_nothing(parameters: str, call: Call) -> None:
    assert found(parameters, parameters, call) == {}


@pytest.mark.parametrize(
    ("old", "new", "call", "cause"),
    [
        ("a", "a, b", None, Added("required", "b")),
        ("a", "b, a", None, Added("required", "b")),
        ("a, b", "x, a, y, b", None, Added("required", "x")),
        ("a, b=0", "a, b", (1, ()), Added("undefaulted", "b")),
        ("a, b=0", "a, x=0, b=0", (2, ()), Added("before", "x", "b")),
        ("a, b", "b, a", (2, ()), Added("moved", "b", "a")),
        ("a, b", "a", None, Gone("removed", "b")),
        ("a, b", "b", None, Gone("removed", "a")),
        ("a, b=0", "a", (1, ("b",)), Gone("removed", "b")),
        ("a", "b", (0, ("a",)), Gone("renamed", "a", "b")),
        ("a", "*, a", (1, ()), Gone("by_position", "a", "a")),
        ("a", "a, /", (0, ("a",)), Gone("by_name", "a", "a")),
        ("a, *rest", "a", (2, ()), Gone("args", "args")),
        ("a, **others", "a", (1, ("z",)), Gone("kwargs", "z")),
    ],
)
def test_causes(old: str, new: str, call: Call | None, cause: Cause) -> None:
    every = found(old, new, *([call] if call else []))
    assert cause in every
    assert bool(every[cause]) is (call is not None)


@pytest.mark.parametrize(
    ("old", "new", "call"),
    [
        ("a", "a, b=0", (1, ())),
        ("a", "a, *, b=0", (0, ("a",))),
        ("a", "b", (1, ())),
        ("a", "b", None),
        ("a, b=0", "a", (1, ())),
        ("a, b=0", "a", None),
        ("a, b=0", "a, b", (2, ())),
        ("a, b", "b, a", (0, ("a", "b"))),
        ("a, b", "b, a", None),
        ("a, b", "a, *rest, **others", (1, ("b",))),
        ("a, **others", "a, b", (1, ("b",))),
        ("*rest", "a, b", (2, ())),
    ],
)
def test_silence(old: str, new: str, call: Call | None) -> None:
    assert found(old, new, *([call] if call else [])) == {}
