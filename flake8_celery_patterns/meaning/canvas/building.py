"""How canvases come about: by calls, by `|`, in one expression or over several statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import (
    Argument,
    Attribute,
    Binary,
    Call,
    Comprehension,
    Constant,
    Expression,
    Name,
    Sequence,
    Star,
)
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.canvas.members import Member, Signed, forgotten
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    Canvas,
    External,
    FunctionKind,
    Items,
    Kind,
    Method,
    Mixed,
    Partial,
    Result,
    Row,
)
from flake8_celery_patterns.meaning.names.environment import Environment, Lexical
from flake8_celery_patterns.meaning.names.literals import followed, value
from flake8_celery_patterns.meaning.tasks.passed import given_to_signature
from flake8_celery_patterns.meaning.values.evaluate import comprehension_scope

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.flow.frame import Frame
    from flake8_celery_patterns.meaning.meaning import Meaning

_MAKERS = frozenset(
    f"celery.{prefix}{name}" for prefix in ("", "canvas.") for name in ("chain", "group", "chord")
)
# Methods of a canvas that give it back.
_SAME = frozenset({"clone", "on_error", "set", "skew"})
_IMMUTABLE = frozenset({"chunks", "map", "si", "starmap"})
# What of a signature or canvas can be changed in place by whoever reaches for it.
_CHANGEABLE = frozenset({"args", "body", "immutable", "kwargs", "options", "tasks", "update"})
# More members are not gone through: each line of `both = group(both, both)` doubles them.
_MOST_MEMBERS = 200


def signed(meaning: Meaning, form: str, call: Call, where: Environment) -> Signed:
    """The signature that a task's method `form` makes."""
    given = given_to_signature(meaning, form, call, where)
    if form not in ("signature", "subtask"):
        return Signed(form, call, given, form in _IMMUTABLE)
    made = _with_options(meaning, Signed(form, call, given, False), call.arguments, where)
    # The options may also come as one mapping, behind `args` and `kwargs`.
    behind = call.positional(2) is not None or call.keyword("options") is not None
    return replace(made, any_option=True, is_immutable=None) if behind else made


def changed(
    meaning: Meaning, made: Signed | None, method: str, call: Call, where: Environment
) -> Signed | None:
    """What a signature is after `.set(…)`, `.clone(…)` or `.on_error(…)` of it."""
    if made is None or method == "on_error":
        return made
    if method == "set":
        return _with_options(meaning, made, call.arguments, where)
    return forgotten(made) if call.arguments else made


def _with_options(
    meaning: Meaning, made: Signed, arguments: tuple[Argument, ...], where: Environment
) -> Signed:
    options = dict(made.options)
    immutable, any_option = made.is_immutable, made.any_option
    for argument in arguments:
        if argument.star == "**":
            any_option, immutable = True, None
        elif argument.keyword == "immutable":
            shown = value(meaning, argument.value, where)
            immutable = shown if isinstance(shown, bool) else None
        elif argument.keyword is not None and argument.keyword not in ("args", "kwargs"):
            options[argument.keyword] = value(meaning, argument.value, where)
    return replace(made, options=options, is_immutable=immutable, any_option=any_option)


def canvas(meaning: Meaning, name: str, call: Call, where: Environment) -> Canvas | None:
    """The canvas that calling a library's `name` gives."""
    owner, _, method = name.rpartition(".")
    if method in _SAME and owner.removesuffix("()") in _MAKERS and owner.endswith("()"):
        function = call.function
        made = meaning.evaluate(function.value, where) if isinstance(function, Attribute) else None
        if not isinstance(made, Canvas) or (method == "clone" and call.arguments):
            return Canvas(owner)
        return made
    if name not in _MAKERS:
        return None
    if method == "chord":
        return _chord(meaning, f"{name}()", call, where)
    return Canvas(f"{name}()", _members(meaning, call, where))


def _chord(meaning: Meaning, name: str, call: Call, where: Environment) -> Canvas:
    given = call.keyword("header")
    header = given.value if given is not None else call.positional(0)
    members = None if header is None else members_in(meaning, header, where)
    return Canvas(name, members, body_of(meaning, call, where, 1))


