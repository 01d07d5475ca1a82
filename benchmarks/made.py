"""Celery code to measure on: a module of so many lines, a Django project of so many files.

It is made the same each time, and looks as a team would write it: tasks with retries, options and
limits, canvases, handlers, what sends work after a commit, and plain functions in between. One
block in eight holds a bug that is on by default, so that places are worked out too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

# The app whose tasks.py an editor changes, or that grows; it imports from the next three.
CHANGED = "shop/app_000/tasks.py"
SEEN_APPS = 3

_HEAD = '''\
"""Tasks of the app."""

import logging

import requests
from celery import chain, group, shared_task
from django.core.mail import send_mail
from django.db import transaction

from shop.celery import app
from shop.{own}.models import Order, Shipment
from shop.{other1}.models import Order as OtherOrder
from shop.{other1}.tasks import notify_0 as ask
from shop.{other2}.services import total_of
from shop.{other3}.tasks import notify_0 as tell

logger = logging.getLogger(__name__)
'''

_RETRYING = '''

@shared_task(
    bind=True,
    acks_late=True,
    max_retries=5,
    time_limit=120,
    soft_time_limit=90,
)
def charge_{n}(self, order_id, amount=None):
    """Charge the card of an order."""
    order = Order.objects.get(pk=order_id)
    if order.paid:
        return
    try:
        answer = requests.post(
            "https://pay.example/charge",
            json={{"order": order.pk}},
            timeout=10,
        )
        answer.raise_for_status()
    except requests.RequestException as e:
        logger.warning("no charge %s", e)
        raise self.retry(exc=e, countdown=60)
    order.paid = True
    order.save(update_fields=["paid"])
    notify_{n}.delay(order_id)
'''

_NOTIFYING = '''

@shared_task(
    autoretry_for=(ConnectionError,),
    retry_backoff=True,
    retry_kwargs={{"max_retries": 3}},
)
def notify_{n}(order_id, subject="shop"):
    """Tell the customer."""
    order = Order.objects.get(pk=order_id)
    lines = []
    for line in order.lines.all():
        if line.count:
            lines.append(str(line.count))
        else:
            lines.append("none")
    with_total = total_of(order, {n})
    text = "\\n".join(lines)
    send_mail(
        subject,
        f"{{text}} {{with_total}}",
        "shop@example.com",
        [order.email],
    )
'''

_COMMITTING = '''

def place_{n}(cart, customer, when=None):
    """Place an order; send its work."""
    with transaction.atomic():
        order = Order(owner=customer)
        order.count = len(cart)
        order.save()
        for line in cart:
            order.lines.create(line=line)
        transaction.on_commit(
            lambda: notify_{n}.delay(order.pk)
        )
    if when is not None:
        tell.apply_async(
            args=(order.pk,),
            kwargs={{"subject": "later"}},
            eta=when,
            expires=3600,
        )
    return order
'''

_CANVAS = '''

@app.task(name="{own}.batch_{n}", bind=True)
def batch_{n}(self, order_ids, size=10):
    """Charge many orders, then tell."""
    parts = [
        order_ids[i : i + size]
        for i in range(0, len(order_ids), size)
    ]
    for part in parts:
        group(
            notify_{n}.si(pk) for pk in part
        ).apply_async(countdown=5)
    chain(
        ask.si(order_ids[0]),
        tell.si(order_ids[-1]),
    ).delay()
    self.update_state(
        state="PROGRESS",
        meta={{"done": len(parts)}},
    )
'''

_PLAIN = '''

class Parcel_{n}:
    """What is sent."""

    def __init__(self, weight, depth, width):
        self.weight = weight
        self.depth = depth
        self.width = width

    def size(self):
        total = self.depth * self.width
        if total > 100:
            return "large"
        if total > 10:
            return "medium"
        return "small"

    def price(self, rate, discount=0):
        price = self.weight * rate
        if self.size() == "large":
            price += 12
        elif discount:
            price -= discount
        return round(price, 2)
'''

_FAULTY = '''

@shared_task(ignore_result=True)
def ship_{n}(shipment_id, fast=False):
    """Hand a shipment to the carrier."""
    found = Shipment.objects.filter(
        pk=shipment_id,
    )
    shipment = found.first()
    if shipment is None:
        logger.error("no %s", shipment_id)
        return
    order = OtherOrder.objects.get(
        pk=shipment.order_id,
    )
    for attempt in range(3):
        if shipment.reserve(attempt, fast):
            break
        logger.info("again %s", attempt)
    ask.delay(order)
    shipment.sent = True
    shipment.save()
'''

_EXPIRING = """

