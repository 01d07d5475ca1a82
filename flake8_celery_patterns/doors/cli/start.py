"""Where `celery-patterns` begins: without the extra `cli` it says how to get it."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line.

    Raises SystemExit: with 0 (clean), 1 (findings) or 2 (wrong use, or a fault of ours).
    """
    try:
        import click  # noqa: F401
        import pathspec  # noqa: F401
        import rich  # noqa: F401
    except ImportError as error:
        sys.exit(_missing(error.name or "click"))
    from flake8_celery_patterns.doors.cli.group import celery_patterns

    try:
        celery_patterns(prog_name="celery-patterns")
    except Exception:
        # Python itself would exit with 1, which stands for findings.
        import traceback

        traceback.print_exc()
        print(
            "celery-patterns: a fault of this linter, not of your code: report what stands above",
            file=sys.stderr,
        )
        sys.exit(2)


def _missing(module: str) -> int:
    print(
        f"celery-patterns: the command line needs {module}, which is not installed: "
        'pip install "flake8-celery-patterns[cli]"',
        file=sys.stderr,
    )
    return 2
