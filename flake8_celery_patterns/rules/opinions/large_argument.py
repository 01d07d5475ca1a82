"""CEL921 large-argument."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Attribute, Await, Call, Expression, shown
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.rules.rule import Report, Rule

_REQUEST = (
    r"(?:django\.http\.(?:request\.)?HttpRequest\(\)|rest_framework\.request\.Request\(\)"
    r"|(?:fastapi|starlette)\.(?:requests\.)?Request\(\)|flask\.request)"
)
_FILE = (
    r"(?:(?:builtins|io|gzip|bz2|lzma|codecs)\.open\(\)|pathlib\.(?:Posix)?Path\(\)\.open\(\)"
    r"|.*\(\)\.FILES\.get\(\)(?:\.file)?"
    r"|(?:fastapi|starlette\.datastructures)\.(?:datastructures\.)?UploadFile\(\)(?:\.file)?)"
)
# What is whole and of any size, by its full name, and what it is called.
_LARGE = {
    rf"{_REQUEST}\.(?:body|data|json|body\(\)|get_data\(\)|get_json\(\)|json\(\))": (
        "the whole body of a request"
    ),
    rf"{_FILE}\.(?:read|readlines)\(\)|pathlib\.(?:Posix)?Path\(\)\.read_(?:bytes|text)\(\)": (
        "the whole contents of a file"
    ),
    r"(?:requests|httpx)\.(?:get|post|put|patch|request)\(\)\.(?:content|text)": (
        "the whole response"
    ),
    r"io\.(?:BytesIO|StringIO)\(\)\.getvalue\(\)": "a whole buffer",
}
_PATTERNS = tuple((re.compile(pattern), words) for pattern, words in _LARGE.items())
# What gives as much as it is handed, or more.
_KEEPING = re.compile(
    r"base64\.(?:\w*b(?:16|32|64|85)encode|a85encode|encodebytes)|json\.loads|binascii\.\w+"
    r"|builtins\.(?:str|bytes|list)|urllib\.parse\.quote|zlib\.compress|gzip\.compress"
)
_SAME_SIZE = frozenset({"decode", "encode", "hex", "lower", "splitlines", "strip"})


class LargeArgument(Rule[Dispatch]):
    """Sends a whole file or request body as an argument.

    ## What it reports

    An argument of a dispatch that is certainly the whole body of a request (Django, REST framework,
    Flask, FastAPI), the whole contents of a file or upload, a whole response of requests or httpx,
    or a buffer's value; also decoded, parsed as JSON, or as base64.

    ## Why it is a risk

    A broker keeps its messages in memory. What somebody uploads then lies there once for each
    message in the queue, once more for each retry, and with base64 a third larger; Redis holds it
    all until it is full, RabbitMQ refuses what is over 16 MiB (128 MiB before version 4), SQS what
    is over 1 MiB (256 KiB before 2025). And workers log arguments, and prefetch several messages.

    ## Example

    ```python
    from celery import shared_task
    from django.http import HttpRequest, HttpResponse


    @shared_task
    def import_rows(text):
        print(len(text))


    def upload(request: HttpRequest):
        import_rows.delay(request.body.decode())
        return HttpResponse()
    ```

    ## Use instead

    Store it, and send where it is:

    ```python
    from celery import shared_task
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.http import HttpRequest, HttpResponse


    @shared_task
    def import_rows(name):
        with default_storage.open(name) as file:
            print(len(file.read()))


    def upload(request: HttpRequest):
        name = default_storage.save("rows.csv", ContentFile(request.body))
        import_rows.delay(name)
        return HttpResponse()
    ```

    ## Fix

    None: where to store it is yours to say.

    ## When it stays silent

    - For parts: `request.data["id"]`, `file.read(1024)`, slices, one line of a file.
    - Where the value comes by parameters, from other functions, or by names bound more than once.
    - For `.apply()`, which sends nothing; in test code.

    ## References

    - [Celery: data locality](https://docs.celeryq.dev/en/stable/userguide/tasks.html#data-locality)
    - [RabbitMQ: max_message_size](https://www.rabbitmq.com/docs/configure)
    """

    code: ClassVar[str] = "CEL921"
    name: ClassVar[str] = "large-argument"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        if fact.form == "apply" or is_test_code(meaning.source.path, meaning.project.root):
            return
        for sent in fact.sent:
            words = _large(sent.expression, fact.place.environment, meaning)
            if words is not None and sent.expression.node is not None:
                yield Report(sent.expression.node, _message(sent.expression, words, fact))


def _large(expression: Expression, where: Environment, meaning: Meaning) -> str | None:
    """What an expression is, in words, if it is certainly of any size."""
    # What it is at this moment is known better than what its one binding says by itself.
    kinds = [meaning.evaluate(expression, where)]
    expression, where = followed(meaning, expression, where)
    kinds.append(meaning.evaluate(expression, where))
    if isinstance(expression, Await):
        return _large(expression.value, where, meaning)
    for kind in kinds:
        if isinstance(kind, External) and not _is_limited(kind.name, expression):
            for pattern, words in _PATTERNS:
                if pattern.fullmatch(kind.name):
                    return words
    if not isinstance(expression, Call):
        return None
    function = expression.function
    if isinstance(function, Attribute) and function.name in _SAME_SIZE:
        return _large(function.value, where, meaning)
    called, first = meaning.evaluate(function, where), expression.positional(0)
    if isinstance(called, External) and _KEEPING.fullmatch(called.name) and first is not None:
        return _large(first, where, meaning)
    return None


def _is_limited(name: str, expression: Expression) -> bool:
    """Whether something was not read to its end, or may not have been: `file.read(1024)`."""
    if not name.endswith((".read()", ".readlines()")):
        return False
    return not isinstance(expression, Call) or bool(expression.arguments)


def _message(expression: Expression, words: str, fact: Dispatch) -> str:
    what = shown(expression)
    subject = f"`{what}` is {words}" if what else f"this argument is {words}"
    task = f"task {fact.label}" if fact.label else "a task"
    return (
        f"{subject}, and {task} gets it in its message: the broker keeps all of it in memory, for "
        "each retry again; store it and send where it is"
    )
