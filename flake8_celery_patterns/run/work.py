"""A run over many files, in several processes where that is worth it."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from flake8_celery_patterns.engine import unreadable
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.run.kept import kept_of
from flake8_celery_patterns.run.lint import Waiting, lint_target, look, project_of
from flake8_celery_patterns.run.result import FileResult, Target
from flake8_celery_patterns.settings import Values
from flake8_celery_patterns.source.parse import Unreadable

# A second process takes some 0.2 s to start and to import libcst: what 40 kB of code take to lint.
_WORTH_A_PROCESS = 40_000  # bytes

# So many more objects than before make the garbage collector look at them.
_NEW_OBJECTS = 5000

_Linted = tuple[Target, "FileResult | None"]


def lint_targets(
    targets: Iterable[Target],
    given: Values,
    jobs: int = 1,
    advance: Callable[[], None] = lambda: None,
) -> tuple[FileResult, ...]:
    """Lint files; give the results of those that concern Celery, in the order of `targets`.

    `jobs`: how many processes at most. `advance` is called for each file that is done.
    Raises `SettingsError`. A file whose linting ends its process gets a CEL001.
    """
    order: dict[Target, FileResult | None] = {}
    waiting: list[Waiting] = []
    for target in targets:
        found = look(target, given)
        order[target] = None
        if isinstance(found, Waiting):
            waiting.append(found)
        else:
            order[target] = found
            advance()
    for target, result in _lint_all(_in_order(waiting), given, jobs):
        order[target] = result
        advance()
    for kept in {kept_of(project_of(target, given)) for target in order}:
        kept.save()
    return tuple(result for result in order.values() if result is not None)


def _in_order(waiting: Sequence[Waiting]) -> list[Waiting]:
    """Project by project, so that one at a time is in memory; the largest of all first.

    Of files too, so that no process is left alone with a large one at the end.
    """
    sizes: Counter[Path] = Counter()
    for file in waiting:
        sizes[find_root(file.target.path)] += file.size

    def place(file: Waiting) -> tuple[int, Path, int]:
        root = find_root(file.target.path)
        return -sizes[root], root, -file.size

    return sorted(waiting, key=place)


@cache
def _get_ready() -> None:
    """Import what linting takes, before any process is forked, and slow the garbage collector down.

    Once a process: what is frozen again and again, by `--watch`, would never be freed. Trees are
    many objects that are freed without it: at its usual pace it took a tenth of a run.
    """
    import flake8_celery_patterns.check  # noqa: F401
    from flake8_celery_patterns.rules.registry import all_rules

    all_rules()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])


def _lint_all(waiting: Sequence[Waiting], given: Values, jobs: int) -> Iterator[_Linted]:
    jobs = min(jobs, len(waiting), 1 + sum(f.size for f in waiting) // _WORTH_A_PROCESS)
    left = [file.target for file in waiting]
    if left:
        _get_ready()
    while left and jobs > 1 and _may_start_processes():
        done = set()
        for linted in _in_processes(left, given, jobs):
            done.add(linted[0])
            yield linted
        left = [target for target in left if target not in done]
        # Processes take the files in their order, one more waits: one of these ended its process.
        for target in left[: jobs + 1]:
            yield target, _alone(target, given)
        left = left[jobs + 1 :]
    for target in left:
        yield target, lint_target(target, given)


def _in_processes(targets: Sequence[Target], given: Values, jobs: int) -> Iterator[_Linted]:
    """Lint files in `jobs` processes; those that are left when one of these dies are not given."""
    # Elsewhere a fork is not safe, or not there; since Python 3.14 it must be asked for.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    with ProcessPoolExecutor(jobs, context, initializer=_end_on_interrupt) as pool:
        futures: dict[Future[FileResult | None], Target] = {}
        try:
            with _interrupts_wait(), suppress(BrokenProcessPool):
                for target in targets:
                    futures[pool.submit(lint_target, target, given)] = target
            for future in as_completed(futures):
                if not isinstance(future.exception(), BrokenProcessPool):
                    yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _may_start_processes() -> bool:
    # Their queues need shared memory, which some sandboxes lack (AWS Lambda, Termux).
    try:
        multiprocessing.Lock()
    except (ImportError, NotImplementedError, OSError):
        return False
    return True


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """While processes start: half-way through a fork, Python forgets that it was interrupted."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_on_interrupt() -> None:
    # Ctrl-C reaches all processes: only the first one has anything to say about it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _alone(target: Target, given: Values) -> FileResult | None:
    for _, result in _in_processes([target], given, 1):
        return result
    reason = "ended the process that linted it: exclude it, and report it"
    return FileResult(target, (unreadable(Unreadable(reason)),))
