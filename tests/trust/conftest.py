"""The profiles are known before `--hypothesis-profile` asks for one of them."""

from __future__ import annotations

import tests.trust.effort  # noqa: F401
