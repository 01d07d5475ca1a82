"""After any edits at all a warm run finds what a cold one finds."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runs import APP, CALLS, MODELS, NAMED, SHOP, TASKS, VIEWS, Runs

# Each file as it may be found; None: it is not there.
STATES: Mapping[str, tuple[str | None, ...]] = {
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
    "shop/views.py": (VIEWS, VIEWS.replace("shop.", "."), VIEWS.replace("(Order", "(1, Order")),
    "shop/__init__.py": ("", None, "from shop.celery import app\n"),
    "pyproject.toml": ("", "[tool.celery-patterns]\ntask-decorators = ['job']\n"),
    "Procfile": (None, "worker: celery -A shop worker --time-limit=60\n", "web: gunicorn\n"),
    "manage.py": (None, ""),
}
EDITS = st.sampled_from(sorted(STATES)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(STATES[name]))
)


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.lists(EDITS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_after_any_edits_a_warm_run_finds_what_a_cold_one_finds(
    shop: Runs, rounds: list[list[tuple[str, str | None]]]
) -> None:
    """Each example goes on where the last one ended, with all that is remembered since."""
    for edits in rounds:
        shop.write({n: text for n, text in edits if text is not None or (shop.root / n).exists()})
        shop.warm()
    assert shop.warm().linted == []
