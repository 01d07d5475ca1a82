"""CEL923 secret-in-argument."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Binary,
    Constant,
    Expression,
    Name,
    Subscript,
    everything,
)
from flake8_celery_patterns.facts.scopes import Class, Parameter
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import Task, is_bound
from flake8_celery_patterns.rules.rule import Report, Rule

# Names that speak of a secret itself, not of where it is, what it is called, or of having one.
_SECRET = re.compile(
    r"(?:\w+_)?(?:password|passwd|passphrase|passcode)"
    r"|(?:\w+_)?(?:api_?key|secret_?key|private_key|secret_access_key|client_secret|secret)"
    r"|(?:(?:access|refresh|auth|bearer|oauth|api|id|jwt|session|reset|github|gitlab|slack|bot|user"
    r"|service|secret|personal_access|oauth2?|login|magic|verification|invite)_)?token|jwt"
    r"|(?:\w+_)?credentials|credit_card(?:_number)?|card_number|cvv|cvc|\w*webhook_secret"
)
# The first words of names that say what to do, or of what is a secret no more.
_OTHER = re.compile(
    r"(?:allow|ask|change|check|clear|create|disable|email|enable|encrypted|expire|force|forgot"
    r"|generate|has|hashed|hide|include|is|mask|masked|missing|need|needs|no|notify|prompt|public"
    r"|regenerate|require|requires|reset(?=_p)|rotate|send|set|show|skip|update|use|validate|verify"
    r"|with|without)_\w+"
)


class SecretInArgument(Rule[Task]):
    """Task takes a password or key as an argument.

    ## What it reports

    A parameter of a task that is called `password`, `token`, `api_key`, `client_secret`,
    `card_number` and the like.

    ## Why it is a risk

    Arguments are no place for secrets. They lie in the broker as plain text until the task has run,
    in its persistent queues and in its backups; monitoring (Flower, `celery events`) shows them;
    with `result_extended` they are stored with the result; they are in the traceback's variables
    that an error tracker collects, and in the log of whoever logs what a task got.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def sync_orders(shop_pk, api_key):
        print(shop_pk, len(api_key))
    ```

    ## Use instead

    Send what the secret belongs to, and read it in the task:

    ```python
    from celery import shared_task

    from shop.vault import api_key_of


    @shared_task
    def sync_orders(shop_pk):
        print(shop_pk, len(api_key_of(shop_pk)))
    ```

    Where it cannot be stored, send it encrypted, under a name that says so (`encrypted_password`).
    `argsrepr=` and `kwargsrepr=` hide it in logs and events alone.

    ## Fix

    None: where the secret is kept is yours to say.

    ## When it stays silent

    - For what only has to do with a secret: `password_id`, `token_url`, `hashed_password`,
      `max_tokens`, `page_token`, `device_token`, `public_key`.
    - For what to do: `reset_password`, `with_token`; with a default or annotation that is no text.
    - Where the project speaks of `token.pk` or `pk=token`: it is the key of a row.
    - For parameters whose names say nothing, and for keys of a dict; in test code.

    ## References

    - [Celery: security](https://docs.celeryq.dev/en/stable/userguide/security.html)
    - [Celery: hiding sensitive information in arguments](https://docs.celeryq.dev/en/stable/userguide/tasks.html#hiding-sensitive-information-in-arguments)
    """

    code: ClassVar[str] = "CEL923"
    name: ClassVar[str] = "secret-in-argument"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        function = fact.run
        if function is None or is_test_code(fact.source.path, meaning.project.root):
            return
        takes_self = isinstance(fact.definition, Class) or is_bound(meaning, fact) is not False
        for parameter in function.parameters[1 if takes_self else 0 :]:
            if parameter.node is None or not _is_secret(parameter):
                continue
            if not _may_be_a_key(parameter.name, meaning):
                yield Report(parameter.node.name, _message(fact, parameter.name))


def _is_secret(parameter: Parameter) -> bool:
    name = parameter.name.lower()
    if parameter.kind in ("args", "kwargs") or not _SECRET.fullmatch(name) or _OTHER.match(name):
        return False
    default = parameter.default
    if isinstance(default, Constant) and default.value is not None:
        if not isinstance(default.value, str):
            return False
    return parameter.annotation is None or _may_be_text(parameter.annotation)


def _may_be_a_key(name: str, meaning: Meaning) -> bool:
    """Whether the project has rows of that name: then it is the key of one that is handed over."""
    word = re.escape(name)
    speaking = (
        rf"\b{word}\.(?:pk|id)\b|\b(?:pk|id)\s*=\s*{word}\b|\bisinstance\(\s*{word}\s*,\s*int\b"
        rf"|\b{word}\s*=\s*[\w.]+\.objects\b"
    )
    pattern = re.compile(speaking.encode())
    return bool(meaning.project.tree.matching(pattern, f"rows called {name}"))


def _may_be_text(annotation: Expression) -> bool:
    """Whether an annotation says `str`, in whatever form; anything else may hide what it holds."""
    if isinstance(annotation, Constant):
        return isinstance(annotation.value, str) and bool(
            re.search(r"\b(?:str|bytes)\b", annotation.value)
        )
    if isinstance(annotation, (Binary, Subscript, Name, Attribute)):
        names = {part.id for part in everything(annotation) if isinstance(part, Name)}
        return bool(names & {"str", "bytes"})
    return False


def _message(task: Task, name: str) -> str:
    return (
        f"parameter `{name}` of task {task.name} is a secret: it lies in the broker as plain text, "
        "and monitoring and error reports show it; send the key of what it belongs to, and read "
        "it in the task"
    )
