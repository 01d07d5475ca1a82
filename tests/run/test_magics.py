"""IPython's commands in cells: what is one, what only looks like one, and what takes its place."""

from __future__ import annotations

import ast

import pytest

from flake8_celery_patterns.run.magics import commands, is_python


def as_python(source: str) -> str:
    parts = []
    done = 0
    for start, end, instead in commands(source):
        parts += [source[done:start], instead]
        done = end
    return "".join((*parts, source[done:]))


@pytest.mark.parametrize(
    "source",
    [
        "",
        "\n\n",
        "x = 5\n",
        "x = 5 % y",
        "x != y",
        "x = (1\n% 3)\n",
        "rows = [\n    1,\n    ] \\\n% 3\n",
        "x = 1 + \\\n2",
        's = """\n%time\n!ls\n"""\n',
        "s = '''it\\'''s\n!ls\n'''\n",
        's = "a \\\n!b"\n',
        "# !ls\n",
        "x = 1  # why?\n",
        "print('what?')\n",
        "f(a='!b')\n",
        'd["a = !b"] = 1\n',
        "f'{x!r}'\n",
        "if x == 5: pass\n",
        "@task\ndef f():\n    return x\n",
    ],
)
def test_python_is_left_alone(source: str) -> None:
    assert commands(source) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%time f()", "pass"),
        ("% time f()\n", "pass\n"),
        ("!ls 'a\nx = 1\n", "pass\nx = 1\n"),
        ("!!ls\r\n?f\r\nf??\r\n", "pass\r\npass\r\npass\r\n"),
        ("/f 1\n,f 1\n;f 1\n", "pass\npass\npass\n"),
        ("f.g[0]?\n%time?\n*a.b*??  \n", "pass\npass\npass\n"),
        ("a = !ls 'b\n", "a = get_ipython()\n"),
        ("a, d['!'].b = %time f(\n", "a, d['!'].b = get_ipython()\n"),
        ("if a:\n    !ls\n    b = !ls\n", "if a:\n    pass\n    b = get_ipython()\n"),
        ("!ls \\\n   (\nx = 1\n", "pass\nx = 1\n"),
        ("a = !ls \\\n   (\nx = 1\n", "a = get_ipython()\nx = 1\n"),
        ("x = (1,\n     2)\n!ls\n", "x = (1,\n     2)\npass\n"),
        ('s = """\n"""\n!ls\n', 's = """\n"""\npass\n'),
        ("x = 1 \\\n\n!ls\n", "x = 1 \\\n\npass\n"),
        ("x)\n!ls\n", "x)\npass\n"),
    ],
)
def test_commands_become_python_that_says_nothing(source: str, expected: str) -> None:
    assert as_python(source) == expected
    if ")\n!" not in source:
        ast.parse(expected)


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "\n\nx = 1",
        "  \n\nx = 1",
        "%time x = 1",
        "%%time\nx = 1",
        "\n%%capture out\nx = 1",
        "%%timeit x = 1\nx",
        "%%ipytest\ndef test(): ...",
    ],
)
def test_cells_of_python(source: str) -> None:
    assert is_python(source)


@pytest.mark.parametrize(
    "source",
    [
        "%%bash\nls",
        "\n%%html\n<b>",
        "%%writefile tasks.py\nx = 1",
        "%%sql",
        # At other columns than those that Python sees.
        "  x = 1\n  y = 2",
        "\n \n\tx = 1",
        ">>> x = 1",
        "In [1]: x = 1",
    ],
)
def test_cells_that_are_left_out(source: str) -> None:
    assert not is_python(source)
