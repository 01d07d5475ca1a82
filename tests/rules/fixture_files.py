"""The fixture files of the rules: where they are, and linting one as its own project."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.options import OPTIONS, Kind, validated
from flake8_celery_patterns.settings import Settings
from tests.expectations import read_options
from tests.linting import lint_project, naming

# What a fixture is with all fixes of its code applied; no fixture itself.
FIXED = ".fixed.py"
# What an option's text in a fixture's comment stands for.
_VALUES: dict[Kind, Callable[[str], object]] = {
    Kind.FLAG: lambda _: True,
    Kind.NAMES: lambda text: text.split(","),
    Kind.NUMBER: int,
    Kind.VERSION: str,
}
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "rules"


@dataclass(frozen=True)
class Fixture:
    """One fixture: a single file (`good…`, `bad…`, `proof…`) or a folder (`project_…`)."""

    code: str
    path: Path

    @property
    def id(self) -> str:
        return f"{self.code}/{self.path.name}"

    @property
    def files(self) -> list[Path]:
        return sorted(self.path.rglob("*.py")) if self.path.is_dir() else [self.path]


def fixtures() -> Iterator[Fixture]:
    """Every fixture of every rule."""
    for folder in sorted(FIXTURES.iterdir()):
        for path in sorted(folder.iterdir()):
            if (path.is_dir() and path.name.startswith("project_")) or path.suffix == ".py":
                if not path.name.endswith(FIXED):
                    yield Fixture(folder.name, path)


def settings_of(fixture: Fixture) -> Settings:
    """The options that a fixture's files ask for in a comment, and the fixture's own code named."""
    given: dict[str, object] = {"cache": False}
    for file in fixture.files:
        for name, text in read_options(file.read_text(encoding="utf-8")).items():
            option = next(option for option in OPTIONS if option.name == name)
            given[option.field] = validated(option, _VALUES[option.kind](text))
    return naming(fixture.code, Settings(**given))  # type: ignore[arg-type]


def lint_fixture(
    fixture: Fixture, change: Callable[[str], str] = lambda text: text
) -> dict[str, list[Finding]]:
    """The findings of the fixture's own code, by relative path, after `change` of every text."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        place(fixture, root, change)
        found: dict[str, list[Finding]] = {
            path.relative_to(root).as_posix(): [] for path in root.rglob("*.py")
        }
        for path, finding in lint_project(root, settings_of(fixture)):
            if finding.code in (fixture.code, "CEL001"):
                found[path.relative_to(root).as_posix()].append(finding)
        return found


def place(fixture: Fixture, root: Path, change: Callable[[str], str]) -> None:
    """Copy a fixture into the empty folder `root`, its Python files changed by `change`."""
    if fixture.path.is_dir():
        shutil.copytree(fixture.path, root, dirs_exist_ok=True)
    else:
        shutil.copy(fixture.path, root)
    for path in root.rglob("*.py"):
        path.write_bytes(change(path.read_text(encoding="utf-8")).encode())


def texts(fixture: Fixture) -> dict[str, str]:
    """The texts of a fixture's files by relative path."""
    base = fixture.path if fixture.path.is_dir() else fixture.path.parent
    return {
        file.relative_to(base).as_posix(): file.read_text(encoding="utf-8")
        for file in fixture.files
    }
