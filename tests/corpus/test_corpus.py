"""benchmarks/corpus.py: the list it reads, and what it fetches."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.corpus import HERE, Application, applications, fetch


def test_the_list_is_pinned_and_ten_of_it_are_for_the_benchmark() -> None:
    listed = list(applications((HERE / "corpus.txt").read_text(encoding="utf-8")))
    assert len(listed) == len({application.name for application in listed}) == 22
    assert sum(application.bench for application in listed) == 10


def test_a_line_gives_name_version_and_mark() -> None:
    text = "# why\nsix==1.17.0\n\nedx-enterprise==8.18.0   bench  # big\n"
    assert list(applications(text)) == [
        Application("six", "1.17.0", bench=False),
        Application("edx-enterprise", "8.18.0", bench=True),
    ]


@pytest.mark.parametrize(
    "line", ["six", "six>=1", "six==1.17.0 fast", "six==1.*", "../x==1 bench 2"]
)
def test_any_other_line_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        list(applications(line))


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "no-such-package-0").mkdir()
    there = fetch(Application("no-such-package", "0", bench=False), tmp_path)
    assert there == tmp_path / "no-such-package-0"


@pytest.mark.slow
def test_a_wheel_is_unpacked_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = fetch(Application("six", "1.17.0", bench=False), tmp_path)
    assert (folder / "six.py").is_file()
    assert list(tmp_path.iterdir()) == [folder]
