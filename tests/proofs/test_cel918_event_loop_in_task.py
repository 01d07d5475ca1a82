"""CEL918: a client outlives the event loop that its connections belong to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.proofs.harness import in_memory, load_program, worker_for


class _Shop(BaseHTTPRequestHandler):
    # Keeps connections open, as most servers do.
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"lamps")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    """A page on loopback, whose connections stay open."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_first_task_succeeds_and_the_second_finds_its_loop_closed(url: str) -> None:
    program = load_program("CEL918", "proof_bad")
    with in_memory(program.app), worker_for(program.app):
        assert program.fetch_page.delay(url).get(timeout=30) == "lamps"
        with pytest.raises(RuntimeError, match="Event loop is closed"):
            program.fetch_page.delay(url).get(timeout=30)


def test_with_a_client_in_each_loop_both_succeed(url: str) -> None:
    program = load_program("CEL918", "proof_good")
    with in_memory(program.app), worker_for(program.app):
        for _ in range(2):
            assert program.fetch_page.delay(url).get(timeout=30) == "lamps"
