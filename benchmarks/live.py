"""How long the engine takes for a changed file in a process that lives on, as under an editor.

    python -I benchmarks/live.py FILE CALLS

Run by the environment that is measured. Each call lints the text of FILE with another change in
it. Prints a JSON list: for each call once warm, seconds of wall time and of CPU.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from flake8_celery_patterns import engine
from flake8_celery_patterns.project.projects import project_for
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.settings import settings_for

_WARM_UP = 3


def main() -> None:
    """Lint again and again, and print what each call took."""
    path, calls = Path(sys.argv[1]), int(sys.argv[2])
    text = path.read_text(encoding="utf-8")
    project = project_for(path, settings_for(find_root(path)))
    took: list[tuple[float, float]] = []
    for number in range(_WARM_UP + calls):
        changed = text.replace("max_retries=5", f"max_retries={number + 6}", 1)
        began, cpu = time.perf_counter(), time.process_time()
        findings = engine.lint(changed, path, project)
        # The CPU time of all threads: a parse has its own.
        took.append((time.perf_counter() - began, time.process_time() - cpu))
        if any(finding.code == engine.UNREADABLE for finding in findings):
            sys.exit(f"{path} cannot be linted: {findings[0].message}")
    print(json.dumps(took[_WARM_UP:]))


if __name__ == "__main__":
    main()
