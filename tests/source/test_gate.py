"""The gate: what may concern Celery passes, all else is never parsed."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.source.gate import concerns_celery
from tests.source.python_files import own_files, sample, standard_library

PLAIN = Path("shop/orders.py")

NO = [
    "",
    "# Celebrate\n",
    "def deliver(order):\n    return order.deliver()\n",
    "names = list(map(str, items))\n",
    "frame.map(total)\n# a task comes after the map\n",
    "values.sort()\nx.str()\n",
    "asyncio.run(main())\n",
    "@property\ndef size(self): ...\n",
    "class Basket(Base):\n    pass\n",
    "bind = False\n",
    "from django.conf import settings\nfrom django.conf.urls import url\n",
    "from shop.conf import defaults\nfrom .conf import (\n    more,\n)\n",
    "import django.conf\nprint(django.conf.settings.DEBUG)\n",
    "result_count == 3\n  task_count = 3\n",
    "delay(3)\n",
    "result = frame.s\n",
    "parameters = inspect.signature(view).parameters\n",
    "for part in upload.chunks():\n    save(part)\n",
]
YES = [
    "import celery",
    "from shop.celery import app",
    "CELERY_TASK_ALWAYS_EAGER = True",
    "ship.delay(1)",
    "ship . delay(1)".replace(" . ", "."),
    "ship.apply_async()",
    "ship.delay_on_commit(1)",
    "ship.apply_async_on_commit()",
    "ship.s(1)",
    "ship.si (1)",
    "ship.signature((1,))",
    "ship.subtask((1,))",
    "ship.starmap(pairs)",
    "check_for_updates.apply()",
    "from shop.main import app\napp.conf.update(x=1)",
    "task_serializer = 'json'",
    "x = 1\nBROKER_URL = 'redis://'",
    "ship.chunks(pairs, 10)",
    "ship.chunks(\n    pairs, 10\n)",
    "queue.send_task('ship')",
    "@job(autoretry_for=(OSError,))",
    "@job(retry_backoff = 2)",
    "@job(acks_late=True)",
    "@job(soft_time_limit=3)",
    "@job(bind=True)",
    "raise self.retry()",
    "@background_task\ndef ship(): ...",
    "    @shop.tasks.task",
    "class Ship(BaseTask):",
    "class Ship(\n    Mixin,\n    BaseTask,\n):",
    "def go(tasks):\n    tasks.ship.map(range(3))",
]


@pytest.mark.parametrize("text", NO)
def test_no(text: str) -> None:
    assert not concerns_celery(text, PLAIN)
    assert not concerns_celery(text.encode(), PLAIN)


@pytest.mark.parametrize("text", YES)
def test_yes(text: str) -> None:
    assert concerns_celery(text, PLAIN)
    assert concerns_celery(text.encode(), PLAIN)


@pytest.mark.parametrize("path", [Path("shop/tasks.py"), Path("shop/tasks/mail.py")])
def test_a_tasks_module_with_a_decorator_may(path: Path) -> None:
    assert concerns_celery("@job\ndef ship(): ...", path)
    assert concerns_celery(b"@job\ndef ship(): ...", path)
    assert not concerns_celery("def ship(): ...", path)
    assert not concerns_celery(b"def ship(): ...", path)
    assert not concerns_celery("@job\ndef ship(): ...", PLAIN)


@pytest.mark.parametrize("name", ["job", "shop.jobs.job", "tâche", "été.tâche"])
def test_the_projects_own_decorator(name: str) -> None:
    last = name.rpartition(".")[2]
    text = f"@{last}\ndef ship(): ...\n"
    assert not concerns_celery(text, PLAIN)
    assert concerns_celery(text, PLAIN, ("other", name))
    assert concerns_celery(text.encode(), PLAIN, ("other", name))


def test_a_name_is_taken_whole_and_literally() -> None:
    assert not concerns_celery("@jobs\ndef ship(): ...\n", PLAIN, ("job",))
    assert not concerns_celery("@jxb\ndef ship(): ...\n", PLAIN, ("j.b", ""))


def test_bytes_and_text_get_the_same_answer() -> None:
    passed = []
    for path in (*own_files(), *sample(standard_library(), 300)):
        content = path.read_bytes()
        text = content.decode("utf-8", "replace")
        assert concerns_celery(content, PLAIN) == concerns_celery(text, PLAIN), path
        passed.append(concerns_celery(content, PLAIN))
    assert any(passed)
    assert not all(passed)
