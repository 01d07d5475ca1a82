"""benchmarks/speed.py: what it reckons and writes, and that it counts what processes take."""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import made, peers
from benchmarks.bench import Sections, tree_of
from benchmarks.live import __file__ as live_file
from benchmarks.measure import Failed, Process, interleaved
from benchmarks.page import PAGE, PARTS, page
from benchmarks.results import RESULTS, Case, Section, Usage, load, middle, save, total
from benchmarks.sections import command, editor, growth, plugin
from benchmarks.speed import sections_named
from benchmarks.table import (
    FAILED,
    Goal,
    at_most,
    goals_table,
    megabytes,
    milliseconds,
    percent,
    seconds,
    table,
    times,
)
from flake8_celery_patterns.engine import examine
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.settings import Settings
from flake8_celery_patterns.source.parse import MAX_BYTES

MB = 1_000_000


def used(user: float, wall: float = 1.0, peak: int = 100 * MB) -> list[Usage]:
    """One round."""
    return [Usage(wall, user, peak)]


def section(*cases: Case) -> Section:
    return Section({"on": "2026-01-02"}, 3, 61.0, list(cases))


def sections(cpu: float = 1.0) -> Sections:
    """A result of every section that meets every goal, if `cpu` is 1: so many times the time."""
    copies = [
        Case(growth.copies_name(n), n * 100, n, {growth.CHECK: used(0.5 + cpu ** (n == 16) * n)})
        for n in growth.COPIES
    ]
    files = [
        Case(growth.lines_name(n), n, 1, {growth.CHECK: used(1 + n * cpu ** (n == 50_000))})
        for n in growth.LINES
    ]
    moments = [
        Case(
            editor.case_name(lines, count),
            lines,
            count,
            {
                editor.ALONE: used(0.3),
                editor.WITH_US: used(0.5),
                editor.ENGINE: used(editor.LIMITS[lines] * 0.95 * cpu ** (count == 2_000)),
            },
        )
        for count in editor.FILES
        for lines in editor.LINES
    ]
    runs = {
        command.COLD_ALL: used(2.0, 1.0 * cpu),
        command.COLD_ONE: used(2.0, 2.0 * cpu),
        command.WARM_ALL: used(0.2, 0.2 * cpu**2),
        command.RUFF_ALL: used(2.0, 1.0),
    }
    wheel = {plugin.ALONE: used(100), plugin.COLD: used(104 * cpu, 41), plugin.SLOWEST: []}
    wheel[plugin.WARM] = used(101 * cpu)
    without = {plugin.ALONE: used(100), plugin.COLD: used(100.5 * cpu)}
    return {
        plugin.NAME: section(
            Case("shop", 1_000, 10, wheel), Case(plugin.WITHOUT_CELERY, 500, 5, without)
        ),
        command.NAME: section(Case(command.CORPUS, 1_000, 10, runs)),
        editor.NAME: section(*moments),
        growth.NAME: section(*copies, *files),
    }


def goals(found: Sections) -> list[Goal]:
    return [goal for part in PARTS.values() for goal in part.goals(found)]


class TestFigures:
    def test_the_middle_is_the_median_of_each_figure(self) -> None:
        rounds = [Usage(1.0, 9.0, 5), Usage(3.0, 7.0, 6), Usage(2.0, 8.0, 90)]
        assert middle(rounds) == Usage(2.0, 8.0, 6)

    def test_a_total_adds_times_and_takes_the_highest_peak(self) -> None:
        assert total([Usage(1, 2, 30), Usage(4, 8, 10)]) == Usage(5, 10, 30)
        assert total([]) == Usage(0, 0, 0)

    def test_a_way_that_failed_or_was_not_measured_has_no_middle(self) -> None:
        case = Case("shop", 1, 1, {"failed": [], "run": used(3.0)})
        assert (case.middle("failed"), case.middle("never")) == (None, None)
        assert case.middle("run") == used(3.0)[0]

    def test_what_is_kept_is_read_back(self, tmp_path: Path) -> None:
        save(sections(), tmp_path / "speed.json")
        assert load(tmp_path / "speed.json") == sections()
        assert load(tmp_path / "none.json") == {}

    @pytest.mark.parametrize(
        ("figures", "steeper"),
        [
            pytest.param([5 + 2, 5 + 4, 5 + 8], 1.0, id="linear, after a start of 5"),
            pytest.param([1, 4, 16], 2.0, id="quadratic"),
            pytest.param([7, 7.5, 7.75], 0.25, id="less than linear"),
        ],
    )
    def test_how_much_steeper_it_gets(self, figures: list[float], steeper: float) -> None:
        assert growth.steepening([1, 2, 4], figures) == pytest.approx(steeper)


