"""A light tree says what libcst's own says, in every form; test_focus.py does whole files."""

from __future__ import annotations

import ast
import sys

import libcst as cst
import pytest

from flake8_celery_patterns.source.depth import MAX_CHAIN
from flake8_celery_patterns.source.light.module import light as light_tree
from flake8_celery_patterns.source.light.nodes import Unsupported
from flake8_celery_patterns.source.lines import split_lines
from flake8_celery_patterns.source.parse import glimpsed, readable
from tests.source.worlds import focused, light, unlike

TEXTS = [
    "",
    "'doc'\n",
    "a; b\nc;\nd = 1; e = 2; pass\n",
    "if a: b; c\nelif d:\n    e\nelif f: g\nelse:\n    if h: i\n",
    "if a:\n    b\nelse:\n    if c:\n        d\n    else:\n        e\n",
    "if a: \\\n    b\nwhile c:\n    break\nelse: continue_ = 1\n",
    "for a, *b in c, *d:\n    continue\nelse:\n    pass\n",
    "with a as b, c(), (d) as (e, f):\n    pass\nwith (a as b, c): pass\n",
    "try: a\nexcept: b\n",
    "try:\n    a\nexcept (b, c) as d:\n    e\nexcept f:\n    g\nelse:\n    h\nfinally:\n    i\n",
    "import a.b.c as d, e\nfrom . import (f as g, h,)\nfrom ..i.j import *\nfrom .... import k\n",
    "@a.b\n@c(d)\nclass E(F, *G, metaclass=H, **I):\n    j: K = 1\n    l: M\n",
    "class A: pass\nclass B(): b = 1; c = 2\n",
    "def a(b, /, c, d=1, *e, f, g=2, **h): return b\n",
    "def a(b: int = 1, *, c: str, d: 'x' = 2) -> None: yield\n",
    "async def e(*f: int, **g):\n    await f\n    return [n async for n in o if p]\n",
    "async def a():\n    async with h as i: j\n    async for k in l: m\n    else: n\n",
    "def a():\n    global b, c\n    def d():\n        nonlocal b\n    x = yield from f\n",
    "del a\ndel b, c[1]\ndel (d, e)\nassert f\nassert g, h\nraise\nraise i\nraise j from k\n",
    "a = b = c\na, *b = c\n(d) = e\nf.g = h[i] = j\n",
    "a += 1\na -= 1\na *= 1\na /= 1\na //= 1\na %= 1\na **= 1\na @= 1\n",
    "a &= 1\na |= 1\na ^= 1\na <<= 1\na >>= 1\n",
    "a + b - c * d / e // f % g ** h @ i & j | k ^ l << m >> n\n",
    "not a and -b or +c and ~d or e and f and g or (h or i)\n",
    "a < b <= c == d != e > f >= g in h not in i is j is not k\n",
    "a(b, *c, d=e, **f)\na(d=e, *c, **f)\na(*b, *c)\na(b for b in c)\na()\n",
    "a[b], a[b, c], a[b,], a[(b,)], a[(b, c)], a[(b), (c)], a[()], a[(b), c,]\n",
    "a[1:2], a[:], a[::3], a[b:c, d], a[...], a[:, 1], a[(b)]\n",
    "(), (a,), (a, b), [a, *b], {a, b}, {a: b, **c}, {}, [], {*a}\n",
    "[a for a, b in c if d if e for f in g], {a for a in b}, {a: b for a in c}, (a for a in b)\n",
    "lambda: a\nlambda b, *c, d=1, **e: b\nlambda *, f: (yield)\n",
    "a if b else c if d else e\n(f := g)\nh[i := 1]\n",
    "1, 1_000, 0xFF, 1.5, 1e10, 2j, True, None, ..., -1, - -1\n",
    "99999999999999999999999999999999999\n",
    "'a', \"b\", r'\\c', b'd', '''e\nf''', u'g', '\\n', 'h\\\ni', '\"', '\\''\n",
    "'a' 'b', b'a' b'b', ('c'\n    # why\n 'd'), 'e' \\\n 'f', '' ''\n",
    "f'a{b}c{d!r:>{e}}{{f}}', f'', f'{a=}', rf'{a}\\d', f'''{a\n}'''\n",
    "f'{a}' 'b', 'b' f'{a}', f'{a}' f'{b}', f'{a[\"b\"]}'\n",
    "é = 'ü' + ß.ä('ö', 1) + f'{é}' ; x = 1\n",
    "a = '\\ud800'; b = '😀' 'c'; d = 0.5\n",
    "\ufeffa = 1\r\nb = '''x\r\ny'''\r\n",
    "a = 1\rif b:\r    c\r",
    "\fa = 1\n\f\nif b:\n\f    c\n",
    "match a:\n    case 1 | 'b' | -2 | None | x.y: pass\n    case [c, *d, _] if e: pass\n",
    "match a:\n    case {'f': g, **h}: pass\n    case I(j, k=l) as m: pass\n    case n, [*_]: b\n",
    "match a:\n    case {}: pass\n    case []: pass\n    case _: pass\n",
]
NEWER = {
    (3, 11): ["try: a\nexcept* b as c: d\nexcept* e: f\n", "a[*b], a[c, *d]\n"],
    (3, 12): [
        "type A[T: int, *B, **C] = list[T]\ntype D = E\n",
        "class A[T](B[T]): pass\ndef f[T: (int, str)](a: T, *b: *C) -> T: pass\n",
        'f\'{f"{a}"}\', f\'{"a" "b"}\', f\'{f"a" "{b}"}\'\n',
    ],
    (3, 13): ["class A[T = int, *B = *C, **D = [int]]: pass\n"],
}
TEXTS += [text for since, texts in NEWER.items() if sys.version_info >= since for text in texts]


