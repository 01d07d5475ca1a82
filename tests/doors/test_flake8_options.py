"""Our options reach us from everywhere flake8 takes options from, and from our own table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from flake8_celery_patterns.doors.flake8_plugin import OWN_OPTIONS
from flake8_celery_patterns.options import Kind

# `job` cannot be resolved: only the option says that it makes a task. No limit is set anywhere.
FILES = {
    "queues.py": """
        from celery import Celery

        app = Celery("queues")
        """,
    "tasks.py": """
        from celery import shared_task


        @shared_task
        def send(x):
            return x
        """,
    "jobs.py": """
        from acme_queue import job


        @job
        def resize(image):
            try:
                return image.smaller()
            except:
                return image
        """,
}
# An opinion with a number: four statements.
LONG_FILE = {
    "long.py": """
        from celery import shared_task


        @shared_task(time_limit=60)
        def pack(x):
            x += 1
            x += 2
            x += 3
            return x
        """
}
JOB = "./jobs.py:8:5: CEL304"
LIMIT = "./tasks.py:4:2: CEL401"
LONG = "long.py:5:5: CEL914"

# Where an option can be written: the file, its section, and how a line in it looks.
SOURCES = {
    "setup.cfg": ("setup.cfg", "[flake8]", "{name} = {ini}"),
    "tox.ini": ("tox.ini", "[tox]\n[flake8]", "{name} = {ini}"),
    ".flake8": (".flake8", "[flake8]", "{name} = {ini}"),
    "underscores": ("setup.cfg", "[flake8]", "{underscored} = {ini}"),
    "Flake8-pyproject": ("pyproject.toml", "[tool.flake8]", "{name} = {toml}"),
    "Flake8-pyproject, text": ("pyproject.toml", "[tool.flake8]", '{name} = "{ini}"'),
    "our table": ("pyproject.toml", "[tool.celery-patterns]", "{bare} = {toml}"),
}


@pytest.fixture
def project(tmp_path: Path, write: Any, flake8_in: Any) -> Any:
    """A fresh project without any configuration; gives its flake8."""
    return flake8_in(write(tmp_path / "project", FILES))


def configure(flake8: Any, source: str, bare: str, ini: str, toml: str) -> None:
    """Add an option to a file, in the words of an ini file or of TOML."""
    file, section, line = SOURCES[source]
    path = flake8.folder / file
    before = path.read_text() if path.exists() else f"{section}\n"
    name = f"celery-{bare}"
    underscored = name.replace("-", "_")
    text = line.format(name=name, underscored=underscored, bare=bare, ini=ini, toml=toml)
    path.write_text(f"{before}{text}\n")


def findings(flake8: Any, *args: str) -> set[str]:
    return set(flake8(*args, ".").ours) & {JOB, LIMIT}


def test_without_any_option(project: Any) -> None:
    (project.folder / "setup.cfg").write_text("")
    assert findings(project) == {LIMIT}


@pytest.mark.parametrize("source", SOURCES)
def test_a_list_and_a_flag_from_a_file(project: Any, source: str) -> None:
    configure(project, source, "task-decorators", "other, job", '["other", "job"]')
    configure(project, source, "assume-global-time-limit", "true", "true")
    assert findings(project) == {JOB}


@pytest.mark.parametrize("source", ["setup.cfg", "Flake8-pyproject"])
def test_a_flag_that_a_file_leaves_off(project: Any, source: str) -> None:
    configure(project, source, "assume-global-time-limit", "false", "false")
    assert findings(project) == {LIMIT}


@pytest.mark.parametrize("name", ["job", "other,acme_queue.job"])
def test_a_list_from_the_command_line(project: Any, name: str) -> None:
    assert JOB in findings(project, f"--celery-task-decorators={name}")


def test_a_flag_from_the_command_line_takes_no_value(project: Any) -> None:
    assert project("--celery-assume-global-time-limit", "tasks.py", "jobs.py").ours == []
    assert project("tasks.py", "jobs.py").ours == [LIMIT.removeprefix("./")]


def test_the_command_line_wins_over_the_file_and_the_file_over_our_table(project: Any) -> None:
    configure(project, "our table", "task-decorators", "", '["job"]')
    assert JOB in findings(project)
    configure(project, "setup.cfg", "task-decorators", "other", "")
    assert JOB not in findings(project)
    assert JOB in findings(project, "--celery-task-decorators=job")


@pytest.mark.parametrize("source", ["", *SOURCES])
def test_a_number(project: Any, write: Any, source: str) -> None:
    write(project.folder, LONG_FILE)
    args = ["--extend-select=CEL914", "--celery-max-task-statements=3"]
    if source:
        configure(project, source, "max-task-statements", "3", "3")
        args.pop()
    assert LONG in project(*args, "jobs.py", "long.py").ours
    assert LONG not in project(*args, "--celery-max-task-statements=4", "long.py").ours


def test_a_file_can_turn_off_what_our_table_turns_on(project: Any) -> None:
    configure(project, "our table", "assume-global-time-limit", "", "true")
    assert findings(project) == set()
    configure(project, ".flake8", "assume-global-time-limit", "off", "")
    assert findings(project) == {LIMIT}


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_each_root_of_a_run_has_its_own_table(
    tmp_path: Path, write: Any, flake8_in: Any, jobs: str
) -> None:
    tables = {
        "mail": 'task-decorators = ["job"]',
        "shop": 'task-decorators = ["task"]',
        "bill": "assume-global-time-limit = true",
    }
    for name, line in tables.items():
        write(tmp_path / name, FILES)
        write(tmp_path / name, {"pyproject.toml": f"[tool.celery-patterns]\n{line}\n"})
    found = set(flake8_in(tmp_path)("-j", jobs, "--select=CEL", ".").ours)
    assert {place for place in found if "CEL304" in place} == {JOB.replace("./", "./mail/")}
    assert {place for place in found if "tasks.py" in place} == {
        LIMIT.replace("./", "./mail/"),
        LIMIT.replace("./", "./shop/"),
    }


# A wrong value in flake8's own options: flake8's own kind of error.

WRONG = [
    ("task-decorators", "not-a-name", "a list of dotted names"),
    ("cache-dir", "", "a path"),
    ("max-canvas-depth", "0", "a whole number above 0"),
    ("max-task-statements", "many", "a whole number above 0"),
    ("max-task-statements", "-3", "a whole number above 0"),
    ("max-task-statements", "9" * 5000, "a whole number above 0"),
    ("version", "newest", 'a version such as "5.4"'),
]
WRONG_WORDS = [*WRONG, ("no-cache", "maybe", "true or false")]


def check_usage_error(run: Any, flag: str, expected: str) -> None:
    usage, *_, last = run.err.splitlines()
    assert (run.code, run.out) == (2, "")
    assert usage.startswith("usage: flake8 ")
    assert last.startswith(f"flake8: error: argument {flag}: ")
    assert expected in last
    assert "Traceback" not in run.err


def test_how_flake8_itself_refuses_a_value(project: Any) -> None:
    check_usage_error(project("--jobs=x", "."), "-j/--jobs", "integer")


@pytest.mark.parametrize(("name", "value", "expected"), WRONG)
def test_a_wrong_value_on_the_command_line(
    project: Any, name: str, value: str, expected: str
) -> None:
    flag = f"--celery-{name}"
    check_usage_error(project(f"{flag}={value}", "."), flag, f"expected {expected}")


@pytest.mark.parametrize("source", ["setup.cfg", "Flake8-pyproject, text"])
@pytest.mark.parametrize(("name", "value", "expected"), WRONG_WORDS)
def test_a_wrong_value_in_a_file(
    project: Any, source: str, name: str, value: str, expected: str
) -> None:
    configure(project, source, name, value, "")
    check_usage_error(project("-j", "4", "."), f"--celery-{name}", f"expected {expected}")


@pytest.mark.parametrize(
    ("name", "toml", "expected"),
    [
        ("task-decorators", "[1, 2]", "a list of dotted names"),
        ("task-decorators", "{a = 1}", "a list of dotted names"),
        ("no-cache", '["true"]', "true or false"),
        ("no-cache", "3", "true or false"),
        ("max-canvas-depth", "[3]", "a whole number above 0"),
        ("cache-dir", '["a"]', "a path"),
    ],
)
def test_a_wrong_toml_type_through_flake8_pyproject(
    project: Any, name: str, toml: str, expected: str
) -> None:
    configure(project, "Flake8-pyproject", name, "", toml)
    check_usage_error(project("."), f"--celery-{name}", f"expected {expected}")


# A wrong `[tool.celery-patterns]`: one clear error, and no findings that it might have changed.

WRONG_TABLE = "[tool.celery-patterns]\ntask-decorator = []\n"


def check_critical_error(run: Any, root: Path) -> None:
    assert (run.code, run.err) == (1, "")
    first, message = run.out.splitlines()
    assert first == "There was a critical error during execution of Flake8:"
    assert message.startswith(f"{root / 'pyproject.toml'}: [tool.celery-patterns]")
    assert "'task-decorator'" in message
    assert "did you mean 'task-decorators'?" in message


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_a_wrong_table(project: Any, jobs: str) -> None:
    configure(project, "our table", "task-decorator", "", '["job"]')
    check_critical_error(project("-j", jobs, "."), project.folder)


def test_a_wrong_table_in_processes_that_start_afresh(
    project: Any, flake8_in: Any, tmp_path: Path
) -> None:
    configure(project, "our table", "task-decorator", "", '["job"]')
    script = tmp_path / "start.py"
    script.write_text(
        "import multiprocessing, sys\n"
        "if __name__ == '__main__':\n"
        "    multiprocessing.set_start_method('spawn')\n"
        "    from flake8.main.cli import main\n"
        "    raise SystemExit(main(sys.argv[1:]))\n"
    )
    flake8 = flake8_in(project.folder, (sys.executable, str(script)))
    check_critical_error(flake8("-j", "2", "."), project.folder)


def test_a_wrong_table_of_the_root_that_stdin_is_said_to_lie_in(
    project: Any, flake8_in: Any, tmp_path: Path
) -> None:
    configure(project, "our table", "task-decorator", "", '["job"]')
    run = flake8_in(tmp_path)("-", "--stdin-display-name=project/tasks.py", stdin=b"x = 1\n")
    check_critical_error(run, project.folder)


@pytest.mark.parametrize("named", ["shop/tasks.py", "mail/tasks.py shop/tasks.py", "mail shop"])
def test_a_wrong_table_of_any_root_that_is_named(
    tmp_path: Path, write: Any, flake8_in: Any, named: str
) -> None:
    for name in ("mail", "shop"):
        write(tmp_path / name, {**FILES, "pyproject.toml": ""})
    (tmp_path / "shop/pyproject.toml").write_text(WRONG_TABLE)
    check_critical_error(flake8_in(tmp_path)(*named.split(), "-j3"), tmp_path / "shop")
    assert "mail/tasks.py:4:2: CEL401" in flake8_in(tmp_path)("mail", "-j3").ours


def test_a_wrong_table_of_a_root_further_down(tmp_path: Path, write: Any, flake8_in: Any) -> None:
    """Once flake8's workers run nobody may raise: its pool can hang in its own end."""
    for name in ("mail", "shop"):
        write(tmp_path / name, {**FILES, "pyproject.toml": ""})
    (tmp_path / "shop/pyproject.toml").write_text(WRONG_TABLE)
    alone, together = (flake8_in(tmp_path)("-j", jobs, "--select=CEL", ".") for jobs in "13")
    assert alone == together
    assert [line for line in alone.lines if "CEL001" not in line and "/shop/" in line] == []
    # Of the other root everything is said, and of this one that it is not linted; jobs.py and
    # what else does not concern Celery is none of ours.
    assert alone.ours == [
        "./mail/tasks.py:4:2: CEL401",
        "./shop/queues.py:1:1: CEL001",
        "./shop/tasks.py:1:1: CEL001",
    ]
    for line in alone.lines[1:]:
        assert f"{tmp_path / 'shop/pyproject.toml'}: [tool.celery-patterns]: " in line
        assert line.count("did you mean 'task-decorators'?") == 1


