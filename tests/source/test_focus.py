"""What is left out of a parse says nothing: the facts of the rest are those of the whole text."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.meaning.tasks.wrappers import OTHER_TASK_LIBRARIES
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.settings import Settings
from flake8_celery_patterns.source.focus import Focused, focus
from flake8_celery_patterns.source.lines import split_lines
from flake8_celery_patterns.source.parse import outline
from tests.source.worlds import (
    differences,
    focused,
    whole,
)

# A root with nothing in it: only the file itself speaks.
ROOT = Path(__file__).parent / "no-such-project"


ORDER = """\
from celery import shared_task
from django.db import models
from django.db.models.signals import post_save


class Order(models.Model):
    pass


@shared_task(time_limit=9)
def ship(order): ...


"""

# Each finding rests on a body that does not say "celery" or "task" itself.
FOUND = {
    "a decorator of an alias, called": (
        "CEL301",
        """\
from celery import shared_task as job


def resilient(**options):
    return job(autoretry_for=(OSError,), **options)


@resilient()
def fetch(url): ...
""",
    ),
    "a decorator of an alias, bare": (
        "CEL301",
        """\
from celery import shared_task as job


def resilient(function):
    return job(autoretry_for=(OSError,))(function)


@resilient
def fetch(url): ...
""",
    ),
    "an alias of an alias": (
        "CEL301",
        """\
import celery

job = celery.shared_task
quick = job


def resilient(**options):
    return quick(autoretry_for=(OSError,), **options)


@resilient()
def fetch(url): ...
""",
    ),
    "an alias in a branch": (
        "CEL301",
        """\
try:
    from celery import shared_task as job
except ImportError:
    job = None


def resilient(**options):
    return job(autoretry_for=(OSError,), **options)


@resilient()
def fetch(url): ...
""",
    ),
    "a decorator of a decorator": (
        "CEL301",
        """\
from celery import shared_task


def core(**options):
    return shared_task(autoretry_for=(OSError,), **options)


def job(**options):
    return core(**options)


@job()
def fetch(url): ...
""",
    ),
    "a task inside a function": (
        "CEL201",
        """\
from celery import shared_task as job


def register():
    @job
    def fetch(self, url): ...

    return fetch
""",
    ),
    "a class-based task's run": (
        "CEL304",
        """\
from celery import Task


class Base(Task):
    abstract = True


class Fetch(Base):
    def run(self, url):
        try:
            print(url)
        except:
            print("failed")
""",
    ),
    "a class-based task inside a function": (
        "CEL304",
        """\
from celery import Task


class Base(Task):
    abstract = True


def make():
    class Fetch(Base):
        def run(self, url):
            try:
                print(url)
            except:
                print("failed")

    return Fetch
""",
    ),
    "a signal connected in a function": (
        "CEL101",
        ORDER
        + """\
def on_save(instance, **kwargs):
    ship.delay(instance)


def ready():
    post_save.connect(on_save, sender=Order)
""",
    ),
    "a manager of a manager": (
        "CEL101",
        ORDER.replace(
            "class Order(models.Model):\n    pass\n",
            """\
class Orders(models.Manager):
    pass


class Published(Orders):
    def recent(self):
        return self.filter(old=False)


class Order(models.Model):
    published = Published()
