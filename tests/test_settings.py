"""What a user can set: the table, `[tool.celery-patterns]`, its errors, and who wins."""

from __future__ import annotations

import dataclasses
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_celery_patterns.options import OPTIONS, Option, SettingsError, from_text, validated
from flake8_celery_patterns.settings import Origin, Settings, forget, origins, settings_for

BY_NAME = {option.name: option for option in OPTIONS}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    forget()
    yield
    forget()


def write(root: Path, text: str) -> Path:
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    return root


def table(root: Path, *lines: str) -> Path:
    return write(root, "\n".join(["[tool.celery-patterns]", *lines, ""]))


def test_without_any_file_the_defaults_hold(tmp_path: Path) -> None:
    assert settings_for(tmp_path) == Settings()


def test_every_option_fills_its_own_field_of_the_settings() -> None:
    fields = {field.name for field in dataclasses.fields(Settings)}
    assert sorted(option.field for option in OPTIONS) == sorted(fields)
    assert len(BY_NAME) == len(OPTIONS)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_option_reads_well(option: Option) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", option.name)
    assert option.help.endswith(".")
    # It would be a format in argparse's help.
    assert "%" not in option.help
    assert validated(option, option.example) not in (option.default, None)


def test_the_table_in_pyproject_sets_every_option(tmp_path: Path) -> None:
    root = table(
        tmp_path,
        'task-decorators = ["job", "acme.queues.task"]',
        "assume-global-time-limit = true",
        "max-task-statements = 80",
        "max-canvas-depth = 1",
        'version = "5.6"',
        'cache-dir = "var/lint"',
        "no-cache = true",
        'select = ["CEL1", "CEL905"]',
        'extend-select = ["CEL9"]',
        'ignore = ["CEL104"]',
        'extend-ignore = ["CEL11"]',
        'per-file-ignores = { "tests/*" = ["CEL1", "CEL3"] }',
        'exclude = ["old"]',
        'extend-exclude = ["*/generated"]',
        "no-respect-gitignore = true",
        'baseline = "known.json"',
    )
    assert settings_for(root) == Settings(
        task_decorators=("job", "acme.queues.task"),
        assume_global_time_limit=True,
        max_task_statements=80,
        max_canvas_depth=1,
        celery_version="5.6",
        cache_dir=root / "var" / "lint",
        cache=False,
        select=("CEL1", "CEL905"),
        extend_select=("CEL9",),
        ignore=("CEL104",),
        extend_ignore=("CEL11",),
        per_file_ignores=(("tests/*", ("CEL1", "CEL3")),),
        exclude=("old",),
        extend_exclude=("*/generated",),
        respect_gitignore=False,
        baseline=root / "known.json",
    )


@pytest.mark.parametrize(
    "text",
    [
        '[tool]\ncelery-patterns = {task-decorators = ["job"]}\n',
        'tool.celery-patterns.task-decorators = ["job"]\n',
        '[tool."celery-patterns"]\ntask-decorators = ["job"]\n',
        '[ tool . celery-patterns ]\r\ntask-decorators = [\r\n  "job",\r\n]\r\n',
    ],
)
def test_every_way_to_write_the_table_is_read(tmp_path: Path, text: str) -> None:
    assert settings_for(write(tmp_path, text)).task_decorators == ("job",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[project]\nname = "shop"\ndependencies = ["flake8-celery-patterns"]\n',
        '[tool.celery]\ntask-decorators = ["job"]\n',
        '[tool.other]\ncelery-patterns = "ours is elsewhere"\n',
        'tool = "celery-patterns"\n',
        "[tool.celery-patterns]\n",
        # broken, but nothing in it is about us
        "[tool.black\nline-length = 3",
    ],
)
def test_a_pyproject_without_our_table_sets_nothing(tmp_path: Path, text: str) -> None:
    assert settings_for(write(tmp_path, text)) == Settings()


