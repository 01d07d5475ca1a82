"""CEL504 canvas-of-calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.fixes.signatures import as_signature
from flake8_celery_patterns.meaning.canvas.handing import Part, parts_of
from flake8_celery_patterns.meaning.canvas.mistaken import Mistaken, mistaken
from flake8_celery_patterns.meaning.errors.expected import expects_error
from flake8_celery_patterns.meaning.flow.places import Called, Piped
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.rules.rule import Report, Rule


class CanvasOfCalls(Rule["Called | Piped"]):
    """Builds a canvas of calls or tasks instead of signatures.

    ## What it reports

    In `chain`, `group`, `chord` (header and body), on either side of `|`, and in `.link()`,
    `.link_error()`, `.on_error()`:

    - `task.delay(1)`, `task.apply_async((1,))`: a result;
    - `task(1)`: what the task's function gives;
    - `task`, `task.s`, `task.delay`: a task, or a method that is not called.

    Lists and comprehensions are looked into, also where a variable holds them.

    ## Why it is a bug

    A canvas is made of signatures. `task.delay(1)` sends that task at once, and `task(1)` runs it
    in this process; then putting together or sending the canvas fails (`TypeError: unsupported
    operand type(s) for |`, `AttributeError`, `EncodeError`). The work that was to come first, or
    together, is half done by then.

    ## Example

    ```python
    from celery import chain, shared_task


    @shared_task
    def resize(image_id):
        return image_id


    @shared_task
    def publish(image_id):
        print(image_id)


    def uploaded(image_id):
        chain(resize.delay(image_id), publish.s()).delay()
    ```

    ## Use instead

    ```python
    from celery import chain, shared_task


    @shared_task
    def resize(image_id):
        return image_id


    @shared_task
    def publish(image_id):
        print(image_id)


    def uploaded(image_id):
        chain(resize.s(image_id), publish.s()).delay()
    ```

    ## Fix

    Safe: writes `.s(…)`, or `.si(…)` where the task has no room for the result of the step before.
    Unsafe where both would do. None where the arguments would not fit either way.

    ## When it stays silent

    - For `task(1)` where the task's function may itself return a signature.
    - For what is not certainly a task, or a result of one.
    - For `link=` and `link_error=` (CEL506).
    - In a block that is to fail (`with pytest.raises(…):`).

    ## References

    - [Celery: canvas](https://docs.celeryq.dev/en/stable/userguide/canvas.html)
    """

    code: ClassVar[str] = "CEL504"
    name: ClassVar[str] = "canvas-of-calls"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Called, Piped)

    def check(self, fact: Called | Piped, meaning: Meaning) -> Iterator[Report]:
        if expects_error(fact.place):
            return
        told: set[int] = set()
        for part in parts_of(meaning, fact):
            node = (part.member.through or part.member.expression).node
            found = mistaken(meaning, part) if not part.by_option else None
            if node is not None and found is not None and id(node) not in told:
                told.add(id(node))
                fix = as_signature(meaning, part, found, fact.place.environment)
                yield Report(node, _message(part, found), fix)


# What comes of it, by the role that it plays.
_OUTCOMES = {
    "member": "a canvas is made of signatures, so this one fails",
    "step": "a chain is made of signatures, so this one fails with TypeError",
    "body": "a chord's body must be a signature, so this one fails with AttributeError",
    "link": "only a signature can be linked, so sending it fails with EncodeError",
    "errback": "only a signature can be linked, so sending it fails with EncodeError",
}


def _message(part: Part, found: Mistaken) -> str:
    what = shown(part.member.through or part.member.expression) or "this"
    name = found.task.name if found.task is not None else "task"
    said = {
        "result": f"`{what}` does its work at once and gives a result",
        "results": f"`{what}` holds results, of what was sent before",
        "ran": f"`{what}` runs task {name} here, in this process",
        "task": f"`{what}` is the task itself",
        "method": f"`{what}` is a method that is not called",
    }[found.form]
    if part.member.through is not None and found.form in ("ran", "task", "method"):
        said = f"`{what}` holds no signatures"
    return f"{said}: {_OUTCOMES[part.role]}; write `{name}.s(...)`"
