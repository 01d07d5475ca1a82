"""`check --against REV`: the findings that need the files as they were."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.history.git import GitError, Repository
from flake8_celery_patterns.project.projects import project_for
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.run.documents import document
from flake8_celery_patterns.run.result import FileResult, Target
from flake8_celery_patterns.settings import Values, settings_for
from flake8_celery_patterns.suppress.hiding import hide
from flake8_celery_patterns.suppress.noqa import Noqa
from flake8_celery_patterns.suppress.select import selector_for

# Besides Python files: those by which import roots are known (`project.root`).
_MARKERS = frozenset({"pyproject.toml", "setup.cfg"})


class AgainstError(Exception):
    """A revision that cannot be compared with. Its text is one line: which, why, and what to do."""


def against(
    revision: str, targets: Sequence[Target], given: Values, folder: Path
) -> list[FileResult]:
    """Compare the tasks of `targets` with those at a git revision (CEL121 to CEL123).

    `folder`: absolute; the revision is one of the repository that it is in, and files of others
    (submodules too) are left out. `given`: the options of the command line. Gives the files that
    have findings, silenced ones included, in the order of `targets`.
    Raises `AgainstError`; `SettingsError` for a wrong `[tool.celery-patterns]` of a project.
    """
    try:
        repository = Repository.around(folder)
        tree = repository.tree(revision)
        with tempfile.TemporaryDirectory(prefix="celery-patterns-") as temporary:
            old = Path(os.path.realpath(temporary))
            repository.write_files(tree, _is_wanted, old)
            found = _compared(targets, given, repository.top, old)
    except GitError as error:
        raise AgainstError(f"--against: {error}") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise AgainstError(f"--against: the old files cannot be written ({reason})") from None
    results = ((target, found.get(target.path)) for target in targets)
    return [_result(target, findings, given) for target, findings in results if findings]


def _is_wanted(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(".py") or name in _MARKERS


def _compared(
    targets: Sequence[Target], given: Values, top: Path, old: Path
) -> dict[Path, list[Finding]]:
    # Here, since every run imports this module, and few need libcst.
    from flake8_celery_patterns.history.compare import compare
    from flake8_celery_patterns.history.past import PastProject

    by_root: dict[Path, dict[Path, bytes | None]] = defaultdict(dict)
    for target in targets:
        root = find_root(target.path)
        if _repository_of(root) == top:
            by_root[root][target.path] = target.content
    if targets and not by_root:
        raise AgainstError(f"--against: none of the files is in the git repository {top}")
    found: dict[Path, list[Finding]] = {}
    for root, files in by_root.items():
        settings = settings_for(root, given)
        now = project_for(next(iter(files)), settings)
        before = PastProject(_past_root(root, top, old), now)
        found |= compare(before, now, files, partial(_belongs, root))
    return found


def _repository_of(folder: Path) -> Path | None:
    """The top of the work tree that a folder is in, all symlinks resolved."""
    real = Path(os.path.realpath(folder))
    return next((above for above in (real, *real.parents) if (above / ".git").exists()), None)


def _belongs(root: Path, path: Path) -> bool:
    return find_root(path) == root


def _past_root(root: Path, top: Path, old: Path) -> Path:
    return old / Path(os.path.realpath(root)).relative_to(top)


def _result(target: Target, findings: list[Finding], given: Values) -> FileResult:
    """Take out what is not selected, what a comment silences, and what is known already."""
    root = find_root(target.path)
    settings = settings_for(root, given)
    selector = selector_for(settings, root)
    wanted = [f for f in findings if selector.wants(f.code, target.path)]
    return hide(target, wanted, Noqa(document(target.read(), target.path).text), settings)
