"""CEL703: a name that Celery does not know has no effect, and mixed names do not start."""

from __future__ import annotations

import celery
import pytest
from celery.app.defaults import DEFAULTS
from celery.exceptions import ImproperlyConfigured

from tests.proofs.harness import load_program


def test_celery_takes_the_slip_and_keeps_the_default() -> None:
    conf = load_program("CEL703", "proof_bad").app.conf
    assert conf.task_soft_time_limit is DEFAULTS["task_soft_time_limit"] is None
    assert conf.broker_url == "memory://"


@pytest.mark.skipif(celery.VERSION >= (5, 7), reason="5.7 reads old names under a namespace, too")
def test_old_names_are_not_read_under_a_namespace() -> None:
    assert load_program("CEL703", "proof_bad").app.conf.task_acks_late is False


def test_old_and_new_names_do_not_mix() -> None:
    mixed = load_program("CEL703", "proof_bad").mixed
    with pytest.raises(ImproperlyConfigured, match=r"CELERY_IGNORE_RESULT +-> task_ignore_result"):
        print(mixed.conf.task_time_limit)


def test_the_names_meant_are_read() -> None:
    program = load_program("CEL703", "proof_good")
    assert program.app.conf.task_soft_time_limit == 300
    assert program.app.conf.task_acks_late is True
    assert program.mixed.conf.task_ignore_result is True