def test_the_toml_parser_is_not_imported_for_a_pyproject_without_our_table(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path;"
        "from flake8_celery_patterns.settings import settings_for;"
        "settings_for(Path(sys.argv[1])); print(bool({'tomllib', 'tomli'} & set(sys.modules)))"
    )

    def parser_imported() -> str:
        return subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    write(tmp_path, '[project]\nname = "shop"\n')
    assert parser_imported() == "False"
    table(tmp_path, "no-cache = true")
    assert parser_imported() == "True"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('task-decorator = ["job"]', ["'task-decorator'", "did you mean 'task-decorators'?"]),
        ('task_decorators = ["job"]', ["'task_decorators'", "did you mean 'task-decorators'?"]),
        ("celery-no-cache = true", ["'celery-no-cache'", "did you mean 'no-cache'?"]),
        ("cachedir = 'x'", ["'cachedir'", "did you mean 'cache-dir'?"]),
        ("zzz = 1", ["'zzz'", "expected one of: task-decorators, "]),
        ('task-decorators = "job"', ["task-decorators", "a list of dotted names", "'job'"]),
        ("task-decorators = ['job', 5]", ["task-decorators", "a list of dotted names", "5"]),
        ("task-decorators = ['not-a-name']", ["task-decorators", "'not-a-name'"]),
        ("task-decorators = ['app.']", ["task-decorators", "'app.'"]),
        ("assume-global-time-limit = 1", ["assume-global-time-limit", "true or false", "got 1"]),
        ('assume-global-time-limit = "yes"', ["assume-global-time-limit", "true or false"]),
        ("no-cache = 'x'", ["no-cache", "true or false", "'x'"]),
        ("max-task-statements = 0", ["max-task-statements", "a whole number above 0", "got 0"]),
        ("max-task-statements = -1", ["max-task-statements", "above 0", "got -1"]),
        ("max-task-statements = true", ["max-task-statements", "above 0", "got True"]),
        ('max-canvas-depth = "3"', ["max-canvas-depth", "above 0", "got '3'"]),
        ("max-canvas-depth = 2.5", ["max-canvas-depth", "above 0", "got 2.5"]),
        ('version = "5"', ["version", 'a version such as "5.4"', "got '5'"]),
        ("version = 5.4", ["version", 'a version such as "5.4"', "got 5.4"]),
        ("cache-dir = false", ["cache-dir", "a path", "False"]),
        ("cache-dir = ''", ["cache-dir", "a path", "''"]),
        ("cache-dir = ['a']", ["cache-dir", "a path", "['a']"]),
        ('cache-dir = "a\\u0000b"', ["cache-dir", "a path"]),
        ("baseline = true", ["baseline", "a path", "True"]),
        ('select = "CEL1"', ["select", "a list of codes", "got 'CEL1'"]),
        ('select = ["CELL1"]', ["select", "'CELL1', which selects nothing; did you mean 'CEL1'?"]),
        ('select = ["cel101"]', ["select", "'cel101', which", "did you mean 'CEL101'?"]),
        ('ignore = ["missing-time-limit"]', ["ignore", "did you mean 'CEL401'?"]),
        ('extend-ignore = ["CEL1", ""]', ["extend-ignore", "got '', which selects nothing"]),
        ("extend-select = [9]", ["extend-select", "a list of codes", "[9]"]),
        ('per-file-ignores = ["CEL1"]', ["per-file-ignores", "a table of file patterns"]),
        ('per-file-ignores = { "a.py" = "CEL1" }', ["per-file-ignores: 'a.py'", "a list of codes"]),
        ('per-file-ignores = { "a.py" = ["CEL1111"] }', ["'a.py'", "'CEL1111', which selects"]),
        ('per-file-ignores = { "" = [] }', ["per-file-ignores", "a table of file patterns"]),
        ('exclude = "old"', ["exclude", "a list of file patterns", "'old'"]),
        ('exclude = [""]', ["exclude", "a list of file patterns"]),
        ("no-respect-gitignore = 1", ["no-respect-gitignore", "true or false"]),
        ('per_file_ignores = { a = ["CEL1"] }', ["did you mean 'per-file-ignores'?"]),
        ('extend-excludes = ["a"]', ["did you mean 'extend-exclude'?"]),
        ('selects = ["CEL1"]', ["did you mean 'select'?"]),
    ],
)
def test_a_wrong_key_or_value_says_where_which_and_what_was_expected(
    tmp_path: Path, line: str, words: list[str]
) -> None:
    root = table(tmp_path, "no-cache = true" if "no-cache =" not in line else "", line)
    with pytest.raises(SettingsError) as caught:
        settings_for(root)
    text = str(caught.value)
    assert text.startswith(f"{root / 'pyproject.toml'}: [tool.celery-patterns]")
    assert "\n" not in text
    for word in words:
        assert word in text


