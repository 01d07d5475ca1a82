"""CEL706 broker-credentials-in-code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.environments import is_for_development
from flake8_celery_patterns.meaning.settings.written import Written, shown_value
from flake8_celery_patterns.rules.rule import Report, Rule

_URLS = frozenset(
    "broker_url broker_read_url broker_write_url result_backend database_url cache_backend".split()
)
_PASSWORDS = frozenset({"broker_password", "redis_password"})
_WITH_PASSWORD = re.compile(
    r"[\w+.-]+://(?P<user>[^:/@\s]*):(?P<password>[^/@\s]+)@(?P<host>[\w.-]+|\[[\da-fA-F:]+\])"
)
_LOCAL = re.compile(r"localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\]|host\.docker\.internal")
# Filled in later, or Celery's own example.
_NO_SECRET = re.compile(r"guest|.*[{<$%].*|\*+|x{3,}|\.{3,}", re.IGNORECASE)


class BrokerCredentialsInCode(Rule[Written]):
    """Password of the broker stands in the code.

    ## What it reports

    A URL with a password in it, as the broker or the result backend of the app, and a literal
    `broker_password`.

    ## Why it is a risk

    Whoever reads the repository, a copy of it or an image built from it can send the workers tasks
    and read those of others. The password cannot be changed without a release, and stays in the
    history.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop", broker="amqp://shop:Xu7rePh2@broker.internal//")
    ```

    ## Use instead

    ```python
    import os

    from celery import Celery

    app = Celery("shop", broker=os.environ["BROKER_URL"])
    ```

    ## Fix

    None: the password must be changed, and be brought some other way.

    ## When it stays silent

    - For `guest:guest`, the account that RabbitMQ takes from its own machine only, and for brokers
      on the machine itself (`localhost`, `127.0.0.1`).
    - For passwords that are filled in: f-strings, `%s`, `{password}`, `<password>`.
    - In test code, and in files, folders and classes whose name has a word such as `test`, `dev`,
      `local`, `ci`, `docker` or `example` in it.

    ## References

    - [Celery: broker_url](https://docs.celeryq.dev/en/stable/userguide/configuration.html#broker-url)
    - [Celery: security](https://docs.celeryq.dev/en/stable/userguide/security.html)
    """

    code: ClassVar[str] = "CEL706"
    name: ClassVar[str] = "broker-credentials-in-code"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Written

    def check(self, fact: Written, meaning: Meaning) -> Iterator[Report]:
        if fact.setting not in _URLS | _PASSWORDS or is_for_development(meaning, fact):
            return
        shown = shown_value(meaning, fact)
        given = shown if isinstance(shown, (list, tuple)) else (shown,)
        for text in given:
            if isinstance(text, str) and _has_secret(fact, text):
                yield Report(fact.value_node, _message(fact))
                return


def _has_secret(fact: Written, text: str) -> bool:
    if fact.setting in _PASSWORDS:
        return bool(text) and _NO_SECRET.fullmatch(text) is None
    for found in _WITH_PASSWORD.finditer(text):
        if _LOCAL.fullmatch(found["host"]) is None and not _NO_SECRET.fullmatch(found["password"]):
            return True
    return False


def _message(fact: Written) -> str:
    return (
        f"{fact.setting} holds a password in the code: whoever reads the repository can send the "
        "workers tasks; take it from the environment or a store of secrets, and change it"
    )
