"""A warm run lints what rests on a change, and nothing else, and finds what a cold one does."""

from __future__ import annotations

import os

import pytest

from flake8_celery_patterns.run import kept
from flake8_celery_patterns.settings import Values
from tests.runs import APP, FOUND, MODELS, NAMED, SHOP, TASKS, VIEWS, WITH_CELERY, Files, Runs


class TestNothingIsLintedAgain:
    def test_without_a_change(self, shop: Runs) -> None:
        ran = shop.warm()
        assert (ran.found, ran.linted, ran.reads, ran.parsed) == (FOUND, [], 0, 0)

    def test_after_a_comment_elsewhere(self, shop: Runs) -> None:
        """What is said there is the same; that is found out once, by parsing it."""
        shop.write({"shop/models.py": f"# Orders.\n{MODELS}"})
        ran = shop.warm()
        assert (ran.found, ran.linted, ran.reads, ran.parsed) == (FOUND, [], 1, 1)
        ran = shop.warm()
        assert (ran.found, ran.linted, ran.reads, ran.parsed) == (FOUND, [], 0, 0)

    def test_after_a_change_of_what_nobody_asked_about(self, shop: Runs) -> None:
        shop.write({"shop/prices.py": "def total(prices):\n    return max(prices)\n"})
        ran = shop.warm()
        assert (ran.linted, ran.reads, ran.parsed) == ([], 1, 0)

    def test_after_a_file_was_touched(self, shop: Runs) -> None:
        shop.write({name: SHOP[name] for name in WITH_CELERY})
        ran = shop.warm()
        assert (ran.found, ran.linted, ran.reads, ran.parsed) == (FOUND, [], 5, 0)

    def test_after_a_change_that_was_taken_back(self, shop: Runs) -> None:
        shop.write({"shop/models.py": "class Order:\n    pass\n"})
        assert shop.warm().linted == ["shop/views.py"]
        shop.write({"shop/models.py": MODELS})
        shop()
        assert shop.warm().linted == []

    def test_of_a_file_that_is_linted_with_others_or_alone(self, shop: Runs) -> None:
        ran = shop((), "shop/views.py")
        assert (ran.found, ran.linted, ran.parsed) == (FOUND[3:], [], 0)

    def test_without_a_cache_it_is(self, shop: Runs) -> None:
        assert shop((("no-cache", True),)).linted == WITH_CELERY


# What is changed, and what rests on it.
RESTING: dict[str, tuple[Files, list[str]]] = {
    "facts: a model is none any more": (
        {"shop/models.py": "class Order:\n    pass\n"},
        ["shop/views.py"],
    ),
    "facts: the signature of a task": (
        {"shop/tasks.py": TASKS.replace("order_pk)", "order_pk, by)")},
        ["shop/tasks.py", "shop/views.py"],
    ),
    "facts: a file that cannot be parsed": (
        {"shop/models.py": "class Order(:\n"},
        ["shop/views.py"],
    ),
    "facts: a time limit for all": (
        {"shop/celery.py": f"{APP}app.conf.task_time_limit = 60\n"},
        ["shop/celery.py", "shop/named.py", "shop/tasks.py", "shop/views.py"],
    ),
    "facts: a file that is gone": (
        {"shop/models.py": None},
        ["shop/calls.py", "shop/named.py", "shop/tasks.py", "shop/views.py"],
    ),
    "place: a package before the module of its name": (
        {"shop/models/__init__.py": "from elsewhere import Order\n"},
        ["shop/calls.py", "shop/named.py", "shop/tasks.py", "shop/views.py"],
    ),
    "names: any new file": (
        {"shop/new.py": ""},
        ["shop/calls.py", "shop/named.py", "shop/tasks.py"],
    ),
    "matching: a new file that mentions a task's name": (
        {"shop/prices.py": "CALLED = 'shop.nam'\n"},
        ["shop/calls.py"],
    ),
    "matching: a task of the name that is called": (
        {"shop/more.py": NAMED.format(name="shop.nam")},
        ["shop/calls.py", "shop/more.py", "shop/named.py", "shop/tasks.py"],
    ),
    "other: the command line of a worker": (
        {"Procfile": "worker: celery -A shop worker --time-limit=60\n"},
        ["shop/calls.py", "shop/named.py", "shop/tasks.py"],
    ),
    "roots: a folder that is a package no more": (
        {"shop/__init__.py": None},
        ["shop/calls.py", "shop/named.py", "shop/tasks.py", "shop/views.py"],
    ),
}


