"""The bytes of fixtures, changed as editors, tools and accidents change files."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from tests.rules.fixture_files import fixtures
from tests.source.python_files import sample
from tests.trust.values import Values

_CHOICES = 64
_COOKIES = (
    "utf-8 latin-1 utf-16 utf-8-sig ascii cp1252 utf-7 rot13 punycode undefined idna zlib"
    " raw_unicode_escape no-such-encoding"
).split()
_ODD = (
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x0c",
    b"\r",
    b"\n\r",
    b"\x1a",
    b"\xe2\x80\xa8",  # a line separator, which ends no line
    b"\xc2\x85",
    b"\xed\xa0\x80",  # a lone surrogate
    b"\\",
    b"\\\n",
    b'"""',
    b"'",
    b"(" * 60,
    b")",
    b"\t",
    b" " * 99,
    b"\xf0\x9f\x98\x80",
    b"if x:\n" * 30,
    b"# noqa: CEL101\n",
    b"lambda: " * 99,
    b"f'{" * 9,
)


def mutated() -> st.SearchStrategy[bytes]:
    """Fixtures with up to four changes."""
    return st.binary(min_size=_CHOICES, max_size=_CHOICES).map(lambda c: _Mutation(c).content())


@cache
def _contents() -> list[bytes]:
    files = [file for fixture in fixtures() for file in fixture.files]
    return [file.read_bytes() for file in sample(files, 256)]


class _Mutation(Values):
    def content(self) -> bytes:
        content = self.pick(_contents())
        changes = (self._cut, self._odd, self._line_ends, self._recoded, self._moved, self._flipped)
        for _ in range(1 + self.number(3)):
            content = self.pick(changes)(content)
        return content

    def _place(self, content: bytes) -> int:
        return (self.number(255) * 256 + self.number(255)) % (len(content) + 1)

    def _cut(self, content: bytes) -> bytes:
        return content[: self._place(content)]

    def _odd(self, content: bytes) -> bytes:
        at = self._place(content)
        return content[:at] + self.pick(_ODD) + content[at:]

    def _line_ends(self, content: bytes) -> bytes:
        lines = content.split(b"\n")
        ends = [self.pick((b"\n", b"\r\n", b"\r")) for _ in range(self.number(3) + 1)]
        return b"".join(line + ends[i % len(ends)] for i, line in enumerate(lines))

    def _recoded(self, content: bytes) -> bytes:
        name = self.pick(_COOKIES)
        text = f"# -*- coding: {name} -*-\n{content.decode('utf-8', 'replace')}# \u00e9\n"
        try:
            coded = text.encode(name) if not self.chance(3) else text.encode()
        except (LookupError, UnicodeError):
            return text.encode("utf-8", "replace")
        return coded

    def _moved(self, content: bytes) -> bytes:
        start, end = sorted((self._place(content), self._place(content)))
        at = self._place(content[:start])
        return content[:at] + content[start:end] + content[at:start] + content[end:]

    def _flipped(self, content: bytes) -> bytes:
        at = self._place(content)
        return content[:at] + bytes([self.number(255)]) + content[at + 1 :]
