"""Runs the Django shop; see `applications.run`."""

from __future__ import annotations

import os
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from celery import Celery

from .applications import DJANGO_SHOP
from .driving import (
    Observed,
    attempt,
    described_tasks,
    eventually,
    main,
    value_of,
    working,
)
from .loopback import flaky_service

ROOT: Path = DJANGO_SHOP.root


def boot(carrier_url: str) -> None:
    """Start Django on an empty, migrated database."""
    os.environ["SHOP_CARRIER_URL"] = carrier_url
    os.environ["SHOP_EMAIL_BACKEND"] = "django.core.mail.backends.locmem.EmailBackend"
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings.local"
    import_module("django").setup()
    import_module("django.core.management").call_command("migrate", verbosity=0)


def model(label: str) -> Any:
    """A model by its label; the applications' modules exist only in this subprocess."""
    return import_module("django.apps").apps.get_model(label)


def logged_in_client() -> Any:
    """Django's test client, logged in as a member of staff; errors of views come through."""
    client = import_module("django.test").Client()
    client.force_login(model("auth.User").objects.create_user("grace"))
    return client


def clean() -> Observed:
    """Send every task of the clean apps, through their pages and services where these send."""
    with flaky_service({"tracking_code": "TRACK-1"}, refusals=1) as carrier_url:
        boot(carrier_url)
        app = import_module("shop.celery").app
        with working(app) as record:
            seen = _order_and_ship(app) | _run_the_warehouse() | _run_the_nightly_tasks()
            app.tasks["shop.celery.describe_request"].delay()
            seen["described"] = eventually(
                lambda: record["succeeded"]["shop.celery.describe_request"] == 1
            )
    return seen | record | {"tasks": described_tasks(app, ROOT)}


def _order_and_ship(app: Celery) -> Observed:
    """Two orders of one new customer, through all that the pages offer."""
    orders, customers = model("orders.Order").objects, model("customers.Customer").objects
    products = model("orders.Product").objects
    lamp = products.create(sku="lamp", price="12.50", stock=10)
    desk = products.create(sku="desk", price="200.00", stock=5)
    client = logged_in_client()

    def post(path: str, **data: object) -> Any:
        response = client.post(f"/orders/{path}", data)
        assert response.status_code in (201, 202), response.content
        return response.json()

    def value(path: str) -> Any:
        return value_of(app.AsyncResult(post(path)["task"]))

    order = import_module("orders.services").place_order("ada@example.org", {lamp: 2, desk: 1})
    second = post("new/", customer=order.customer.pk, express="on", note="ring twice")["order"]
    return {
        "confirmed": eventually(lambda: orders.filter(state="confirmed").count() == 2),
        "welcomed": eventually(lambda: not customers.not_welcomed().exists()),
        "total": value(f"{order.pk}/price/"),
        "stored_total": str(orders.get(pk=order.pk).total),
        "shipped": value(f"{second}/ship/"),
        "handled": value(f"{order.pk}/fulfil/"),
        "states": list(orders.values_list("state", flat=True)),
        "stock": dict(products.values_list("sku", "stock")),
        "claimed": value(f"{order.pk}/claim/"),
        "page": client.get(f"/orders/{order.pk}/", {"confirm": "1"}).json(),
    }


def _run_the_warehouse() -> Observed:
    """What the services do with the two orders at once."""
    services = import_module("orders.services")
    outbox = import_module("django.core.mail").outbox
    orders = model("orders.Order").objects
    order, second = orders.order_by("pk")

    value_of(services.confirm_again(order))
    mails = len(outbox)
    order.request_confirmation()
    value_of(services.confirm_again(order.pk))
    seen: Observed = {"mails": len(outbox) - mails}

    orders.filter(pk=order.pk).update(state="placed")
    seen["announced"] = len(services.announce_placed_orders())
    note = f"warehouse {order.pk} #1 urgent=False"
    seen["noted"] = eventually(lambda: orders.filter(note=note).exists())
    services.announce(order, urgent=True)
    note = f"warehouse {order.pk} #0 urgent=True"
    seen["noted_by_name"] = eventually(lambda: orders.filter(note=note).exists())
    seen["archived_oldest"] = value_of(services.archive_oldest())
    orders.filter(pk=second.pk).update(state="shipped")
    seen["archived_shipped"] = value_of(services.archive_everything_shipped())
    return seen