class TestWhatRestsOnAChangeIsLintedAgain:
    @pytest.mark.parametrize("change", RESTING)
    def test_and_nothing_else(self, shop: Runs, change: str) -> None:
        files, expected = RESTING[change]
        shop.write(files)
        ran = shop.warm()
        assert ran.linted == expected
        assert shop.warm().linted == []

    def test_the_file_itself(self, shop: Runs) -> None:
        shop.write({"shop/views.py": VIEWS.replace("pk=1)", "pk=1).pk")})
        ran = shop.warm()
        assert (ran.found, ran.linted) == (FOUND[:3], ["shop/views.py"])

    def test_what_has_another_name_now(self, shop: Runs) -> None:
        shop.write({"shop/views.py": None, "shop/pages.py": VIEWS})
        ran = shop.warm()
        assert "shop/pages.py" in ran.linted
        assert ran.found == [*FOUND[:2], ("shop/pages.py", 6, "CEL101"), FOUND[2]]

    def test_what_keeps_size_and_time(self, shop: Runs) -> None:
        """The time of the last change of its inode shows it."""
        path = shop.root / "shop/models.py"
        before = path.stat()
        shop.write({"shop/models.py": MODELS.replace("models.Model", "models.Madel")})
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_size == before.st_size
        ran = shop.warm()
        assert (ran.found, ran.linted) == (FOUND[:3], ["shop/views.py"])

    def test_whose_other_files_keep_size_and_time(self, shop: Runs) -> None:
        """As before, where all that was asked is whether a pattern is found there."""
        shop.write({"Procfile": "worker: celery -A shop worker --tame-limit=60\n"})
        shop()
        path = shop.root / "Procfile"
        before = path.stat()
        shop.write({"Procfile": "worker: celery -A shop worker --time-limit=60\n"})
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert [code for *_, code in shop.warm().found] == ["CEL112", "CEL101"]

    def test_what_the_project_requires(self, shop: Runs) -> None:
        """globbed, content: coroutines are awaited by a pool that is installed."""
        task = TASKS.replace("def ", "async def ")
        shop.write({"shop/waits.py": task, "requirements.txt": "celery\n"})
        assert ("shop/waits.py", 5, "CEL203") in shop.warm().found
        for name in ("requirements.txt", "requirements-dev.txt"):
            shop.write({name: "celery-aio-pool\n"})
            ran = shop.warm()
            assert ran.linted == ["shop/waits.py"]
            assert ("shop/waits.py", 5, "CEL203") not in ran.found
            shop.write({"requirements.txt": "celery\n", name: "celery\n"})
            assert ("shop/waits.py", 5, "CEL203") in shop.warm().found

    def test_where_a_file_is_too_large_to_be_looked_at(self, shop: Runs) -> None:
        """unread: what is not looked at may hold anything, so that nothing is said to be absent."""
        shop.write({"shop/prices.py": "#" * (2 * 1024 * 1024)})
        assert ("shop/calls.py", 5, "CEL112") in shop.warm().found
        shop.write({"shop/prices.py": "#" * (2 * 1024 * 1024 + 1)})
        ran = shop.warm()
        assert "shop/calls.py" in ran.linted
        assert ("shop/calls.py", 5, "CEL112") not in ran.found

    def test_what_was_remembered_for_the_file_that_asked_first(self, shop: Runs) -> None:
        """All given names are asked for once a process, for the largest file that asks."""
        twin = NAMED.format(name="shop.twin")
        shop.write({"shop/a.py": f"{twin}{'#' * 1000}", "shop/b.py": twin})
        assert ("shop/b.py", 4, "CEL205") in shop.warm().found
        shop.write({"shop/a.py": twin.replace("shop.twin", "shop.only")})
        ran = shop.warm()
        assert "shop/b.py" in ran.linted
        assert "CEL205" not in [code for *_, code in ran.found]

    def test_by_another_version_of_this_linter(
        self, shop: Runs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kept, "code_version", lambda: "that")
        assert shop.warm().linted == WITH_CELERY


class TestSettings:
    @pytest.mark.parametrize(
        "given",
        [(("select", ("CEL9",)),), (("ignore", ("CEL4",)),), (("version", "5.5"),)],
        ids=lambda given: str(given[0][0]),
    )
    def test_others_are_not_mixed_up(self, shop: Runs, given: Values) -> None:
        first = shop.warm(given)
        assert first.linted == WITH_CELERY
        assert shop.warm(given).report == first.report
        assert (shop.warm().found, shop.warm().linted) == (FOUND, [])

    def test_in_the_table(self, shop: Runs) -> None:
        shop.write({"pyproject.toml": "[tool.celery-patterns]\nignore = ['CEL401']\n"})
        assert shop.warm().found == [FOUND[0], FOUND[3]]
        shop.write({"pyproject.toml": ""})
        ran = shop.warm()
        assert (ran.found, ran.linted) == (FOUND, [])

    def test_comments_are_read_anew(self, shop: Runs) -> None:
        """What a comment hides is no part of what is remembered."""
        shop.write({"shop/views.py": VIEWS.replace("pk=1))", "pk=1))  # noqa: CEL101")})
        assert shop.warm().found == FOUND[:3]
        assert (shop.warm().found, shop.warm().linted) == (FOUND[:3], [])