def test_a_wrong_table_is_nobodys_trouble_where_our_codes_are_not_selected(project: Any) -> None:
    configure(project, "our table", "task-decorator", "", '["job"]')
    assert project("--select=E9", ".") == project("--select=E9", "tasks.py")
    assert project("--select=E9", ".").code == 0


# The cache folder.


def folders(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if path.is_dir()} - {"__pycache__"}


def test_the_cache_lies_in_the_root_unless_told_otherwise(project: Any) -> None:
    (project.folder / "setup.cfg").write_text("")
    first = project(".")
    assert folders(project.folder) == {".celery_patterns_cache"}
    assert project(".") == first


@pytest.mark.parametrize("args", [("--celery-no-cache",), ("--celery-no-cache", "-j", "3")])
def test_no_cache(project: Any, args: tuple[str, ...]) -> None:
    (project.folder / "setup.cfg").write_text("")
    assert project(*args, ".").ours == [LIMIT]
    assert folders(project.folder) == set()


@pytest.mark.parametrize(
    ("source", "start"),
    [
        ("setup.cfg", "inside"),
        ("our table", "inside"),
        # It looks for pyproject.toml in the current folder only.
        ("Flake8-pyproject", "."),
    ],
)
@pytest.mark.parametrize(("value", "place"), [("lint", "lint"), ("./var/lint", "var")])
def test_a_cache_folder_from_a_file_is_relative_to_that_files_folder(
    project: Any, flake8_in: Any, source: str, start: str, value: str, place: str
) -> None:
    configure(project, source, "cache-dir", value, f'"{value}"')
    (project.folder / "inside").mkdir()
    flake8_in(project.folder / start)(str(project.folder))
    assert folders(project.folder) == {"inside", place}
    assert not folders(project.folder / "inside")