""",
        )
        + "ship.delay(Order.published.recent())\n",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_finding_that_rests_on_a_quiet_body_is_kept(name: str) -> None:
    code, text = FOUND[name]
    project = Project(ROOT, Settings(cache=False))
    place = ROOT / "shop.py"
    expected = whole(text).findings(place, project)
    assert [finding.code for finding in expected if finding.code == code] == [code]
    assert focused(text).findings(place, project) == expected


# The second body silences what the first would give: leaving it out would cry wolf.
SILENT = {
    "another task library imported in a function": (
        "def go(order: Order):\n    outside.delay(order)\n",
        "def other():\n    import {library}\n",
    ),
    "an encoder given in a function": (
        "def go(order: Order):\n    ship.delay(order)\n",
        "def teach():\n    Order.__json__ = str\n",
    ),
    "a sender replaced in a function": (
        "def go(order: Order):\n    ship.delay(order)\n",
        "def quieten():\n    ship.delay = print\n",
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_silences_a_finding_is_kept(name: str) -> None:
    project = Project(ROOT, Settings(cache=False))
    place = ROOT / "shop.py"
    first, second = SILENT[name]
    first = f"from elsewhere import outside\n{ORDER}{first}\n\n"
    assert [finding.code for finding in whole(first).findings(place, project)] == ["CEL101"]
    for library in sorted(OTHER_TASK_LIBRARIES):
        text = first + second.replace("{library}", library)
        assert whole(text).findings(place, project) == []
        assert focused(text).findings(place, project) == [], library


CONFIGURED = {
    "settings": "def main():\n    os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n",
    "configuring": "app = Celery()\n\n\ndef main():\n    tracing.instrument(app)\n",
    "exec": "def main(path):\n    exec(path.read_text(), globals())\n",
    "an app that a function makes": (
        "app = None\n\n\ndef make():\n    global app\n    app = Celery()\n\n\n"
        "def main():\n    tracing.instrument(app)\n"
    ),
    "an app under an alias": (
        "from celery import Celery as Maker\n\n\ndef main():\n    return Maker(config_source=x)\n"
    ),
}


@pytest.mark.parametrize("name", CONFIGURED)
def test_a_body_that_configures_is_kept(name: str) -> None:
    before = whole(CONFIGURED[name])
    assert before.facts.module.settings or before.facts.module.configuring
    for outside in (False, True):
        assert list(differences(before, focused(CONFIGURED[name], outside=outside))) == []


def focusing(text: str) -> Focused:
    return focus(text, split_lines(text), outline(text)).text()


def kept(text: str) -> str:
    return focusing(text).text


def test_a_quiet_body_is_left_out() -> None:
    text = "def total(items):\n    count = 0\n    return count\n\n\nx = 1\n"
    assert kept(text) == "def total(items):\n    pass\n\n\nx = 1\n"


def test_line_map_leads_back() -> None:
    text = "def a():\n    b = 1\n    return b\n\n\ndef c():\n    return 2\n\n\nd = 3\n"
    found = focusing(text)
    assert found.line_map is not None
    lines, original = found.text.splitlines(), text.splitlines()
    for line, number in zip(lines, found.line_map, strict=True):
        assert line == original[number - 1] or line.strip() == "pass"


@pytest.mark.parametrize(
    "text",
    [
        "def a(): return 1\n",
        "def a(): b = 1; return b\n",
        "def a(\n    b): return 1\n",
        "def a(): \\\n    return 1\n",
        "class A:\n    def b(self): return 1\n",
    ],
)
def test_a_body_that_shares_a_line_stays(text: str) -> None:
    assert kept(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("def a():\n\treturn 1\n", "def a():\n\tpass\n"),
        (
            "def a():\n    @b\n    def c():\n        d\n",
            "def a():\n    @b\n    def c():\n        d\n",
        ),
        ("def a():\n    class B:\n        c = 1\n    x\n", "def a():\n    pass\n"),
        ("async def a():\n    return 1", "async def a():\n    pass\n"),
        ("def a():\r\n    return 1\r\nb = 1\r\n", "def a():\r\n    pass\nb = 1\r\n"),
        ("def a():\r    return 1\rb = 1\r", "def a():\r    pass\nb = 1\r"),
        ("def a():\n\f    return 1\n", "def a():\n\f    pass\n"),
        ("def a():\n    'é'; return 'é'\nb = 1\n", "def a():\n    pass\nb = 1\n"),
        (
            "def a():\n    # why\n    return 1\n    # end\n",
            "def a():\n    # why\n    pass\n    # end\n",
        ),
        ("def a():\n    return '''\n\n'''\nb = 1", "def a():\n    pass\nb = 1"),
        ("def a():\n    return (1,\n2)\nb = 1", "def a():\n    pass\nb = 1"),
    ],
)
def test_bodies_of_every_form(text: str, left: str) -> None:
    assert kept(text) == left


def test_source_newer_than_this_python_is_kept_whole() -> None:
    text = "def total(items):\n    return 0\n"
    assert focus(text, split_lines(text), None).text().text == text
