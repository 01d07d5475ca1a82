"""CEL403: a loop that swallows the soft limit goes on, until the hard limit kills it."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery.exceptions import TimeLimitExceeded

from tests.proofs.conftest import StartWorker

PAGES = ["lamp", "chair", "table"]


@pytest.mark.slow
def test_a_swallowed_soft_limit_is_no_limit(prefork_worker: StartWorker, tmp_path: Path) -> None:
    bad = prefork_worker("CEL403", "proof_bad", concurrency=1)
    good = prefork_worker("CEL403", "proof_good", concurrency=1)
    went_on, ended = tmp_path / "went_on", tmp_path / "ended"
    went_on.mkdir()
    ended.mkdir()
    swallowed = bad.send("check_pages", str(went_on), PAGES)
    taken = good.send("check_pages", str(ended), PAGES)

    result = bad.wait_for_state(swallowed, "SUCCESS", "FAILURE")
    assert (result.state, type(result.result)) == ("FAILURE", TimeLimitExceeded)
    assert "Soft time limit (1s) exceeded" in bad.log
    assert sorted(page.name for page in went_on.iterdir()) == ["chair", "lamp"]

    result = good.wait_for_state(taken, "SUCCESS", "FAILURE")
    assert (result.state, result.result) == ("SUCCESS", "0 failed, no time for more")
    assert [page.name for page in ended.iterdir()] == ["lamp"]
