"""CEL706: the password in the code is the one that opens the broker."""

from __future__ import annotations

from tests.proofs.harness import load_program


def test_the_password_is_what_the_app_connects_with() -> None:
    app = load_program("CEL706", "proof_bad").app
    connection = app.connection_for_write()
    assert (connection.userid, connection.password) == ("shop", "hV9pTq")


def test_from_the_environment_none_is_in_the_code() -> None:
    app = load_program("CEL706", "proof_good").app
    assert app.connection_for_write().password in (None, "guest")
