"""What must agree across the repository: codes, versions, metadata, and what lies at its top."""

from __future__ import annotations

import json
import re
import subprocess
from importlib.metadata import entry_points, requires, version
from pathlib import Path
from typing import Any

import pytest
import yaml

from flake8_celery_patterns import __version__
from flake8_celery_patterns.rules.listed import OF_THE_TOOL as LISTED
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.tool.codes import CODES as OWN_CODES
from tests.linting import lint_files, naming
from tests.rules.fixture_files import Fixture, lint_fixture

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "flake8_celery_patterns"
FIXTURES = ROOT / "fixtures" / "rules"
CODES = [rule.code for rule in all_rules()]

# Codes of the tool itself: no fact, no fixtures; they have a page, and the changelog names them.
OF_THE_TOOL = {rule.code for rule in OWN_CODES}

TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".gitignore",
    ".pre-commit-hooks.yaml",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "benchmarks",
    "docs",
    "fixtures",
    "flake8_celery_patterns",
    "noxfile.py",
    "pyproject.toml",
    "tests",
}

each_rule = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)


def block(text: str, name: str) -> str:
    """The text between the marks of a generated block."""
    return text.split(f"<!-- {name}:begin -->")[1].split(f"<!-- {name}:end -->")[0]


def tracked_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("not in a git work tree")
    return [Path(name) for name in listing.stdout.split("\0") if name]


class TestCodes:
    def test_those_of_the_tool_are_known_without_any_import(self) -> None:
        assert {rule.code: rule.name for rule in OWN_CODES} == LISTED

    def test_are_sorted_and_each_is_used_once(self) -> None:
        assert CODES
        assert sorted(set(CODES)) == CODES

    def test_each_has_a_page(self) -> None:
        pages = {page.stem for page in (ROOT / "docs" / "rules").glob("CEL*.md")}
        assert pages == set(CODES) | OF_THE_TOOL

    def test_each_has_a_row_in_the_readme(self) -> None:
        table = block((ROOT / "README.md").read_text(encoding="utf-8"), "rules")
        assert re.findall(r"^\| \[(\w+)\]", table, re.MULTILINE) == CODES

    def test_rules_json_lists_each(self) -> None:
        listed = json.loads((PACKAGE / "rules.json").read_text(encoding="utf-8"))
        assert [entry["code"] for entry in listed] == CODES
        for entry, rule in zip(listed, all_rules(), strict=True):
            assert (ROOT / entry["page"]).is_file()
            *_, family, _ = rule.__module__.split(".")
            assert entry["family"] == family

    def test_published_codes_are_locked(self) -> None:
        lines = (ROOT / "docs" / "published_codes.txt").read_text(encoding="utf-8").splitlines()
        locked = dict(line.split() for line in lines if not line.startswith("#"))
        assert locked == {rule.code: rule.name for rule in all_rules()}

    def test_each_has_fixtures(self) -> None:
        assert {path.name for path in FIXTURES.iterdir() if path.is_dir()} == set(CODES)

    def test_each_is_in_the_changelog(self) -> None:
        changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        named = re.findall(r"^- (CEL\d{3}) ([a-z-]+)", changelog, re.MULTILINE)
        assert len(named) == len(dict(named))
        assert dict(named).keys() == set(CODES) | OF_THE_TOOL
        assert {rule.code: rule.name for rule in all_rules()}.items() <= dict(named).items()

    @pytest.mark.parametrize("code", CODES)
    def test_each_has_fixtures_that_fire_and_fixtures_that_do_not(self, code: str) -> None:
        folder = FIXTURES / code
        # A rule about several files has whole projects.
        assert [*folder.glob("good*.py"), *folder.glob("project_good*")]
        assert [*folder.glob("bad*.py"), *folder.glob("project_bad*")]

    @each_rule
    def test_each_is_proved_on_real_celery(self, rule: Any) -> None:
        proofs = "\n".join(path.name for path in (ROOT / "tests" / "proofs").glob("test_*.py"))
        assert rule.code.lower() in proofs or rule.tier == "opinion"


