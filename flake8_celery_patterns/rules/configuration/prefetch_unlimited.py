"""CEL712 prefetch-unlimited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.written import Written, shown_value
from flake8_celery_patterns.rules.rule import Report, Rule


class PrefetchUnlimited(Rule[Written]):
    """Workers take all messages that there are.

    ## What it reports

    `worker_prefetch_multiplier` set to `0`.

    ## Why it is a risk

    0 does not mean that a worker takes no message ahead: it means no limit. The first worker that
    starts takes the whole queue into its memory and others have nothing to do. If it is killed, all
    of that waits until the broker gives it out again.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.worker_prefetch_multiplier = 0
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.worker_prefetch_multiplier = 1
    ```

    1 takes one message ahead for each process. To take none, set `worker_disable_prefetch` (with
    Redis as the broker, in newer versions of Celery).

    ## Fix

    None: the number that fits depends on how long tasks run.

    ## When it stays silent

    - For a value that the text does not show, and in test code.

    ## References

    - [Celery: worker_prefetch_multiplier](https://docs.celeryq.dev/en/stable/userguide/configuration.html#worker-prefetch-multiplier)
    - [Celery: prefetch limits](https://docs.celeryq.dev/en/stable/userguide/optimizing.html#prefetch-limits)
    """

    code: ClassVar[str] = "CEL712"
    name: ClassVar[str] = "prefetch-unlimited"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Written

    def check(self, fact: Written, meaning: Meaning) -> Iterator[Report]:
        if fact.setting != "worker_prefetch_multiplier":
            return
        shown = shown_value(meaning, fact)
        is_zero = isinstance(shown, (int, float)) and shown == 0
        if is_zero and not is_test_code(meaning.source.path, meaning.project.root):
            yield Report(fact.value_node, _message(fact))


def _message(fact: Written) -> str:
    return (
        f"{fact.name} 0 is no limit: the first worker takes all messages that there are, and "
        "others have nothing to do; write 1 to take one ahead for each process"
    )
