"""Whether a project reads a name of its settings itself: then it is not, or not only, Celery's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning


def is_read(meaning: Meaning, name: str) -> bool:
    """Whether `name` stands anywhere but to be given a value, or to be asked of the environment.

    Where not every file can be seen, it may.
    """
    tree = meaning.project.tree
    word = re.escape(name.encode())
    given = rb"(?![\"']?\]?[ \t]*(?:=(?!=)|:[ \t]*[^\s]))"
    # Of an environment, a name is asked in quotes.
    asked = rb"(?![^\n]*(?i:env\w*\b|environ|config\(|secret))[^\n#]*[\"']"
    bare = rb"[^\n#]*(?<![\w\"'])"
    pattern = re.compile(rb"(?m)^(?:" + asked + b"|" + bare + b")" + word + rb"\b" + given)
    if tree.matching(pattern, f"setting {name}"):
        return True
    return not tree.whole or bool(tree.unread)
