"""Edits of a project whose files rest on one another."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from tests.runs import APP, CALLS, MODELS, NAMED, SHOP, TASKS, VIEWS

Edit = tuple[str, str | bytes | None]

# Each file as it may be found; None: it is not there.
STATES: Mapping[str, tuple[str | bytes | None, ...]] = {
    "shop/models.py": (MODELS, f"{MODELS}# A comment.\n", "class Order:\n    pass\n", "(", None),
    "shop/models/__init__.py": (None, "from elsewhere import Order\n"),
    "shop/tasks.py": (
        TASKS,
        f"\n{TASKS}",
        TASKS.replace("(order_pk)", "(order_pk, by)"),
        TASKS.replace("(order_pk)", "(self, order_pk)"),
        TASKS.replace("shared_task\nd", "job\nd").replace("celery", "shop.own"),
        None,
    ),
    "shop/own.py": (None, "from celery import shared_task as job\n", "def job(f): return f\n"),
    "shop/celery.py": (
        APP,
        f"{APP}app.conf.task_time_limit = 60\n",
        f"{APP}app.config_from_object('shop.settings')\n",
        None,
    ),
    "shop/settings.py": (None, "task_time_limit = 60\n", "task_ignore_result = True\n"),
    "shop/named.py": (SHOP["shop/named.py"], NAMED.format(name="shop.nam"), None),
    "shop/more.py": (None, SHOP["shop/named.py"], "CALLED = 'shop.nam'\n"),
    "shop/calls.py": (CALLS, CALLS.replace("shop.nam", "shop.name"), VIEWS),
    "shop/views.py": (
        VIEWS,
        VIEWS.replace("shop.", "."),
        VIEWS.replace("(Order", "(1, Order"),
        VIEWS.replace("\n", "\r\n"),
        b"\xef\xbb\xbf" + VIEWS.encode(),
        # No text at all, or the one that the first line says: flake8 guesses where we refuse.
        f"# coding: unheard-of\n{VIEWS}",
        f"# coding: latin-1\n{VIEWS}# \N{LATIN SMALL LETTER E WITH ACUTE}\n".encode("latin-1"),
    ),
    "shop/__init__.py": ("", None, "from shop.celery import app\n"),
    "pyproject.toml": ("", "[tool.celery-patterns]\ntask-decorators = ['job']\n"),
    "Procfile": (None, "worker: celery -A shop worker --time-limit=60\n", "web: gunicorn\n"),
    "manage.py": (None, ""),
}
EDITS = st.sampled_from(sorted(STATES)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(STATES[name]))
)
ROUNDS = st.lists(st.lists(EDITS, min_size=1, max_size=3), min_size=1, max_size=4)
