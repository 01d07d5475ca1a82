"""Runs the FastAPI billing service; see `applications.run`."""

from __future__ import annotations

import os
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from .applications import FASTAPI_BILLING
from .driving import Observed, attempt, described_tasks, eventually, main, value_of, working
from .loopback import flaky_service

ROOT: Path = FASTAPI_BILLING.root


def boot(gateway_url: str) -> Any:
    """Import the service; gives its Celery app with every task registered."""
    os.environ["BILLING_GATEWAY_URL"] = gateway_url
    app = import_module("billing.worker").app
    app.loader.import_default_modules()
    return app


def client() -> TestClient:
    """A client of the real application; entered, it makes the tables."""
    return TestClient(import_module("billing.api").api)


def clean() -> Observed:
    """Send every task of the clean package, through the endpoints where these send."""
    with flaky_service({"id": "charge-1"}, refusals=1) as gateway_url:
        app = boot(gateway_url)
        with client() as service, working(app) as record:
            seen = _bill_an_account(app, service) | _outrun_the_database(record)
    return seen | record | {"tasks": described_tasks(app, ROOT)}


def _bill_an_account(app: Any, service: TestClient) -> Observed:
    """Two invoices of one account, through all that the endpoints offer."""

    def post(path: str, **data: object) -> Any:
        response = service.post(path, json=data)
        assert response.status_code in (201, 202), response.text
        return response.json()

    def value(answer: Any) -> Any:
        return value_of(app.AsyncResult(answer["task"]))

    def state(invoice_id: int) -> str:
        return str(service.get(f"/invoices/{invoice_id}").json()["state"])

    account = post("/accounts", email="ada@example.org")["account"]
    lines = [
        {"description": "seats", "amount": "80.00"},
        {"description": "storage", "amount": "19.50"},
    ]
    first = post("/invoices", account_id=account, period="2026-10", lines=lines)
    second = post("/invoices", account_id=account, period="2026-11", lines=lines[:1])
    seen: Observed = {"issued": [value(first), value(second)]}
    one, two = first["invoice"], second["invoice"]
    seen["states"] = [state(one), state(two)]
    seen["total"] = value(post(f"/invoices/{one}/total"))
    seen["posted"] = value(post(f"/invoices/{one}/post"))
    seen["balance"] = _balance(account)
    seen["charged"] = value(post(f"/invoices/{one}/charge"))
    seen["balance_after_charge"] = _balance(account)
    seen["state_after_charge"] = state(one)
    seen["statement"] = value(post(f"/accounts/{account}/statement"))
    seen["closed"] = value(post("/periods/2026-11/close"))
    seen["charged_by_closing"] = eventually(lambda: state(two) == "charged")
    seen["charged_latest"] = value(post(f"/accounts/{account}/charge-latest"))
    return seen


def _balance(account_id: int) -> str:
    models = import_module("billing.models")
    with import_module("billing.db").SessionLocal() as session:
        return str(session.get(models.Account, account_id).balance)


def _outrun_the_database(record: dict[str, Counter[str]]) -> Observed:
    """Issue an invoice that is stored only after the first try."""
    models = import_module("billing.models")
    tasks = import_module("billing.invoicing.tasks")
    early = tasks.issue_invoice.delay(77, total="5.00")
    retried = eventually(lambda: record["retried"][tasks.issue_invoice.name] > 0)
    with import_module("billing.db").SessionLocal.begin() as session:
        session.add(models.Invoice(id=77, account_id=1, period="2026-12"))
    return {"issued_early": value_of(early), "retried_early": retried}


def defective() -> Observed:
    """Call whatever sends a task on the defective side, and the tasks that cannot be sent."""
    app = boot("http://127.0.0.1:9")
    models = import_module("billing.models")
    disputes = import_module("billing.disputes.repository")
    tasks = import_module("billing.disputes.tasks")
    with client() as service, import_module("billing.db").SessionLocal() as session:
        invoice = models.Invoice(account=models.Account(email="ada@example.org"), period="2026-10")
        dispute = models.Dispute(invoice=invoice, reason="twice")
        session.add(dispute)
        session.commit()
        repository = disputes.DisputeRepository(session)

        def archive_closed() -> object:
            dispute.state = "closed"
            session.commit()
            return disputes.archive_closed(session)

        dispatches = [
            lambda: service.post("/disputes", json={"invoice_id": invoice.id, "reason": "late"}),
            lambda: service.post(f"/disputes/{dispute.id}/review"),
            lambda: service.post(f"/disputes/{dispute.id}/freeze"),
            lambda: service.post(f"/disputes/accounts/{invoice.account_id}/notify"),
            lambda: repository.review_one(dispute.id),
            repository.review_open,
            archive_closed,
            lambda: disputes.archive_listed([dispute]),
            lambda: disputes.freeze_disputed(session, dispute.id),
            lambda: disputes.freeze_by_query(session, "2026-10"),
            lambda: disputes.freeze_and_notify(session, invoice.id),
            lambda: disputes.review_by_name(dispute),
            lambda: disputes.notify_payer(dispute),
        ]
        return {
            "dispatches": [attempt(ROOT, dispatch) for dispatch in dispatches],
            "unbound": [
                attempt(ROOT, lambda: tasks.escalate_dispute.delay(dispute.id)),
                attempt(ROOT, lambda: tasks.withdraw_dispute.delay(dispute.id)),
            ],
            "without_self": [attempt(ROOT, lambda: tasks.await_evidence.apply([0], throw=True))],
            "tasks": described_tasks(app, ROOT),
        }


if __name__ == "__main__":
    main(clean, defective)