class TestInterleaved:
    def test_ways_take_turns_and_each_has_its_own_number_of_rounds(self) -> None:
        order: list[tuple[str, int]] = []

        def way(name: str, number: int) -> Usage:
            order.append((name, number))
            return Usage(number, number)

        ways = {name: lambda number, name=name: way(name, number) for name in "abc"}
        found = interleaved(ways, {"a": 3, "b": 1, "c": 3})
        turns = ["a0", "b0", "c0", "a1", "c1", "a2", "c2"]
        assert [f"{name}{number}" for name, number in order] == turns
        assert found["b"] == [Usage(0, 0)]
        assert found["c"] == [Usage(0, 0), Usage(1, 1), Usage(2, 2)]

    def test_one_that_fails_is_told_of_and_the_others_go_on(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fails(number: int) -> Usage:
            if number == 1:
                raise Failed("no such file")
            return Usage(1, 1)

        found = interleaved({"bad": fails, "good": lambda _: Usage(2, 2)}, {"bad": 3, "good": 3})
        assert found == {"bad": [], "good": [Usage(2, 2)] * 3}
        assert capsys.readouterr().err == "bad: no such file\n"


class TestProcess:
    def test_cpu_and_memory_of_its_children_count(self, tmp_path: Path) -> None:
        child = (
            "import os; block = b'x' * 300_000_000\nwhile os.times().user < 0.2: sum(range(1000))\n"
        )
        parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
        found = Process([sys.executable, "-c", parent], tmp_path).run()
        assert found.user >= 0.2
        assert found.peak > 300 * MB

    def test_it_runs_where_and_with_what_it_is_given(self, tmp_path: Path) -> None:
        (tmp_path / "in").write_text("text", encoding="utf-8")
        program = (
            "import os, sys\n"
            "open('out', 'w').write(sys.stdin.read() + os.environ['SPEED'])\n"
            "sys.exit(1)\n"
        )
        given = [sys.executable, "-c", program]
        Process(given, tmp_path, tmp_path / "in", {"SPEED": "+1"}, ends=(0, 1)).run()
        assert (tmp_path / "out").read_text(encoding="utf-8") == "text+1"

    def test_one_that_ends_otherwise_says_so(self, tmp_path: Path) -> None:
        process = Process([sys.executable, "-c", "import sys; sys.exit('gone')"], tmp_path)
        with pytest.raises(Failed, match=r"(?s)^`.*` ended with 1:\ngone"):
            process.run()


class TestTables:
    def test_the_first_column_stands_left_the_others_right(self) -> None:
        assert table(("Tree", "Lines"), [["shop", "1"]]) == (
            "| Tree | Lines |\n| --- | ---: |\n| shop | 1 |"
        )

    def test_how_figures_are_written(self) -> None:
        assert [seconds(s) for s in (0.1234, 1.234, 123.4)] == ["0.12 s", "1.2 s", "123 s"]
        assert [milliseconds(s) for s in (0.00123, 0.0123, 1.234)] == ["1 ms", "12 ms", "1,234 ms"]
        assert [percent(n, 100) for n in (104.2, 99, 1390)] == ["+4.2 %", "-1.0 %", "+1,290 %"]
        assert [times(n, 2) for n in (1, 4.5, 50)] == ["0.50 times", "2.2 times", "25 times"]
        assert megabytes(151_900_000) == "152 MB"

    def test_a_goal_is_met_up_to_its_limit(self) -> None:
        values = (4.9, 5.0, 5.1, None)
        assert [at_most("", value, 5, "").met for value in values] == [True, True, False, None]
        shown = goals_table([Goal("fast", "1 s", True), Goal("small", "9 MB", False), Goal("new")])
        assert shown.splitlines()[2:] == [
            "| fast | 1 s | yes |",
            "| small | 9 MB | **no** |",
            "| new | - | not measured |",
        ]


class TestGoals:
    def test_there_is_one_for_each_that_was_set(self) -> None:
        assert [goal.met for goal in goals({})] == [None] * 13

    def test_all_are_met_by_figures_within_them(self) -> None:
        assert [goal for goal in goals(sections()) if not goal.met] == []

    def test_none_but_that_for_memory_is_met_by_twice_the_time(self) -> None:
        met = [goal.says for goal in goals(sections(cpu=2.0)) if goal.met]
        assert met == ["peak memory is flat from 1 to 16 copies"]

    def test_memory_that_grows_is_seen(self) -> None:
        found = sections()
        last = found[growth.NAME].cases[2]
        last.ways[growth.CHECK] = used(16.5, peak=120 * MB)
        (goal,) = (goal for goal in goals(found) if "memory" in goal.says)
        assert (goal.met, goal.figure) == (False, "+20.0 %: 100 MB, 120 MB")

    def test_flake8_is_compared_only_over_the_same_wheels(self) -> None:
        found = sections()
        found[plugin.NAME].cases.append(Case("more", 9, 1, {plugin.ALONE: used(1)}))
        (goal,) = (goal for goal in goals(found) if "twentieth" in goal.says)
        assert goal.met is None


class TestPage:
    def test_what_was_not_measured_is_said(self) -> None:
        text = page({})
        assert text.count("Not measured yet.") == 4
        assert text.count("| not measured |") == 13

    def test_each_section_has_its_table_and_where_it_was_measured(self) -> None:
        text = page(sections())
        assert "Not measured yet." not in text
        assert text.count("Measured: on 2026-01-02; 3 rounds ") == 4
        assert "| shop | 1,000 | 1 | 100 s (1.0 s) | +4.0 % (+4,000 %) | +1.0 % (+0.0 %) |" in text
        assert f"| {FAILED} |" in text
        assert f"| {command.RUFF_ALL} | 1 | 1.0 s | 2.0 s | 100 MB |" in text
        assert "| 3,000 | 2,000 | 1.0 s (0.30 s) | 1.0 s (0.50 s) | 76 ms |" in text
        assert "| 16 x openwisp-controller | 1,600 | 1 | 16 s | 1.0 s | 100 MB |" in text

    def test_the_page_in_docs_is_made_of_what_is_kept(self) -> None:
        assert PAGE.exists() == RESULTS.exists()
        assert not PAGE.exists() or PAGE.read_text(encoding="utf-8") == page(load())


class TestCommandLine:
    def test_sections_come_in_the_order_of_the_page(self) -> None:
        assert sections_named("growth, flake8") == ["flake8", "growth"]

    def test_a_wrong_one_is_named(self) -> None:
        expected = "no section is called speed: flake8, cli, editor, growth"
        with pytest.raises(argparse.ArgumentTypeError, match=expected):
            sections_named("cli,speed")


class TestPeers:
    def test_every_linter_is_pinned(self) -> None:
        packages = {package for many in peers.PACKAGES.values() for package in many}
        assert {name for name in packages if "/" not in name} | {"libcst"} <= set(peers.pinned())

    def test_the_ways_to_measure_flake8_have_environments(self) -> None:
        assert {plugin.ALONE, *plugin.OTHERS, plugin.SLOWEST} < set(peers.PACKAGES)


class TestTree:
    def test_python_files_alone_are_copied_and_made_a_project(self, tmp_path: Path) -> None:
        wheel = tmp_path / "wheel"
        (wheel / "shop").mkdir(parents=True)
        (wheel / "shop" / "a.py").write_text("a\nb\n", encoding="utf-8")
        (wheel / "shop" / "a.json").write_text("{}", encoding="utf-8")
        (wheel / "shop" / "link.py").symlink_to(wheel / "shop" / "a.py")
        tree = tree_of("shop", wheel, tmp_path / "copy")
        copied = sorted(p.relative_to(tree.path).as_posix() for p in tree.path.rglob("*"))
        assert copied == ["setup.cfg", "shop", "shop/a.py"]
        assert (tree.files, tree.lines) == (1, 2)


class TestMade:
    @pytest.mark.parametrize("lines", [*editor.LINES, growth.LINES[-1]])
    def test_a_module_has_the_lines_it_is_asked_for(self, lines: int) -> None:
        text = made.module(lines)
        assert text.count("\n") == lines
        assert len(text) < MAX_BYTES
        assert made.tasks_in(text) == pytest.approx(lines / 25, rel=0.15)
        ast.parse(text)

    def test_too_few_lines_or_files_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="no task fits into 20 lines"):
            made.module(20)
        with pytest.raises(ValueError, match="21 will not do"):
            made.project(tmp_path / "shop", 21)

    def test_the_engine_sees_in_it_what_it_holds(self, tmp_path: Path) -> None:
        root = tmp_path / "shop"
        path = made.project(root, 20, 300)
        assert sum(1 for _ in root.rglob("*.py")) == 20
        examined = examine(path.read_bytes(), path, Project(root, Settings(cache=False)))
        assert [finding.code for finding in examined.findings] == ["CEL101"]
        assert examined.counts.tasks == made.tasks_in(path.read_text(encoding="utf-8"))
        # A chain and a group are sent as wholes: no one task stands for them.
        assert examined.counts.dispatches - 4 == examined.counts.resolved > 10

    def test_the_live_process_tells_what_each_call_took(self, tmp_path: Path) -> None:
        path = made.project(tmp_path / "shop", 20, 60)
        asked = [sys.executable, live_file, str(path), "2"]
        ended = subprocess.run(asked, capture_output=True, text=True, check=True)
        took = json.loads(ended.stdout)
        assert len(took) == 2
        assert all(cpu > 0 for _, cpu in took)
