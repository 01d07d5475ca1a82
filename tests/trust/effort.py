"""How hard the property tests look: a little in every run, for long by `make fuzz`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

# Under `ci` the examples are the same in every run, and a failure prints how to see it again.
# Under `long` they are others each time, by the seed that `make fuzz` prints.
CI, LONG = "ci", "long"
_TIMES = 100
_COMMON: dict[str, Any] = {
    "deadline": None,  # no timed tests
    "print_blob": True,
    "suppress_health_check": [
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,  # programs are large
        HealthCheck.data_too_large,
    ],
}
settings.register_profile(CI, derandomize=True, database=None, **_COMMON)
settings.register_profile(LONG, max_examples=_TIMES * settings().max_examples, **_COMMON)


def examples(count: int) -> Callable[[Any], Any]:
    """Try `count` examples; a hundred times as many under the profile `long`."""
    long = settings.get_profile(LONG)
    if settings().max_examples == long.max_examples:
        return settings(long, max_examples=count * _TIMES)
    return settings(settings.get_profile(CI), max_examples=count)
