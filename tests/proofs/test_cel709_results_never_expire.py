"""CEL709: with 0 the backend is told of no time after which to forget a result."""

from __future__ import annotations

from tests.proofs.harness import load_program


def test_redis_is_told_of_no_time() -> None:
    app = load_program("CEL709", "proof_bad").app
    assert not app.backend.expires


def test_otherwise_it_is() -> None:
    app = load_program("CEL709", "proof_good").app
    assert app.backend.expires == 3600
