"""CEL713: Celery takes a text apart where it wants a list, and a pair for a table of routes."""

from __future__ import annotations

import pytest
from kombu.exceptions import SerializerNotInstalled

from tests.proofs.harness import in_memory, load_program, worker_for


def test_letters_are_no_serializers() -> None:
    app = load_program("CEL713", "proof_bad").accepting
    with pytest.raises(SerializerNotInstalled, match="installed for j"):
        app.amqp.TaskConsumer(app.connection_for_read("memory://").channel())


def test_letters_are_no_packages() -> None:
    app = load_program("CEL713", "proof_bad").discovering
    with pytest.raises(ModuleNotFoundError, match="No module named 'o'"):
        app.loader.import_default_modules()


def test_a_pair_is_no_table_of_routes() -> None:
    app = load_program("CEL713", "proof_bad").routing
    with in_memory(app), pytest.raises(ValueError, match="too many values to unpack"):
        app.send_task("shop.tasks.sync")


def test_lists_and_a_table_in_a_tuple_work() -> None:
    program = load_program("CEL713", "proof_good")
    with in_memory(program.accepting), worker_for(program.accepting):
        pass
    with in_memory(program.routing) as app:
        assert app.amqp.router.route({}, "shop.tasks.sync")["queue"].name == "sync"
