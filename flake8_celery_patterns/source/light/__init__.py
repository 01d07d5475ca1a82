"""A light tree: libcst's nodes without white space, from the standard library's tree.

libcst takes 40 to 60 µs a line, most of it for white space and punctuation, which only positions
and fixes look at; the standard library's parser takes 5 to 14, and flake8 has its tree already.
Most files that concern Celery have no finding: a light tree is enough to see that. Its facts are
those of libcst's own, held by a property test. What it lacks (`lpar`, `comma`, `whitespace_…`)
raises AttributeError, and the file is then read with libcst.
"""
