"""What tells a finding from all others, and stays when the lines around it move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from flake8_celery_patterns.engine import UNREADABLE
from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.run.result import FileResult, path_from
from flake8_celery_patterns.source.lines import first_line, text_in


def fingerprints(result: FileResult, findings: Iterable[Finding]) -> list[str]:
    """Give the fingerprint of each of `findings`, which were found in the file of `result`.

    It is 32 hexadecimal digits made from: the rule's code, the file's path in its project, the
    dotted path of the class or function around, the text of the span with its white space
    collapsed, and which one of several that are equal in all this it is, in the order of their
    places. Findings that are silenced or known count among these, so that hiding one does not
    rename the next. Line numbers and messages do not matter. The same file in two projects gives
    the same: a report that covers several must add the path.
    """
    asked = list(findings)
    found = {*asked, *result.every}
    made = _fingerprints(result, sorted(found, key=lambda finding: finding.sort_key))
    return [made[finding] for finding in asked]


def _fingerprints(result: FileResult, findings: Sequence[Finding]) -> dict[Finding, str]:
    path = result.target.path
    shown = path_from(find_root(path), path)
    scopes = Scopes(result.document.text if _is_parsed(findings) else "")
    seen: Counter[tuple[str, ...]] = Counter()
    made = {}
    for finding in findings:
        snippet = " ".join(text_in(result.document.lines, finding.span).split())
        key = finding.code, shown, scopes.around(finding.span.line), snippet
        text = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        # A file name, or a string in a notebook, may hold what is no character.
        content = text.encode("utf-8", "surrogatepass")
        made[finding] = blake2b(content, digest_size=16).hexdigest()
    return made


def _is_parsed(findings: Iterable[Finding]) -> bool:
    """Whether the file could be parsed: of one that could not, nothing else was found."""
    return any(finding.code != UNREADABLE for finding in findings)


class Scopes:
    """The classes and functions of a text."""

    def __init__(self, text: str) -> None:
        from flake8_celery_patterns.source.scopes import scopes

        self._scopes = [
            (first_line(node), node.end_lineno or 0, path) for path, node in scopes(text)
        ]

    def around(self, line: int) -> str:
        """Give the dotted path of the innermost class or function that `line` stands in.

        A decorator belongs to what it decorates. Empty at the top of the module.
        """
        inner = ""
        for first, last, path in self._scopes:
            if first <= line <= last:
                inner = path
        return inner