def _run_the_nightly_tasks() -> Observed:
    """What beat would send."""
    tasks = import_module("customers.tasks")
    orders, customers = model("orders.Order").objects, model("customers.Customer").objects
    archive = import_module("orders.tasks").archive_shipped_orders
    old = orders.first()
    orders.filter(pk=old.pk).update(state="shipped", placed_at=old.placed_at - timedelta(days=100))
    seen: Observed = {"archived_nightly": value_of(archive.delay(older_than_days=90))}
    seen["archived"] = eventually(lambda: orders.filter(state="archived").count() == 2)
    seen["promoted"] = value_of(tasks.promote_loyal_customers.delay(1))
    customers.update(welcomed_at=None)
    seen["caught_up"] = value_of(tasks.catch_up_welcomes.delay())
    seen["welcomed_again"] = eventually(lambda: not customers.not_welcomed().exists())
    seen["customers"] = dict(customers.values_list("email", "tier"))
    return seen


def defective() -> Observed:
    """Call whatever sends a task on the defective side, and the tasks that cannot be sent."""
    boot("http://127.0.0.1:9")
    app = import_module("shop.celery").app
    app.loader.import_default_modules()
    returns, items = model("returns.ReturnRequest").objects, model("returns.ReturnItem").objects
    services = import_module("returns.services")
    followups = import_module("returns.followups")
    tasks = import_module("returns.tasks")

    customer = model("customers.Customer").objects.create(email="ada@example.org")
    product = model("orders.Product").objects.create(sku="lamp", price="12.50")
    order = model("orders.Order").objects.place(customer, {product: 2})
    back = returns.create(order=order, reason="broken")
    returns.update(opened_at=back.opened_at - timedelta(days=30))
    client = logged_in_client()
    page = f"/returns/{back.pk}/"

    def store_damaged() -> None:
        items.create(return_request=back, line=order.lines.get(), damaged=True)

    dispatches = [
        back.approve,
        store_damaged,
        services.close_stale_returns,
        lambda: services.close_listed_returns(returns.all()),
        lambda: services.close_chosen_returns([back.pk]),
        services.export_open_returns,
        services.remind_everybody,
        services.remind_latest,
        lambda: services.schedule_pickup(back),
        lambda: services.announce_items(back),
        lambda: services.restock(back),
        lambda: services.restock_many([order.pk]),
        lambda: services.settle(back.pk),
        lambda: services.report_first_damage(back.pk),
        lambda: services.reopen(order, "grace"),
        lambda: client.post("/returns/new/", {"order": order.pk, "reason": "late"}),
        lambda: client.get(page),
        lambda: client.post(page),
        lambda: client.post(f"{page}refund/"),
        lambda: client.post(f"{page}refund-by-name/"),
        lambda: client.post(f"{page}claim/"),
    ]
    return {
        "dispatches": [attempt(ROOT, dispatch) for dispatch in dispatches],
        "unbound": [
            attempt(ROOT, lambda: tasks.inspect_return.delay(back.pk)),
            attempt(ROOT, lambda: tasks.sync_refund_ledger.delay()),
        ],
        "without_self": [attempt(ROOT, lambda: tasks.confirm_refund.apply([0], throw=True))],
        "refused": [
            attempt(ROOT, lambda: followups.chase(back.pk)),
            attempt(ROOT, lambda: followups.inspect_soon(back.pk, "grace")),
            attempt(ROOT, lambda: followups.inspect(back.pk)),
            attempt(ROOT, lambda: followups.announce(back.pk)),
            attempt(ROOT, lambda: followups.announce_again(back.pk)),
        ],
        "tasks": described_tasks(app, ROOT),
    }


if __name__ == "__main__":
    main(clean, defective)
