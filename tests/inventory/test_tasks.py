"""Tasks in the inventory: what they are called, what they take, and what is set for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.inventory.entries import OptionValue
from tests.inventory.projects import named, of, project

TASK = "from celery import shared_task\n\n\n@shared_task\ndef send(order_id): ...\n"


class TestNotListed:
    def test_functions_and_methods_of_other_libraries(self, tmp_path: Path) -> None:
        found = of("def send(order_id): ...\n\n\nclass Post:\n    def run(self): ...\n", tmp_path)
        assert found.entries == ()

    def test_test_code(self, tmp_path: Path) -> None:
        files = {"tests/test_tasks.py": TASK, "conftest.py": TASK, "shop/tests/jobs.py": TASK}
        assert project(tmp_path, files).entries == ()

    def test_a_file_that_does_not_concern_celery_is_not_parsed(self, tmp_path: Path) -> None:
        found = project(tmp_path, {"a.py": "def broken(:\n", "b.py": TASK})
        assert (len(found.entries), found.errors, found.files) == (1, (), 2)

    def test_a_file_that_cannot_be_parsed_is_an_error(self, tmp_path: Path) -> None:
        found = project(tmp_path, {"a.py": f"{TASK}def broken(:\n", "b.py": TASK})
        assert [entry.task.shown for entry in found.entries] == ["b.send"]
        ((spot, message),) = found.errors
        assert str(spot) == "a.py:6"
        assert "is not Python that can be parsed" in message


class TestNames:
    @pytest.mark.parametrize(
        ("files", "name"),
        [
            ({"shop/__init__.py": "", "shop/tasks.py": TASK}, "shop.tasks.send"),
            ({"src/shop/__init__.py": "", "src/shop/tasks.py": TASK}, "shop.tasks.send"),
            ({"shop/__init__.py": TASK}, "shop.send"),
            ({"shop/tasks.py": TASK}, "shop.tasks.send"),
            ({"tasks.py": TASK}, "tasks.send"),
            (
                {"manage.py": "", "apps/shop/__init__.py": "", "apps/shop/tasks.py": TASK},
                "shop.tasks.send",
            ),
        ],
    )
    def test_the_module_as_it_is_imported(
        self, tmp_path: Path, files: dict[str, str], name: str
    ) -> None:
        assert [e.task.name for e in project(tmp_path, files).entries] == [name]

    def test_the_name_that_the_project_itself_imports(self, tmp_path: Path) -> None:
        files = {
            "apps/shop/__init__.py": "",
            "apps/shop/tasks.py": TASK,
            "views.py": "from apps.shop.tasks import send\n\n\ndef pay():\n    send.delay(1)\n",
        }
        (entry,) = project(tmp_path, files).entries
        assert entry.task.name == "apps.shop.tasks.send"
        assert entry.task.names == ("apps.shop.tasks.send", "shop.tasks.send")

    def test_a_name_of_its_own(self, tmp_path: Path) -> None:
        found = of(
            'NAME = "mail.send"\n\n\n@app.task(name=NAME)\ndef send(): ...\n\n\n'
            'class Export(Task):\n    name = "shop.export"\n\n    def run(self): ...\n\n\n'
            "class Import(Task):\n    def run(self): ...\n",
            tmp_path,
        )
        assert [e.task.name for e in found.entries] == [
            "mail.send",
            "shop.export",
            "shop.tasks.Import",
        ]

    def test_names_that_the_text_hides(self, tmp_path: Path) -> None:
        found = of(
            '@app.task(name=f"mail.{app.main}")\ndef send(): ...\n\n\n'
            "def bare(f):\n    def run(*args):\n        return f(*args)\n\n    return run\n\n\n"
            "@app.task\n@bare\ndef wrapped(): ...\n",
            tmp_path,
        )
        assert [(e.task.name, e.task.shown) for e in found.entries] == [
            (None, "shop.tasks.send"),
            (None, "shop.tasks.wrapped"),
        ]

    def test_an_app_that_makes_names_itself(self, tmp_path: Path) -> None:
        files = {
            "shop/tasks.py": TASK,
            "shop/celery.py": "from celery import Celery\n\n\nclass App(Celery):\n"
            "    def gen_task_name(self, name, module):\n        return name\n",
        }
        assert [e.task.name for e in project(tmp_path, files).entries] == [None]


class TestSignatures:
    @pytest.mark.parametrize(
        "signature",
        [
            "()",
            "(self, order_id: int, /, *lines, urgent: bool = False, **rest)",
            "(a, *, b: 'Order | None' = None)",
            "(order: dict[str, list[int]]={})",
        ],
    )
    def test_as_it_is_written(self, tmp_path: Path, signature: str) -> None:
        found = of(f"@shared_task\ndef send{signature}: ...\n", tmp_path)
        assert named(found, "send").task.signature == signature

    def test_in_one_line_without_comments(self, tmp_path: Path) -> None:
        text = "@shared_task\ndef send(\n    a,  # why ) not\n    b=(\n        1\n    ),\n): ...\n"
        assert named(of(text, tmp_path), "send").task.signature == "(a, b=1)"

    def test_bound_or_not_or_not_seen(self, tmp_path: Path) -> None:
        found = of(
            "@shared_task(bind=True)\ndef a(self): ...\n\n\n@shared_task\ndef b(): ...\n\n\n"
            "@shared_task(**OPTIONS)\ndef c(): ...\n\n\n"
            "class D(Task):\n    def run(self): ...\n",
            tmp_path,
        )
        assert [e.task.bound for e in found.entries] == [True, False, None, True]


class TestOptions:
    def test_known_unknown_and_absent(self, tmp_path: Path) -> None:
        found = of(
            "from shop.settings import QUEUE\n\nLIMIT = 30\n\n\n"
            "@shared_task(time_limit=LIMIT * 2, queue=QUEUE, autoretry_for=(OSError,),\n"
            "    priority=1e999)\n"
            "def send(): ...\n",
            tmp_path,
        )
        options = named(found, "send").task.options
        assert options["time_limit"] == OptionValue("known", 60, "LIMIT * 2")
        assert options["queue"] == OptionValue("unknown", None, "QUEUE")
        assert options["autoretry_for"] == OptionValue("unknown", None, "(OSError,)")
        assert options["priority"] == OptionValue("unknown", None, "1e999")
        assert options["max_retries"] == OptionValue("absent")

    def test_what_may_be_given_out_of_sight(self, tmp_path: Path) -> None:
        found = of("@shared_task(**OPTIONS, acks_late=True)\ndef send(): ...\n", tmp_path)
        options = named(found, "send").task.options
        assert options["acks_late"] == OptionValue("known", True, "True")
        assert options["queue"] == OptionValue("unknown")

    def test_those_of_the_base(self, tmp_path: Path) -> None:
        files = {
            "shop/__init__.py": "",
            "shop/base.py": "from celery import Task\n\n\nclass Slow(Task):\n    queue = 'slow'\n"
            "    throttle = 1\n    autoretry_for = (OSError,)\n",
            "shop/tasks.py": "from celery import shared_task\nfrom shop.base import Slow\n\n\n"
            "@shared_task(base=Slow)\ndef send(): ...\n",
        }
        task = named(project(tmp_path, files), "send").task
        assert task.base == "Slow"
        assert task.options["queue"] == OptionValue("known", "slow")
        assert task.options["autoretry_for"] == OptionValue("unknown", None, "...")