def body_of(meaning: Meaning, call: Call, where: Environment, position: int) -> Member | None:
    """The body that a chord is given: `chord(header, body)` (1), `chord(header)(body)` (0)."""
    given = call.keyword("body")
    body = given.value if given is not None else call.positional(position)
    return None if body is None or body == Constant(None) else member(meaning, body, where)


def _members(meaning: Meaning, call: Call, where: Environment) -> tuple[Member, ...] | None:
    """The members of `chain(a, b)`, `group([a, b])`, `group(*signatures)` …"""
    plain = [a for a in call.arguments if a.keyword is None and a.star != "**"]
    if len(plain) == 1:
        return members_in(meaning, plain[0].value, where)
    found: list[Member] = []
    for argument in plain:
        if argument.star:
            inner = members_in(meaning, argument.value, where)
            if inner is None:
                return None
            found += inner
        else:
            found.append(member(meaning, argument.value, where))
    return _bounded(tuple(found))


def member(meaning: Meaning, expression: Expression, where: Environment) -> Member:
    """What one expression gives a canvas."""
    kind, ran = meaning.evaluate(expression, where), None
    if isinstance(expression, Call) and kind == UNKNOWN:
        function = meaning.evaluate(expression.function, where)
        ran = meaning.task_behind(function) if isinstance(function, FunctionKind) else None
    return Member(kind, expression, ran=ran)


def members_in(
    meaning: Meaning, expression: Expression, where: Environment
) -> tuple[Member, ...] | None:
    """The members that one argument brings: a list of them, an iterable, or itself one.

    None where that does not show.
    """
    if isinstance(expression, Sequence) and expression.kind != "set":
        return _of_literal(meaning, expression, where)
    if isinstance(expression, Comprehension) and expression.kind != "dict":
        inner = comprehension_scope(meaning, expression.clauses, where)
        return (replace(member(meaning, expression.element, inner), is_each=True),)
    kind = meaning.evaluate(expression, where)
    if isinstance(kind, (Items, Mixed)):
        literal = _literal(meaning, expression, where)
        if literal is not None:
            key = ("members", id(literal[0]))
            nothing: tuple[Kind, tuple[Member, ...] | None] = (UNKNOWN, None)
            shown, found = meaning.known(key, nothing, _of_name, meaning, *literal)
            if shown == kind:
                return found and tuple(replace(each, through=expression) for each in found)
    if isinstance(kind, Items):
        return (Member(kind.element, expression, is_each=True),)
    if isinstance(kind, Mixed):
        return tuple(Member(each, expression, is_each=True) for each in kind.members)
    if isinstance(kind, Row):
        return tuple(Member(each, expression) for each in kind.items)
    if isinstance(kind, Canvas) and kind.form == "group":
        return kind.members
    if isinstance(kind, (Canvas, Partial)) or _is_single(meaning, expression, kind, where):
        return (member(meaning, expression, where),)
    return None


def _bounded(members: tuple[Member, ...] | None) -> tuple[Member, ...] | None:
    """`members`, unless they hold too many to be gone through."""
    stack = list(members or ())
    for _ in range(_MOST_MEMBERS):
        if not stack:
            return members
        stack.extend(parts(stack.pop().kind))
    return None


def _of_name(
    meaning: Meaning, expression: Expression, where: Environment
) -> tuple[Kind, tuple[Member, ...] | None]:
    return meaning.evaluate(expression, where), members_in(meaning, expression, where)


def _is_single(meaning: Meaning, expression: Expression, kind: Kind, where: Environment) -> bool:
    """Whether an argument is certainly one thing, though no signature."""
    is_task = isinstance(kind, FunctionKind) and meaning.task_behind(kind) is not None
    return is_task or (
        isinstance(expression, Call) and member(meaning, expression, where).ran is not None
    )


def _of_literal(
    meaning: Meaning, expression: Sequence, where: Environment
) -> tuple[Member, ...] | None:
    found: list[Member] = []
    for item in expression.items:
        if isinstance(item, Star):
            inner = members_in(meaning, item.value, where)
            if inner is None:
                return None
            found += inner
        else:
            found.append(member(meaning, item, where))
    return _bounded(tuple(found))


