"""Which messages that fit a task's old parameters break on its new ones, and through what.

A message is a `Passed`: how many arguments come by position, and which by name. What the worker
does with it is what Python does with a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flake8_celery_patterns.facts.scopes import Parameter
from flake8_celery_patterns.history.changes import AddedForm, GoneForm
from flake8_celery_patterns.meaning.tasks.passed import Passed
from flake8_celery_patterns.meaning.tasks.signatures import Misfit, Signature, misfits


@dataclass(frozen=True, slots=True)
class Added:
    """A parameter that breaks messages; `form` and `displaced` as in `ParameterAdded`."""

    form: AddedForm
    name: str
    displaced: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """A parameter that messages bring in vain; `form` as in `ParameterGone`.

    `now` is the parameter that stands in its place, or is still called so.
    """

    form: GoneForm
    name: str
    now: str = ""


Cause = Added | Gone


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that the old code sends, and where: `shop/views.py line 12`."""

    message: Passed
    at: str


def causes(old: Signature, new: Signature, sendings: Iterable[Sending]) -> dict[Cause, str]:
    """Give what certainly breaks messages, each with the first place that sends one.

    That is "" where every message breaks that fits the old parameters, whoever sends it.
    """
    found: dict[Cause, str] = {}
    every = [set(_broken(old, new, form)) for form in forms(old)]
    if every and all(every):
        # What breaks all of them; else it takes several causes to break each one.
        shared = set.intersection(*every) or set.union(*every)
        found.update(dict.fromkeys(sorted(shared, key=_order), ""))
    for sending in sendings:
        if not any(misfits(old, sending.message)):
            for cause in _broken(old, new, sending.message):
                found.setdefault(cause, sending.at)
    return found


def _order(cause: Cause) -> tuple[str, str]:
    return cause.form, cause.name


def forms(signature: Signature) -> Iterator[Passed]:
    """Give the ways in which a task can be sent.

    So many by position, the others by name, those with a default given or left out.
    """
    positional, keyword_only = signature.positional, signature.keyword_only
    for count in range(len(positional) + 1):
        rest = (*positional[count:], *keyword_only)
        by_name = [p for p in rest if p.kind != "positional_only"]
        if any(p.kind == "positional_only" and p.default is None for p in rest):
            continue
        for named in ([p for p in by_name if p.default is None], by_name):
            yield Passed(
                (None,) * count,
                dict.fromkeys(p.name for p in named),
                more=signature.takes_more and count == len(positional),
                any_keyword=signature.takes_any,
            )


def _broken(old: Signature, new: Signature, message: Passed) -> Iterator[Cause]:
    """What breaks one message; nothing where it is taken as it was meant."""
    displaced = _displaced(old, new, message)
    if displaced is not None:
        yield displaced
    for misfit in misfits(new, message):
        for cause in _of_misfit(old, new, message, misfit):
            # Where arguments got into wrong places, what else is wrong may come of that alone.
            if displaced is None or cause.form == "required":
                yield cause


def _displaced(old: Signature, new: Signature, message: Passed) -> Cause | None:
    """What gets the first argument by position that no longer reaches its own parameter."""
    if message.more:
        return None  # what else comes may come before them
    given = zip(message.positional, old.positional, new.positional, strict=False)
    for _, before, now in given:
        if before.name == now.name:
            continue
        if now.name not in old.names:
            if before.name not in new.names:
                continue  # it is called otherwise, and gets the same values
            if now.default is None:
                return Added("required", now.name)
            return Added("before", now.name, before.name)
        if before.name in new.names:
            return Added("moved", now.name, before.name)
        return Gone("removed", before.name)
    return None


def _of_misfit(old: Signature, new: Signature, message: Passed, misfit: Misfit) -> Iterator[Cause]:
    if misfit.form == "missing":
        for name in misfit.names:
            cause = _missing(old, name) if not _is_renamed(old, new, name) else None
            if cause is not None:
                yield cause
    elif misfit.form == "unknown":
        name = misfit.names[0]
        yield _gone(old, new, name) if name in old.names else Gone("kwargs", name)
    elif misfit.form == "by_position_only":
        yield Gone("by_name", misfit.names[0], misfit.names[0])
    elif misfit.form == "too_many":
        given = old.positional[: len(message.positional)]
        kept = {p.name for p in new.positional}
        lost = [p for p in given if p.name not in kept and _renamed_to(old, new, p.name) is None]
        for parameter in lost:
            if parameter.name in new.names:
                yield Gone("by_position", parameter.name, parameter.name)
            else:
                yield Gone("removed", parameter.name)
        if not lost:
            yield Gone("args", "args")


def _missing(old: Signature, name: str) -> Added | None:
    before = next((p for p in (*old.positional, *old.keyword_only) if p.name == name), None)
    if before is None:
        return Added("required", name)
    # Without a default the message brought it, and another misfit tells why that is in vain.
    return Added("undefaulted", name) if before.default is not None else None


def _gone(old: Signature, new: Signature, name: str) -> Gone:
    now = _renamed_to(old, new, name)
    return Gone("renamed", name, now.name) if now is not None else Gone("removed", name)


def _renamed_to(old: Signature, new: Signature, name: str) -> Parameter | None:
    """The new parameter that stands where one stood that is gone."""
    if name in new.names:
        return None
    for before, now in zip(old.positional, new.positional, strict=False):
        if before.name == name and now.name not in old.names:
            return now
    return None


def _is_renamed(old: Signature, new: Signature, name: str) -> bool:
    """Whether a new parameter stands where one stood that is gone."""
    renamed = (_renamed_to(old, new, parameter.name) for parameter in old.positional)
    return any(now is not None and now.name == name for now in renamed)
