"""Codes are chosen, in all files and in some, as flake8's own decisions choose them."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from flake8.formatting.default import Nothing
from flake8.style_guide import Decision, DecisionEngine, StyleGuideManager
from hypothesis import given
from hypothesis import strategies as st

from flake8_celery_patterns.options import PerFile
from flake8_celery_patterns.settings import Settings
from flake8_celery_patterns.suppress.select import Selector, opinion_allowed, selected

CODES = ("CEL001", "CEL101", "CEL110", "CEL201", "CEL305", "CEL890")
OPINIONS = ("CEL002", "CEL901", "CEL910")
# What users write: beginnings of our codes, whole codes, other linters', ones that match nothing.
SELECTORS = (
    *("C", "CE", "CEL", "CEL0", "CEL1", "CEL10", "CEL11", "CEL2", "CEL3", "CEL9", "CEL90"),
    *(*CODES, *OPINIONS, "E", "E501", "F", "C90", "W6", "CELL"),
)
selectors = st.lists(st.sampled_from(SELECTORS), max_size=4).map(tuple)
# A file pattern without codes is none to flake8.
some_selectors = st.lists(st.sampled_from(SELECTORS), min_size=1, max_size=4).map(tuple)
# The entry point of the plugin and those of flake8's own checks.
BY_DEFAULT = ["C90", "CEL", "E", "F", "W"]
PATTERNS = (
    *("tasks.py", "*.py", "t*.py", "shop/tasks.py", "shop/*.py", "shop/*", "*/tasks.py"),
    *("./shop/tasks.py", "shop/", "shop", "*/shop/*", "views.py", "[st]*.py", "*", "../x/*.py"),
)
FILES = ("tasks.py", "shop/tasks.py", "shop/views.py", "shop/tasks/a.py", "tests/test_tasks.py")
per_file_ignores = st.dictionaries(st.sampled_from(PATTERNS), some_selectors, max_size=4).map(
    lambda table: tuple(table.items())
)


def options(settings: Settings) -> argparse.Namespace:
    """What flake8 makes of the same selection; nothing given is None there."""
    per_file = " ".join(f"{name}:{','.join(codes)}" for name, codes in settings.per_file_ignores)
    return argparse.Namespace(
        select=None if settings.select is None else list(settings.select),
        extend_select=list(settings.extend_select) or None,
        ignore=list(settings.ignore) or None,
        extend_ignore=list(settings.extend_ignore) or None,
        extended_default_select=list(BY_DEFAULT),
        extended_default_ignore=[],
        per_file_ignores=per_file,
        disable_noqa=False,
        color="never",
        format="default",
        output_file=None,
        tee=False,
    )


settings_of_any_kind = st.builds(
    Settings,
    select=st.none() | selectors,
    extend_select=selectors,
    ignore=selectors,
    extend_ignore=selectors,
    per_file_ignores=per_file_ignores,
)


@given(settings_of_any_kind)
def test_codes_are_chosen_as_flake8_does(settings: Settings) -> None:
    decides = DecisionEngine(options(settings))
    for code in CODES:
        assert selected(code, settings) is (decides.decision_for(code) is Decision.Selected), code
    for code in OPINIONS:
        allowed = opinion_allowed(code, settings.select, settings.extend_select)
        chosen = decides.decision_for(code) is Decision.Selected
        assert selected(code, settings) is (allowed and chosen), code


@given(settings_of_any_kind)
def test_codes_are_chosen_in_each_file_as_flake8_does(settings: Settings) -> None:
    # flake8 takes patterns relative to the current folder.
    here = Path(os.path.abspath(os.curdir))
    opts = options(settings)
    manager = StyleGuideManager(opts, Nothing(opts))
    selector = Selector(settings, here)
    for name in FILES:
        guide = manager.style_guide_for(f"./{name}")
        for code in CODES:
            chosen = guide.should_report_error(code) is Decision.Selected
            assert selector.wants(code, here / name) is chosen, (name, code)


def test_of_patterns_that_match_the_longest_counts_alone() -> None:
    table: PerFile = (("*.py", ("CEL1",)), ("shop/*.py", ("CEL2",)))
    selector = Selector(Settings(per_file_ignores=table), Path("/project"))
    views = Path("/project/shop/views.py")
    assert (selector.wants("CEL101", views), selector.wants("CEL201", views)) == (True, False)
    other = Path("/project/other/views.py")
    assert (selector.wants("CEL101", other), selector.wants("CEL201", other)) == (False, True)