@shared_task
def expire_{n}(pk):
    Order.objects.filter(pk=pk).delete()
"""

_COUNTING = """

@app.task(rate_limit="5/m")
def count_{n}(pk):
    return Order.objects.get(pk=pk).count
"""

# 150 lines and six tasks.
_BLOCKS = (
    _NOTIFYING,
    _RETRYING,
    _COMMITTING,
    _EXPIRING,
    _CANVAS,
    _PLAIN,
    _COUNTING,
    _FAULTY,
)

_MODELS = '''\
"""Models of the app."""

from django.db import models


class Order(models.Model):
    owner = models.CharField(max_length=80)
    email = models.EmailField()
    count = models.IntegerField(default=0)
    paid = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.owner


class Line(models.Model):
    order = models.ForeignKey(
        Order, models.CASCADE, related_name="lines"
    )
    count = models.IntegerField(default=1)


class Shipment(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    sent = models.BooleanField(default=False)

    def reserve(self, attempt, fast):
        return attempt > 1 or fast
'''

_SERVICES = '''\
"""What views call."""

from django.db import transaction

from shop.{own}.models import Order
from shop.{own}.tasks import notify_0


def total_of(order, least):
    total = sum(line.count for line in order.lines.all())
    return max(total, least)


def tell_owners(owner):
    with transaction.atomic():
        for order in Order.objects.filter(owner=owner):
            order.count = total_of(order, 1)
            order.save()
            transaction.on_commit(lambda pk=order.pk: notify_0.delay(pk))
'''

_CELERY = '''\
"""The Celery application."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
'''

_SETTINGS = '''\
"""Settings of the project."""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
{apps}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}}}
CELERY_BROKER_URL = "redis://localhost:6379/0"
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_TIME_LIMIT = 300
'''

_FILES_OF_ALL = 4  # manage.py, and three of the package
_FILES_OF_AN_APP = 4
_USUAL_LINES = 120  # of an app's tasks.py


def module(lines: int, own: int = 0) -> str:
    """Give the text of a tasks.py of exactly so many lines, in the app number `own`.

    Raises ValueError where these are too few for the imports and a task.
    """
    others = {f"other{n}": _app(own + n) for n in range(1, SEEN_APPS + 1)}
    parts = [_HEAD.format(own=_app(own), **others)]
    left = lines - parts[0].count("\n")
    for block in _blocks(_app(own)):
        size = block.count("\n")
        if size > left:
            break
        parts.append(block)
        left -= size
    if len(parts) == 1:
        raise ValueError(f"no task fits into {lines} lines")
    return "".join(parts) + "# end\n" * left


def tasks_in(text: str) -> int:
    """How many tasks a made module defines."""
    return len(re.findall(r"^@(?:shared_task|app\.task)\b", text, re.MULTILINE))


def project(root: Path, files: int, changed_lines: int = 300) -> Path:
    """Write a Django project of exactly so many Python files; give its file that is changed.

    `root`: a folder that does not exist. `changed_lines`: the length of that file.
    Raises ValueError where these are too few for the apps that it imports from.
    """
    apps, rest = divmod(files - _FILES_OF_ALL, _FILES_OF_AN_APP)
    if apps <= SEEN_APPS or rest:
        raise ValueError(
            f"a project has {_FILES_OF_ALL} files and {_FILES_OF_AN_APP} for each app, of which it "
            f"has {SEEN_APPS + 1} at least: {files} will not do"
        )
    listed = "".join(f'    "shop.{_app(n)}",\n' for n in range(apps))
    contents = {
        "manage.py": '"""Runs the project."""\n',
        "shop/__init__.py": 'from shop.celery import app\n\n__all__ = ["app"]\n',
        "shop/celery.py": _CELERY,
        "shop/settings.py": _SETTINGS.format(apps=listed),
    }
    for n in range(apps):
        folder = f"shop/{_app(n)}"
        contents[f"{folder}/__init__.py"] = ""
        contents[f"{folder}/models.py"] = _MODELS
        contents[f"{folder}/services.py"] = _SERVICES.format(own=_app(n))
        contents[f"{folder}/tasks.py"] = module(_USUAL_LINES, n)
    contents[CHANGED] = module(changed_lines)
    for name, text in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root / CHANGED


def _app(number: int) -> str:
    # The last apps import from ones that are not there, as in a checkout that is not whole.
    return f"app_{number:03}"


def _blocks(own: str) -> Iterator[str]:
    """Blocks without end; the first task is `notify_0`, which every other module imports."""
    for n in count():
        for block in _BLOCKS:
            yield block.format(n=n, own=own)