def test_a_code_of_another_tool_selects_nothing_and_gets_no_guess(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_for(table(tmp_path, 'ignore = ["E501"]'))
    assert str(caught.value).endswith("got 'E501', which selects nothing")


def test_a_key_that_is_close_to_nothing_gets_no_guess(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_for(table(tmp_path, "zzz = 1"))
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"tool.celery-patterns = 3\n", "expected a table"),
        (b"[tool.celery-patterns]\nno-cache = true\nno-cache = false\n", "expected valid TOML"),
        (b"[tool.celery-patterns]\nno-cache = maybe\n", "expected valid TOML"),
        (b"[tool.celery-patterns]\n# caf\xe9\n", "expected UTF-8"),
        (b"[tool.celery-patterns]\nno-cache = " + b"[" * 100_000, "cannot be read"),
    ],
)
def test_a_pyproject_of_ours_that_cannot_be_read_is_one_clear_error(
    tmp_path: Path, content: bytes, word: str
) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        settings_for(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "pyproject.toml"))
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_error_survives_the_way_back_from_a_worker_process() -> None:
    error = pickle.loads(pickle.dumps(SettingsError("pyproject.toml: unknown key")))
    assert type(error) is SettingsError
    assert str(error) == "pyproject.toml: unknown key"


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    table(outside, "no-cache = true")
    (inside / "pyproject.toml").symlink_to(outside / "pyproject.toml")
    assert settings_for(inside) == Settings()
    # A link that stays inside is an ordinary file.
    (inside / "pyproject.toml").unlink()
    (inside / "config").mkdir()
    table(inside / "config", "no-cache = true")
    (inside / "pyproject.toml").symlink_to(inside / "config" / "pyproject.toml")
    forget()
    assert settings_for(inside) == Settings(cache=False)


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
def test_what_is_no_plain_file_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "pyproject.toml"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path)
    assert settings_for(tmp_path) == Settings()


def test_what_the_door_was_given_wins_key_by_key(tmp_path: Path) -> None:
    root = table(
        tmp_path, 'task-decorators = ["job"]', "assume-global-time-limit = true", "no-cache = true"
    )
    given = (("task-decorators", ("task",)), ("no-cache", False), ("select", ("CEL9",)))
    assert settings_for(root, given) == Settings(
        task_decorators=("task",),
        assume_global_time_limit=True,
        cache=True,
        select=("CEL9",),
    )


def test_where_each_value_comes_from(tmp_path: Path) -> None:
    root = table(tmp_path, "no-cache = true", 'select = ["CEL1"]', 'version = "5.3"')
    told = origins(root, (("select", ("CEL2",)), ("exclude", ())))
    assert list(told) == [option.name for option in OPTIONS]
    assert {name: origin for name, origin in told.items() if origin is not Origin.DEFAULT} == {
        "no-cache": Origin.TABLE,
        # Its value is the default, but somebody wrote it down.
        "version": Origin.TABLE,
        "select": Origin.GIVEN,
        "exclude": Origin.GIVEN,
    }


