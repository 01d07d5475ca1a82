"""The clean side of each application boots, and a real worker runs each of its tasks.

The drivers send every task through the application's own pages where these send it; what they saw
is compared here with what the application promises: values, rows, mails and files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import celery
import pytest

from .applications import DJANGO_SHOP, FASTAPI_BILLING, FLASK_REPORTS, Application, run

pytestmark = pytest.mark.slow


def run_clean_side(application: Application, folder: Path) -> dict[str, Any]:
    """What the driver saw, once it is sure that all clean tasks ran and none failed."""
    seen = run(application, "clean", folder)
    clean_tasks = {
        task["name"] for task in seen.pop("tasks") if not application.is_defective(task["path"])
    }
    assert set(seen.pop("succeeded")) == clean_tasks
    assert seen.pop("failed") == {}
    return seen


@pytest.mark.skipif(
    celery.VERSION[:2] < (5, 4), reason="the shop uses delay_on_commit, which came with Celery 5.4"
)
def test_django_shop(tmp_path: Path) -> None:
    seen = run_clean_side(DJANGO_SHOP, tmp_path)
    assert seen == {
        "confirmed": True,
        "welcomed": True,
        "total": "225.00",
        "stored_total": "225.00",
        "shipped": "TRACK-1",
        "handled": "handled by user 1",
        "states": ["shipped", "shipped"],
        "stock": {"lamp": 8, "desk": 4},
        "claimed": "handled by user 1",
        "page": {
            "order": 1,
            "express": False,
            "customer": "ada@example.org",
            "state": "shipped",
        },
        "mails": 2,
        "announced": 1,
        "noted": True,
        "noted_by_name": True,
        "archived_oldest": 1,
        "archived_shipped": 1,
        "archived_nightly": 1,
        "archived": True,
        "promoted": 1,
        "caught_up": 1,
        "welcomed_again": True,
        "customers": {"ada@example.org": "loyal"},
        "described": True,
        # The carrier refuses the first booking.
        "retried": {"orders.tasks.book_shipment": 1},
    }


def test_fastapi_billing(tmp_path: Path) -> None:
    seen = run_clean_side(FASTAPI_BILLING, tmp_path)
    retried = seen.pop("retried")
    # The gateway refuses the first charge; the invoice was stored some time after the first try.
    assert retried.pop("billing.invoicing.tasks.charge_invoice") == 1
    assert list(retried) == ["billing.invoicing.tasks.issue_invoice"]
    assert seen == {
        "issued": ["99.50", "80.00"],
        "states": ["issued", "issued"],
        "total": "99.50",
        "posted": "99.50",
        "balance": "99.50",
        "charged": "99.50",
        "balance_after_charge": "0.00",
        "state_after_charge": "charged",
        "statement": {"account": 1, "owed": "179.50", "currency": "USD"},
        "closed": 1,
        "charged_by_closing": True,
        "charged_latest": "charge-1",
        "issued_early": "5.00",
        "retried_early": True,
    }


def test_flask_reports(tmp_path: Path) -> None:
    seen = run_clean_side(FLASK_REPORTS, tmp_path)
    # The reports folder was made some time after the first try to write into it.
    assert list(seen.pop("retried")) == ["reports.render_report"]
    assert seen == {
        "retried_rendering": True,
        "delivered": "delivered to ada@example.org",
        "report": {"id": 1, "state": "delivered to ada@example.org", "total": 42},
        "files": ["report-1.txt"],
        "rendered_again": "report-1.md",
        "file": "sales: 42\n",
        "task_state": {"state": "SUCCESS"},
        "rebuilt": 0,
        "broken": {"id": 2, "state": "broken", "total": None},
        "rebuilt_queued": [42],
        "grand_total": 500,
        "pruned": 2,
    }
