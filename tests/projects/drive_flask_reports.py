"""Runs the Flask report service; see `applications.run`."""

from __future__ import annotations

import os
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from celery import Celery
from flask import Flask

from .applications import FLASK_REPORTS
from .driving import Observed, attempt, described_tasks, eventually, main, value_of, working

ROOT: Path = FLASK_REPORTS.root


def boot(rendered: Path) -> tuple[Flask, Celery]:
    """The Flask app, whose errors come through, and its Celery app."""
    os.environ["REPORTS_FOLDER"] = str(rendered)
    flask_app: Flask = import_module("reports").create_app({"TESTING": True})
    return flask_app, flask_app.extensions["celery"]


def clean() -> Observed:
    """Send every task of the clean package, through the endpoints where these send."""
    rendered = Path.cwd() / "rendered"
    flask_app, app = boot(rendered)
    with working(app) as record:
        seen = _report(flask_app, app, rendered, record)
    return seen | record | {"tasks": described_tasks(app, ROOT)}


def _report(
    flask_app: Flask, app: Celery, rendered: Path, record: dict[str, Counter[str]]
) -> Observed:
    """Reports on two datasets; the folder they go to is made only after the first try."""
    client = flask_app.test_client()

    def post(path: str, **data: object) -> Any:
        response = client.post(f"/reports/{path}", json=data)
        assert response.status_code in (201, 202), response.text
        return response.json

    def value(path: str, **data: object) -> Any:
        return value_of(app.AsyncResult(post(path, **data)["task"]))

    def report(report_id: int) -> Any:
        return client.get(f"/reports/{report_id}").json

    sales = post("datasets", title="sales", values="1,2,39")["dataset"]
    broken = post("datasets", title="broken", values="1,x")["dataset"]
    first = post("", email="ada@example.org", dataset=sales)
    seen: Observed = {"retried_rendering": eventually(lambda: record["retried"].total() > 0)}
    rendered.mkdir()
    seen["delivered"] = value_of(app.AsyncResult(first["task"]))
    seen["report"] = report(first["report"])
    seen["files"] = sorted(path.name for path in rendered.iterdir())
    seen["rendered_again"] = value(f"{first['report']}/render/md")
    seen["file"] = (rendered / "report-1.md").read_text(encoding="utf-8")
    seen["task_state"] = client.get(f"/reports/tasks/{first['task']}").json

    second = post("", email="ada@example.org", dataset=broken)
    value_of(app.AsyncResult(second["task"]))
    seen["rebuilt"] = value(f"{second['report']}/rebuild")
    seen["broken"] = report(second["report"])
    with flask_app.app_context():
        models = import_module("reports.models")
        session = import_module("reports.extensions").db.session
        session.add(models.Report(dataset_id=sales, owner_id=1))
        session.get(models.Dataset, broken).values = "1,7"
        session.commit()
    queued = post("rebuild-queued")["tasks"]
    seen["rebuilt_queued"] = [value_of(app.AsyncResult(task)) for task in queued]
    seen["grand_total"] = value("datasets/total")
    seen["pruned"] = value("prune", days=-1, states=["broken", "built"])
    return seen


def defective() -> Observed:
    """Call whatever sends a task on the defective side, and the tasks that cannot be sent."""
    flask_app, app = boot(Path.cwd())
    models = import_module("reports.models")
    services = import_module("reports.exports.services")
    tasks = import_module("reports.exports.tasks")
    client = flask_app.test_client()
    with flask_app.app_context():
        session = import_module("reports.extensions").db.session
        owner = models.Analyst(email="ada@example.org")
        dataset = models.Dataset(title="sales", values="1,2")
        report = models.Report(dataset=dataset, owner=owner, state="failed")
        export = models.Export(report=report, target="mail")
        session.add(export)
        session.commit()

        def announce_built() -> object:
            report.state = "built"
            session.commit()
            return services.announce_built()

        dispatches = [
            lambda: client.post("/exports/", json={"report": report.id, "target": "feed"}),
            lambda: client.post(f"/exports/{export.id}/deliver"),
            lambda: client.post(f"/exports/reports/{report.id}/announce"),
            lambda: client.post("/exports/announce-to/ada@example.org"),
            lambda: services.redeliver(export.id),
            lambda: services.compress(export),
            services.compress_failed,
            lambda: services.compress_owned(owner.id),
            announce_built,
            lambda: services.announce_one(report),
            lambda: services.redeliver_all([export]),
            lambda: services.compress_and_announce(report.id),
            lambda: services.announce_by_name(report.id),
        ]
        return {
            "dispatches": [attempt(ROOT, dispatch) for dispatch in dispatches],
            "unbound": [attempt(ROOT, lambda: tasks.measure_export.delay(export.id))],
            "without_self": [
                attempt(ROOT, lambda: tasks.await_upload.apply([export.id], throw=True))
            ],
            "tasks": described_tasks(app, ROOT),
        }


if __name__ == "__main__":
    main(clean, defective)
