"""CEL119: JSON turns keys into texts, and a QueryDict into the last values of its names."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from tests.proofs.harness import in_memory, load_program, worker_for

QUERY = "tag=lamp&tag=light&page=2"


def test_keys_arrive_as_texts() -> None:
    bad = load_program("CEL119", "proof_bad")
    with in_memory(bad.app), worker_for(bad.app):
        assert bad.publish().get(timeout=60, interval=0.01) is None
        assert bad.publish_all().get(timeout=60, interval=0.01) == {"1": "9.90", "null": "free"}


def test_only_the_last_values_of_a_query_arrive(django_configured: None) -> None:
    bad = load_program("CEL119", "proof_bad")
    with in_memory(bad.app), worker_for(bad.app):
        assert bad.search(QUERY).get(timeout=60, interval=0.01) == {"tag": "light", "page": "2"}


def test_only_the_first_values_of_flasks_query_arrive() -> None:
    bad = load_program("CEL119", "proof_bad")
    query = MultiDict([("tag", "lamp"), ("tag", "light")])
    with in_memory(bad.app), worker_for(bad.app):
        assert bad.seen.delay(query).get(timeout=60, interval=0.01) == {"tag": "lamp"}


def test_pairs_and_lists_arrive_whole(django_configured: None) -> None:
    good = load_program("CEL119", "proof_good")
    with in_memory(good.app), worker_for(good.app):
        assert good.publish().get(timeout=60, interval=0.01) == "9.90"
        assert good.search(QUERY).get(timeout=60, interval=0.01) == {
            "tag": ["lamp", "light"],
            "page": ["2"],
        }
