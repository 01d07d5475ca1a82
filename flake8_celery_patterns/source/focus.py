"""Which statements are worth parsing: libcst costs six times the standard library's parser.

A function body that can say nothing about Celery is replaced by `pass`; everything else stays as it
is, line by line. The promise, held by a property test: the facts of the focused text are those of
the whole text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flake8_celery_patterns.source.telling import TellingNames, last_name, telling_names

# What makes any function's body worth parsing, in small letters: it may give a setting, change a
# task or a class from outside, or bring in another library's tasks (meaning/tasks/wrappers.py).
# (Each alternative starts with a letter or sign: that makes the search four times faster.)
_ALWAYS = (
    r"global\b|add_to_class|setattr|__json__|atomic|\.begin\b|celery|config_from|add_defaults|conf\b|\.from_\w|dynaconf"
    r"|time_limit|task_(?:annotations|cls|serializer)|task\.\w+\s*=|django_settings_module"
    r"|acks_late|broker_(?:transport|url)|default_rate_limit|eager_propagates|ignore_result"
    r"|result_(?:backend|serializer)|visibility_timeout"
    r"|(?:exec|include|globals|locals|vars)\s*\(|(?:changes|defaults)\.update\b"
    r"|\.(?:apply_async|delay|map|replace|retry|si?|signature|subtask)\s*=[^=]"
    r"|\n[ \t]*(?:from|import)[ \t]+(?:airflow|apscheduler|arq|billiard|dask|distributed|django_q"
    r"|django_rq|django_tasks|doit|dramatiq|fabric|faust|flytekit|huey|invoke|ipyparallel|joblib"
    r"|locust|luigi|metaflow|multiprocessing|pathos|prefect|procrastinate|ray|rq|taskiq|twisted)\b"
)
# In a file that others ask about: it may wrap a task, or whatever it decorates.
_MAKING = r"|task|yield\b|\n[ \t]*@|\n[ \t]+(?:async[ \t]+)?def[ \t]+\w+\(\*"
# In the file that is linted: it may send one, too, or connect a signal.
_SENDING = (
    r"|task|yield\b|\n[ \t]*@|\n[ \t]+class[ \t]+\w+[ \t]*\("
    r"|apply_async|asyncresult|on_commit|signature\s*\("
    r"|crontab|\.(?:apply|connect|delay|si?|signature|subtask|map|starmap|chunks|retry)\b"
)
_TELLING = re.compile(_ALWAYS + _SENDING)
_TELLING_OUTSIDE = re.compile(_ALWAYS + _MAKING)
# No method makes a task decorator; many speak of tasks.
_TELLING_METHOD = re.compile(_ALWAYS)
# Decorators that cannot make a task of what they decorate.
_PLAIN_DECORATORS = frozenset(
    {
        "abstractmethod",
        "cached_property",
        "classmethod",
        "deleter",
        "display",
        "getter",
        "override",
        "overload",
        "property",
        "setter",
        "staticmethod",
    }
)

# What a function calls for its result, and what it decorates with: by these it may make tasks.
_RETURNED = re.compile(r"return[ \t]+(?:\w+\.)*(\w+)[ \t]*\(")
_DECORATED = re.compile(r"@(?:\w+\.)*(\w+)")

# Where a file runs event loops itself, what its coroutines do matters to who runs them (CEL918).
_RUNNING_LOOPS = re.compile(
    r"\b(?:async_to_sync|run_until_complete|(?:asyncio|anyio|uvloop)\.run)\b"
)

# A function that does nothing but raise has no more lines.
_SHORT = 12

_Function = ast.FunctionDef | ast.AsyncFunctionDef
# First and last line (1-based) of a body to leave out, and its indentation.
_Stub = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Focused:
    """A text to parse.

    `line_map[n]` is the 1-based original line of its line n + 1; None: all lines are the same.
    """

    text: str
    line_map: list[int] | None


@dataclass(frozen=True, slots=True)
class Focus:
    """What of a text to leave out; `lines`: its physical lines.

    `left_out`: the functions whose bodies say nothing, by the standard library's nodes.
    """

    lines: Sequence[str]
    left_out: Mapping[_Function, _Stub]

    def text(self) -> Focused:
        """The text without what is left out."""
        found = self.part(1, len(self.lines))
        return found if self.left_out else Focused(found.text, None)

    def part(self, start: int, end: int) -> Focused:
        """The lines from `start` to `end` (1-based), which cut no statement, likewise."""
        kept: list[str] = []
        line_map: list[int] = []
        position = start - 1
        for first, last, indent in sorted(self.left_out.values()):
            if not start <= first <= end:
                continue
            kept.extend(self.lines[position : first - 1])
            line_map.extend(range(position + 1, first))
            kept.append(f"{indent}pass\n")
            line_map.append(first)
            position = last
        kept.extend(self.lines[position:end])
        line_map.extend(range(position + 1, end + 1))
        return Focused("".join(kept), line_map or [1])


def focus(
    text: str, lines: Sequence[str], tree: ast.Module | None, *, outside: bool = False
) -> Focus:
    """The part of `text` that can say something about Celery.

    `lines` is `text` cut into physical lines, `tree` the standard library's tree of it; None
    (source newer than this Python) keeps it all. `outside`: only what other files can ask about is
    wanted.
    """
    if tree is None:
        return Focus(lines, {})
    outline = _Outline(lines, telling_names(text, tree), outside)
    outline.runs_loops = not outside and _RUNNING_LOOPS.search(text) is not None
    outline.block(tree.body, in_class=False)
    return Focus(lines, outline.left_out())


class _Outline:
    def __init__(self, lines: Sequence[str], names: TellingNames, outside: bool) -> None:
        self._lines = lines
        self._names = names
        self._outside = outside
        self.runs_loops = False
        # Functions that say nothing themselves, methods apart; and those that may make tasks.
        self._quiet: list[_Function] = []
        self._makers: set[str] = set()
        self._stubs: dict[_Function, _Stub] = {}

    def left_out(self) -> dict[_Function, _Stub]:
        for function in self._saying_nothing():
            self._leave_out(function)
        return self._stubs

    def block(self, body: list[ast.stmt], *, in_class: bool) -> None:
        for statement in body:
            if isinstance(statement, ast.ClassDef):
                # The methods of a manager, a queryset, a task or a decorator matter.
                if statement.name not in self._names.classes | self._names.decorators:
                    self.block(statement.body, in_class=bool(statement.bases))
            elif isinstance(statement, _Function):
                text = self._text_of(statement)
                if not self._is_wanted(statement, text, in_class):
                    if in_class:
                        self._leave_out(statement)
                    else:
                        self._quiet.append(statement)
                    continue
                said = (*_RETURNED.findall(text), *_DECORATED.findall(text))
                if any(map(self._names.tells, said)):
                    self._makers.add(statement.name)

    def _text_of(self, function: _Function) -> str:
        return "".join(self._lines[function.lineno - 1 : function.end_lineno])

    def _saying_nothing(self) -> list[_Function]:
        """The quiet functions but for those that make tasks with what a maker gives them."""
        quiet, makers = self._quiet, self._makers
        while makers:
            called = [set(_RETURNED.findall(self._text_of(function))) for function in quiet]
            found = [bool(makers & names) for names in called]
            makers = {f.name for f, is_maker in zip(quiet, found, strict=True) if is_maker}
            quiet = [f for f, is_maker in zip(quiet, found, strict=True) if not is_maker]
        return quiet

    def _is_wanted(self, function: _Function, text: str, in_class: bool) -> bool:
        """Whether the body of a function can say something."""
        if in_class and function.name in ("__call__", "__init__"):
            return True
        if self._names.values is not None and self._names.values.search(text):
            return True
        if not in_class and function.name in self._names.decorators:
            return True
        text = text.lower().replace("\r", "\n")
        if self._outside:
            return (_TELLING_METHOD if in_class else _TELLING_OUTSIDE).search(text) is not None
        if in_class and function.name == "run":
            return True
        if "raise" in text and (function.end_lineno or 0) - function.lineno < _SHORT:
            # A handler may end in it.
            return True
        if self.runs_loops and isinstance(function, ast.AsyncFunctionDef):
            return True
        return (
            any(_may_make_a_task(decorator) for decorator in function.decorator_list)
            or _TELLING.search(text) is not None
        )

    def _leave_out(self, function: _Function) -> None:
        inner = function.body[0]
        first, last = inner.lineno, function.end_lineno or inner.lineno
        if isinstance(inner, (_Function, ast.ClassDef)) and inner.decorator_list:
            first = min(decorator.lineno for decorator in inner.decorator_list)
        indent = self._lines[first - 1][: inner.col_offset]
        shares_a_line = indent.strip() or self._lines[first - 2].rstrip("\r\n").endswith("\\")
        if not shares_a_line:
            self._stubs[function] = first, last, indent


def _may_make_a_task(decorator: ast.expr) -> bool:
    return last_name(decorator) not in _PLAIN_DECORATORS