def test_the_origins_of_a_wrong_table_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown key 'slect'"):
        origins(table(tmp_path, "slect = []"))


def test_an_empty_list_given_to_the_door_wins_too(tmp_path: Path) -> None:
    root = table(tmp_path, 'task-decorators = ["job"]')
    assert settings_for(root, (("task-decorators", ()),)).task_decorators == ()


@pytest.mark.parametrize(
    ("written", "expected"), [("lint", "lint"), ("./a/../b", "b"), ("../beside", "../beside")]
)
def test_a_relative_cache_folder_starts_at_the_root(
    tmp_path: Path, written: str, expected: str
) -> None:
    from_table = settings_for(table(tmp_path, f'cache-dir = "{written}"')).cache_dir
    assert from_table == Path(os.path.normpath(tmp_path / expected))
    forget()
    (tmp_path / "pyproject.toml").unlink()
    assert settings_for(tmp_path, (("cache-dir", Path(written)),)).cache_dir == from_table


def test_an_absolute_cache_folder_stays(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert settings_for(tmp_path / "root", (("cache-dir", elsewhere),)).cache_dir == elsewhere


def test_each_root_has_its_own_table(tmp_path: Path) -> None:
    for name in ("billing", "mail"):
        (tmp_path / name).mkdir()
        table(tmp_path / name, f'task-decorators = ["{name}_job"]')
    assert settings_for(tmp_path / "billing").task_decorators == ("billing_job",)
    assert settings_for(tmp_path / "mail").task_decorators == ("mail_job",)


def test_the_file_is_read_once_until_told_to_forget(tmp_path: Path) -> None:
    root = table(tmp_path, "no-cache = true")
    first = settings_for(root)
    table(tmp_path, "no-cache = false")
    assert settings_for(root) is first
    forget()
    assert settings_for(root).cache is True


def test_settings_serve_as_a_key(tmp_path: Path) -> None:
    root = table(tmp_path, 'task-decorators = ["job"]')
    assert {settings_for(root): 1}[Settings(task_decorators=("job",))] == 1


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("task-decorators", ["job", "a.b_c"], ("job", "a.b_c")),
        ("task-decorators", [], ()),
        ("task-decorators", ("aufgäbe",), ("aufgäbe",)),
        ("no-cache", True, True),
        ("max-canvas-depth", 1, 1),
        ("cache-dir", "~x", Path("~x")),
        ("select", ["C", "CEL", "CEL3", "CEL301"], ("C", "CEL", "CEL3", "CEL301")),
        ("extend-select", ["CEL001", "CEL002"], ("CEL001", "CEL002")),
        ("select", [], ()),
        ("per-file-ignores", {"a b/*": ["CEL1"], "c": []}, (("a b/*", ("CEL1",)), ("c", ()))),
        ("exclude", [".venv", "*/x y"], (".venv", "*/x y")),
    ],
)
def test_a_right_value_is_given_in_its_type(name: str, value: object, expected: object) -> None:
    assert validated(BY_NAME[name], value) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("select", "CEL1,CEL2 CEL301", ["CEL1", "CEL2", "CEL301"]),
        ("exclude", "a, b/c", ["a", "b/c"]),
        ("no-respect-gitignore", "yes", True),
        (
            "per-file-ignores",
            "a.py:CEL1,CEL2 tests/*:CEL4",
            {"a.py": ["CEL1", "CEL2"], "tests/*": ["CEL4"]},
        ),
        ("per-file-ignores", "a.py: CEL1, b.py:CEL2", {"a.py": ["CEL1"], "b.py": ["CEL2"]}),
        ("per-file-ignores", "CEL1", "CEL1"),
        ("baseline", "a b.json", "a b.json"),
    ],
)
def test_a_text_becomes_what_the_table_would_hold(name: str, text: str, expected: object) -> None:
    assert from_text(BY_NAME[name], text) == expected
