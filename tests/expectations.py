"""The expectation comments and the options comments of the fixtures.

A line that must have findings ends in a comment for each of them::

    ship.delay(order)  # CEL101: 11
    ship.delay(order)  # CEL101: 11 words that the message must contain
    ship.delay(first, second)  # CEL101: 11 | CEL101: 18 second

The number is the 0-based column, in code points, at which the reported node starts. The first
lines of a file, before its code and its docstring, may hold options of the linter by their long
flake8 names without the prefix ``--celery-``; a switch has no value::

    # options: task-decorators=job,other assume-global-time-limit

Comments are found with :mod:`tokenize`: a string that holds such text expects nothing.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

# Whatever seems to be meant as an expectation, so that a slip in one is an error and not silence.
_MEANT = re.compile(r"#\s*(?=CEL\s?-?\d)", re.IGNORECASE)
_EXPECTATION = re.compile(
    r"(?P<code>CEL\d{3}): (?P<column>\d+)(?: (?P<part>[^\s|](?:[^|]*[^\s|])?))?"
)
_OPTIONS_MEANT = re.compile(r"#\s*options?\s*:", re.IGNORECASE)
_OPTIONS = re.compile(r"# options: (?P<options>\S(?:.*\S)?)")
_OPTION = re.compile(r"(?P<name>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?:=(?P<value>\S*[^\s,]))?")
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.ENCODING,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


class Expectation(NamedTuple):
    """A finding that a line of a fixture must have.

    ``line`` is 1-based; ``column`` is 0-based, in code points; ``part`` is what the message must
    contain, and is empty where any message will do.
    """

    line: int
    column: int
    code: str
    part: str


def read_expectations(text: str) -> set[Expectation]:
    """Give the findings that the comments of a fixture's ``text`` ask for.

    Raises ``ValueError`` if ``text`` cannot be split into tokens, if a comment begins like an
    expectation but is none, stands on a line without code, or names a column at which no code
    starts, and if a line asks for the same finding twice.
    """
    lines = list(io.StringIO(text))
    found: set[Expectation] = set()
    for token in _tokens(text):
        if token.type != tokenize.COMMENT:
            continue
        meant = _MEANT.search(token.string)
        if meant is None:
            continue
        line, end = token.start
        code = lines[line - 1][:end]
        if not code.strip():
            raise ValueError(f"line {line}: an expectation must follow the code it is about")
        for expectation in _parsed(line, token.string[meant.end() :]):
            if not code[expectation.column : expectation.column + 1].strip():
                raise ValueError(
                    f"line {line}: no code starts at column {expectation.column}"
                    f" of {code.rstrip()!r}"
                )
            if expectation in found:
                raise ValueError(
                    f"line {line}: {expectation.code} is expected twice"
                    f" at column {expectation.column}"
                )
            found.add(expectation)
    return found


def read_options(text: str) -> dict[str, str]:
    """Give the options that the first lines of a fixture's ``text`` set, by name.

    Several are separated by spaces or stand on several lines; a value has no spaces, and that of
    a switch is empty. Raises ``ValueError`` if ``text`` cannot be split into tokens, if an options
    comment is malformed or stands after code, and if an option is set twice.
    """
    options: dict[str, str] = {}
    below_code = False
    for token in _tokens(text):
        if token.type not in _NO_CODE:
            below_code = True
        if token.type != tokenize.COMMENT or _OPTIONS_MEANT.match(token.string) is None:
            continue
        line = token.start[0]
        if below_code:
            raise ValueError(f"line {line}: options must stand above all code")
        comment = _OPTIONS.fullmatch(token.string)
        if comment is None:
            raise ValueError(f"line {line}: {token.string!r} is not '# options: name=value'")
        for word in comment["options"].split():
            option = _OPTION.fullmatch(word)
            if option is None:
                raise ValueError(f"line {line}: {word!r} is neither name=value nor a name")
            if option["name"] in options:
                raise ValueError(f"line {line}: the option {option['name']} is set twice")
            options[option["name"]] = option["value"] or ""
    return options


def _parsed(line: int, comment: str) -> Iterator[Expectation]:
    """Yield the expectations of one comment, given without its ``#``."""
    for piece in comment.rstrip().split(" | "):
        match = _EXPECTATION.fullmatch(piece)
        if match is None:
            raise ValueError(
                f"line {line}: {piece!r} is not an expectation of the form 'CEL101: 14 words'"
            )
        yield Expectation(line, int(match["column"]), match["code"], match["part"] or "")


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """Yield the tokens of ``text``; raise ``ValueError`` where that is impossible."""
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(f"the fixture cannot be split into tokens: {error}") from error
