"""Projects of several generated files that import one another, in circles too."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from flake8_celery_patterns.engine import lint
from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.project.project import Project
from tests.trust.checking import ALL_RULES, unsound
from tests.trust.effort import examples
from tests.trust.programs import programs

# What the programs of the grammar import, and what leads from each of these to the others.
NAMES = ("shop/tasks.py", "shop/models.py", "shop/settings.py", "tasks.py", "celery_app.py")
IMPORTS = (
    "from shop.models import *",
    "from shop.tasks import ship, report as send_mail, Base",
    "from shop import models, tasks",
    "from . import tasks",
    "from .settings import *",
    "import shop.tasks, tasks",
    "from celery_app import app, custom",
    "from tasks import *",
    "from shop.models import Order, User",
)


@st.composite
def files(draw: st.DrawFn) -> dict[str, str]:
    """The texts of a project by path."""
    found = {"shop/__init__.py": draw(st.sampled_from(["", *IMPORTS])) + "\n"}
    for name in NAMES:
        imports = draw(st.lists(st.sampled_from(IMPORTS), min_size=1, max_size=3))
        found[name] = "\n".join(imports) + "\n" + draw(programs())
    return found


@examples(4)
@given(files())
def test_projects_are_linted_and_each_file_alone_gets_the_same(texts: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "shop").mkdir()
        for name, text in texts.items():
            (root / name).write_text(text)
        together = Project(root, ALL_RULES)
        found = {name: linted(root, name, together) for name in texts}
        for name, text in texts.items():
            assert unsound(text, found[name]) == []
            assert linted(root, name, Project(root, ALL_RULES)) == found[name], name


def linted(root: Path, name: str, project: Project) -> list[Finding]:
    return lint((root / name).read_bytes(), root / name, project)
