"""Write `meaning/tasks/option_names.py`: the names of Celery's options, read from Celery itself.

    python docs/celery_names.py            write the module if it is not up to date
    python docs/celery_names.py --check    write nothing; exit with 1 if it is not up to date

Nothing is typed by hand: the names come from signatures, attributes and code of the installed
Celery. With another version of Celery than the module was made from, `--check` has no opinion.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import celery
from amqp.basic_message import Message  # type: ignore[import-untyped]
from celery import canvas
from celery.app.amqp import AMQP
from celery.app.autoretry import add_autoretry_behaviour
from celery.app.task import Context, Task, extract_exec_options
from celery.beat import ScheduleEntry
from celery.schedules import BaseSchedule
from kombu.messaging import Producer

from docs.generated import update_from_celery

TASKS = Path(__file__).resolve().parents[1] / "flake8_celery_patterns" / "meaning" / "tasks"
TARGET = TASKS / "option_names.py"
COMMAND = "python docs/celery_names.py"
_OPEN = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def parameters(function: Callable[..., object]) -> set[str]:
    """The names that a function's or method's arguments can be given by."""
    found = inspect.signature(function).parameters.values()
    return {p.name for p in found if p.kind not in _OPEN} - {"self"}


def inner_parameters(function: Callable[..., object], name: str) -> set[str]:
    """The parameters of the function `name` that is defined inside another one."""
    for node in ast.walk(_tree(function)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return {a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    raise LookupError(f"{function.__qualname__} defines no {name}")


def names_read(function: Callable[..., object]) -> set[str]:
    """The texts by which a function asks for options: `options.get("x")`, `getattr(task, "x")`."""
    found = set()
    for node in ast.walk(_tree(function)):
        if isinstance(node, ast.Call):
            function_name = ast.unparse(node.func)
            if function_name in ("options.get", "getattr", "hasattr"):
                found |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    return {name for name in found if isinstance(name, str) and not name.startswith("_")}


def documented(function: Callable[..., object]) -> set[str]:
    """The names that a docstring lists under `Arguments:`, and the function's own parameters."""
    text = inspect.getdoc(function) or ""
    listed = text.partition("Arguments:\n")[2].partition("\n\nReturns")[0]
    return set(re.findall(r"^ {4}(\w+) \(", listed, re.MULTILINE)) | parameters(function)


def _tree(function: Callable[..., object]) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def public(owner: type) -> Iterator[tuple[str, Any]]:
    """The public attributes of a class, with their values."""
    for name in dir(owner):
        if not name.startswith("_"):
            yield name, inspect.getattr_static(owner, name)


def _is_method(value: object) -> bool:
    return isinstance(value, (classmethod, staticmethod)) or inspect.isfunction(value)


def canvas_parameters() -> set[str]:
    """What the canvas classes take where they are sent."""
    found = set()
    for _, kind in inspect.getmembers(canvas, inspect.isclass):
        if issubclass(kind, canvas.Signature):
            for method in ("__call__", "apply", "apply_async", "run"):
                found |= parameters(getattr(kind, method)) if hasattr(kind, method) else set()
    return found


def names() -> dict[str, tuple[str, set[str]]]:
    """Every set of names by the constant that holds it, with a comment on what it is."""
    methods = {name for name, value in public(Task) if _is_method(value)}
    published = parameters(Producer.publish) - {"body"}
    published |= {name for name, *_ in Message.PROPERTIES}
    execution = (
        parameters(Task.apply_async)
        | parameters(Task.apply)
        | parameters(celery.Celery.send_task)
        | parameters(AMQP.as_task_v2)
        | inner_parameters(AMQP._create_task_sender, "send_task_message")
        | parameters(canvas.Signature.apply_async)
        | set(Context().as_execution_options())
        | published
    ) - {"message", "name", "self"}
    return {
        "TASK_METHODS": ("The methods of a task.", methods),
        "TASK_OPTIONS": (
            "What a task decorator takes, and the attributes of a task that it may replace.",
            {name for name, _ in public(Task)} - methods
            | parameters(celery.Celery._task_from_fun) - {"fun"}
            | inner_parameters(celery.Celery.task, "inner_create_task_cls")
            | names_read(add_autoretry_behaviour)
            | set(extract_exec_options(Task)),
        ),
        "AUTORETRY_OPTIONS": (
            "The options of a task that its automatic retries read.",
            names_read(add_autoretry_behaviour),
        ),
        "EXECUTION_OPTIONS": (
            "What `apply_async` and `send_task` take, message properties included.",
            execution,
        ),
        "DOCUMENTED_EXECUTION_OPTIONS": (
            "Those of them that the documentation of `apply_async` names.",
            documented(Task.apply_async) | set(extract_exec_options(Task)) - {"immediate"},
        ),
        "RETRY_OPTIONS": ("What `self.retry` takes besides those.", parameters(Task.retry)),
        "SIGNATURE_OPTIONS": (
            "What making and changing a signature takes besides those.",
            parameters(canvas.Signature) | parameters(canvas.Signature.set),
        ),
        "CANVAS_OPTIONS": (
            "What sending a chain, group or chord takes besides those.",
            canvas_parameters(),
        ),
        "BEAT_ENTRY_KEYS": (
            "What an entry of `beat_schedule` may hold.",
            parameters(ScheduleEntry),
        ),
        "CRONTAB_OPTIONS": (
            "What `crontab` takes besides its fields.",
            parameters(BaseSchedule),
        ),
    }


def module() -> str:
    """The text of the module, from the Celery that is installed."""
    head = (
        '"""The names of Celery\'s options. Written by a command: do not edit.\n\n'
        f"Made from Celery {celery.__version__} by `{COMMAND}`.\n"
        '"""\n\nfrom __future__ import annotations\n'
    )
    sets = (_constant(name, comment, held) for name, (comment, held) in names().items())
    return "\n".join((head, *sets))


def _constant(name: str, comment: str, held: Iterable[str]) -> str:
    lines = textwrap.indent(textwrap.fill(" ".join(sorted(held)), 92), "    ")
    return f'# {comment}\n{name} = frozenset(\n    """\n{lines}\n    """.split()\n)\n'


def main(arguments: list[str] | None = None, target: Path = TARGET) -> int:
    """Write the module if it is stale, or with --check only say so; gives the exit status."""
    return update_from_celery(
        arguments, __doc__, target, module, version=celery.__version__, command=COMMAND
    )


if __name__ == "__main__":
    sys.exit(main())