@pytest.mark.parametrize("text", TEXTS)
def test_every_form(text: str) -> None:
    found = light(text)
    assert found is not None
    assert list(unlike(focused(text.removeprefix("\ufeff")), found)) == []


def test_the_comparison_sees_a_difference() -> None:
    found = light("a.delay(1)\n")
    assert found is not None
    assert "Call and not Integer" in list(unlike(focused("a.delay(f(1))\n"), found))
    assert "('send', '') and not ('delay', '')" in unlike(focused("a.send(1)\n"), found)


def test_what_is_left_out_is_no_attribute() -> None:
    parsed = glimpsed(readable("a.delay(1)\n"))
    assert parsed is not None
    with pytest.raises(AttributeError):
        _ = parsed.module.code
    with pytest.raises(AttributeError):
        _ = cst.ensure_type(parsed.module.body[0], cst.SimpleStatementLine).leading_lines


def test_a_statement_of_tomorrow_is_unsupported() -> None:
    class Tomorrow(ast.stmt):
        lineno = end_lineno = 1

    tree = ast.Module(body=[Tomorrow()], type_ignores=[])
    with pytest.raises(Unsupported, match="Tomorrow"):
        light_tree(tree, split_lines("a\n"), ())


def test_nesting_beyond_the_stack_has_no_light_tree() -> None:
    assert glimpsed(readable("a = " + "-" * 1_000 + "1\n")) is None


def test_a_long_chain_of_elif_has_one() -> None:
    text = "if a: pass\n" + "elif b: pass\n" * 900
    assert light_tree(ast.parse(text), split_lines(text), ()) is not None


@pytest.mark.parametrize(
    "text",
    [
        "a = " + " or ".join(["b"] * (MAX_CHAIN + 1)) + "\n",
        "a = (" + "'b' " * MAX_CHAIN + ")\n",
        "a = (" + "f'{b}' " * MAX_CHAIN + ")\n",
    ],
)
def test_what_libcst_would_not_survive_has_no_light_tree(text: str) -> None:
    """Of a light tree, statements are parsed without looking for such chains again."""
    assert glimpsed(readable(text)) is None