def _literal(
    meaning: Meaning, expression: Expression, where: Environment
) -> tuple[Expression, Environment] | None:
    """The list that a name is bound to once, where nobody changes it in place."""
    if not isinstance(expression, Name):
        return None
    found, there = followed(meaning, expression, where)
    if not isinstance(there, Lexical) or not isinstance(found, (Sequence, Comprehension)):
        return None
    scope = there.scope
    if isinstance(scope, Function) and expression.id in scope.touched:
        return None
    return found, there


def is_signature(kind: Kind) -> bool:
    """Whether a value is certainly a signature or canvas, and no `functools.partial`."""
    if isinstance(kind, Partial):
        return kind.chained or kind.made is not None
    return isinstance(kind, Canvas)


def canvas_behind(kind: Kind) -> Canvas | None:
    """The canvas that a value is."""
    if isinstance(kind, Partial):
        return kind.made if isinstance(kind.made, Canvas) else None
    return kind if isinstance(kind, Canvas) else None


def piped(left: Kind, right: Kind, expression: Binary) -> Kind | None:
    """`left | right`: a chain, or a chord if a group comes first; None if neither."""
    if not is_signature(left) or not is_signature(right):
        return None
    first, second = Member(left, expression.left), Member(right, expression.right)
    if isinstance(left, Canvas) and left.form == "group":
        return Canvas("celery.chord()", left.members, second)
    steps = _steps(first), _steps(second)
    known = None if None in steps else tuple(step for part in steps for step in part or ())
    made = Canvas("celery.chain()", _bounded(known))
    return Partial(left.of, True, made) if isinstance(left, Partial) else made


def _steps(side: Member) -> tuple[Member, ...] | None:
    """The steps that one side of `|` brings: those of a chain, else itself."""
    made = canvas_behind(side.kind)
    if made is None or made.form != "chain":
        # A chain whose steps are not known is one all the same.
        unknown = isinstance(side.kind, Partial) and side.kind.chained
        return None if unknown else (side,)
    return made.members


def unsettled(kind: Kind) -> Kind:
    """What stays known of a signature or canvas that others have a name for, and may change."""
    if isinstance(kind, Partial) and kind.made is not None:
        made = kind.made if isinstance(kind.made, Signed) else None
        return replace(kind, made=forgotten(made))
    return Canvas(kind.name) if isinstance(kind, Canvas) else kind


def forget(expression: Expression, frame: Frame) -> None:
    """Give up what is known of a variable's signature where it may be changed in place.

    Called for each attribute that is read, and each argument that a function is handed.
    """
    name = expression.value if isinstance(expression, Attribute) else expression
    if isinstance(expression, Attribute) and expression.name not in _CHANGEABLE:
        return
    if not isinstance(name, Name):
        return
    held = frame.held(name.id)
    if isinstance(held, (Canvas, Partial)):
        frame.bind(name.id, unsettled(held))


def forget_handed(meaning: Meaning, call: Call, frame: Frame, here: Environment) -> None:
    """Give up, or bring up to date, what is known of signatures that a call may change."""
    function = call.function
    handed = [function.value] if isinstance(function, Attribute) else []
    handed += [argument.value for argument in call.arguments]
    held_by = [frame.held(each.id) for each in handed if isinstance(each, Name)]
    if not any(isinstance(each, (Canvas, Partial)) for each in held_by):
        return
    kind = meaning.evaluate(function, here)
    if isinstance(kind, Method) and isinstance(function, Attribute):
        held = kind.owner
        name = function.value
        if kind.name == "set" and isinstance(held, Partial) and isinstance(held.made, Signed):
            if isinstance(name, Name) and frame.held(name.id) is not None:
                made = changed(meaning, held.made, "set", call, here)
                frame.bind(name.id, replace(held, made=made))
    if not _keeps(kind):
        for argument in call.arguments:
            forget(argument.value, frame)


def _keeps(function: Kind) -> bool:
    """Whether a function leaves the signatures it is handed as they are: Celery's own do."""
    if isinstance(function, External):
        return function.name.startswith(("celery.", "builtins."))
    owner = function.owner if isinstance(function, Method) else function
    return is_signature(owner) or isinstance(owner, (Items, Mixed, Result))


def parts(kind: Kind) -> Iterator[Member]:
    """The members of a canvas, its body last; nothing where they do not show."""
    made = canvas_behind(kind)
    if made is not None:
        yield from made.members or ()
        if made.body is not None:
            yield made.body