class TestRules:
    @each_rule
    def test_metadata(self, rule: Any) -> None:
        assert re.fullmatch(r"CEL[1-9]\d\d", rule.code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
        assert rule.tier in {"bug", "risk", "opinion"}
        assert rule.fix in {"safe", "unsafe", None}
        assert isinstance(rule.project_wide, bool)
        assert rule.code.startswith("CEL9") == (rule.tier == "opinion")

    @each_rule
    def test_since_is_a_version_of_the_changelog(self, rule: Any) -> None:
        assert rule.since in changelog_versions()

    @each_rule
    def test_stands_alone_in_a_file_of_its_name(self, rule: Any) -> None:
        *_, module = rule.__module__.split(".")
        assert module == rule.name.replace("-", "_")

    def test_names_are_unique(self) -> None:
        assert len({rule.name for rule in all_rules()}) == len(all_rules())

    @each_rule
    def test_messages_are_one_line_that_no_parser_splits(self, rule: Any) -> None:
        messages = [
            finding.message
            for path in (FIXTURES / rule.code).glob("bad*.py")
            for _, finding in lint_files({path.name: path.read_text("utf-8")}, naming(rule.code))
            if finding.code == rule.code
        ]
        for path in (FIXTURES / rule.code).glob("project_bad*"):
            found = lint_fixture(Fixture(rule.code, path)).values()
            messages += [f.message for findings in found for f in findings if f.code == rule.code]
        assert messages
        for message in messages:
            assert message == " ".join(message.split())
            assert not re.search(r":\d+:\d+: ", message)
            assert not message.startswith(rule.code)


def hooks_by_id() -> dict[str, dict[str, Any]]:
    listed = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return {hook["id"]: hook for hook in listed}


def changelog_versions() -> list[str]:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (?:Unreleased|\d{4}-\d\d-\d\d)$", changelog, re.M)


class TestVersions:
    def test_the_changelog_begins_with_this_version(self) -> None:
        assert changelog_versions()[0] == __version__

    def test_the_installed_version_is_this_one(self) -> None:
        assert version("flake8-celery-patterns") == __version__


class TestEntryPoints:
    def test_flake8_finds_the_plugin(self) -> None:
        (entry,) = entry_points(group="flake8.extension", name="CEL")
        assert entry.load().version == __version__

    def test_the_hooks_are_flake8_for_our_codes_alone_and_the_command_line(self) -> None:
        hooks = hooks_by_id()
        assert {name: hook["entry"] for name, hook in hooks.items()} == {
            "flake8-celery-patterns": "flake8 --select=CEL",
            "celery-patterns": "celery-patterns check --force-exclude",
            "celery-patterns-fix": "celery-patterns check --force-exclude --fix",
        }
        assert hooks["flake8-celery-patterns"]["types"] == ["python"]

    @pytest.mark.parametrize("name", ["celery-patterns", "celery-patterns-fix"])
    def test_a_hook_of_the_command_line_installs_what_the_extra_does(self, name: str) -> None:
        hook = hooks_by_id()[name]
        needed = requires("flake8-celery-patterns") or []
        extra = {each.partition(";")[0] for each in needed if each.endswith("extra == 'cli'")}
        assert extra
        assert set(hook["additional_dependencies"]) == extra
        assert hook["types_or"] == ["python", "jupyter"]


class TestTree:
    def test_nothing_else_lies_at_the_top(self) -> None:
        assert {path.parts[0] for path in tracked_files()} <= TOP_LEVEL

    def test_nothing_made_is_tracked(self) -> None:
        made = {"__pycache__", "_build", ".corpus", ".celery_patterns_cache", ".venv", "build"}
        assert [path for path in tracked_files() if made & set(path.parts)] == []

    @pytest.mark.parametrize(
        "path",
        sorted((*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"))),
        ids=lambda path: str(path.relative_to(ROOT)),
    )
    def test_a_file_does_one_job(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines < 400

    def test_the_package_says_that_it_is_typed(self) -> None:
        assert (PACKAGE / "py.typed").is_file()