def test_a_cache_folder_from_a_file_elsewhere_is_relative_to_that_file(
    project: Any, tmp_path: Path, write: Any
) -> None:
    (project.folder / "setup.cfg").write_text("")
    write(tmp_path / "shared", {"lint.cfg": "[flake8]\ncelery-cache-dir = ./lint\n"})
    project("--config=../shared/lint.cfg", ".")
    assert folders(tmp_path / "shared") == {"lint"}
    assert folders(project.folder) == set()


@pytest.mark.parametrize("value", ["lint", "../elsewhere/lint"])
def test_a_cache_folder_from_the_command_line_is_relative_to_the_current_folder(
    project: Any, flake8_in: Any, tmp_path: Path, value: str
) -> None:
    (project.folder / "setup.cfg").write_text("")
    (tmp_path / "elsewhere").mkdir()
    elsewhere = flake8_in(tmp_path / "elsewhere")
    elsewhere(f"--celery-cache-dir={value}", "../project")
    assert folders(tmp_path / "elsewhere") == {"lint"}
    assert folders(project.folder) == set()


# The rest of flake8's interface.


def test_the_help_describes_every_option(project: Any) -> None:
    _, _, ours = project("--help").out.partition("flake8-celery-patterns:")
    words = " ".join(ours.split())
    for option in OWN_OPTIONS:
        _, found, rest = words.partition(f"--celery-{option.name} ")
        assert found
        metavar = {
            Kind.NAMES: "names ",
            Kind.PATH: "folder ",
            Kind.NUMBER: "n ",
            Kind.VERSION: "x.y ",
        }
        assert rest.removeprefix(metavar.get(option.kind, "")).startswith(option.help)


def test_the_legacy_api_can_change_options_after_they_were_parsed(
    project: Any, flake8_in: Any
) -> None:
    script = (
        "from flake8.api.legacy import get_style_guide\n"
        "style = get_style_guide(select=['CEL3'], celery_task_decorators=['job'])\n"
        "style.check_files(['tasks.py', 'jobs.py'])\n"
    )
    flake8 = flake8_in(project.folder, (sys.executable, "-c", script))
    assert flake8().ours == [JOB.removeprefix("./")]
