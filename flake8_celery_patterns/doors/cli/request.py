"""What the user asked of `check`."""

from __future__ import annotations

import os
from dataclasses import dataclass

from flake8_celery_patterns.settings import Values


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `check`, by their names; `given`: those that are settings."""

    paths: tuple[str, ...]
    given: Values
    fix: bool
    unsafe_fixes: bool
    fix_only: bool
    diff: bool
    show_fixes: bool
    output_format: str | None
    output_file: str | None
    statistics: bool
    quiet: bool
    exit_zero: bool
    exit_non_zero_on_fix: bool
    stdin_filename: str | None
    force_exclude: bool
    against: str | None
    write_baseline: bool
    prune_baseline: bool
    add_noqa: bool
    watch: bool
    jobs: int | None

    @property
    def mends(self) -> bool:
        """Whether fixes are worked out."""
        return self.fix or self.fix_only or self.diff

    @property
    def contradiction(self) -> str | None:
        """What cannot be asked together, as a sentence."""
        changing = {
            "--diff" if self.diff else "--fix": self.mends,
            "--add-noqa": self.add_noqa,
            "--write-baseline": self.write_baseline,
            "--prune-baseline": self.prune_baseline,
        }
        asked = [name for name, is_asked in changing.items() if is_asked]
        if len(asked) > 1:
            return f"{' and '.join(asked)} cannot be used together: run one after the other"
        if "-" in self.paths and (self.add_noqa or self.watch):
            option = "--add-noqa" if self.add_noqa else "--watch"
            return f"{option} needs files: standard input cannot be written or watched"
        if self.watch and self.against:
            return "--watch and --against cannot be used together"
        if self.exit_zero and self.exit_non_zero_on_fix:
            return "--exit-zero and --exit-non-zero-on-fix cannot be used together"
        if self.output_file and not os.path.isdir(os.path.dirname(self.output_file) or "."):
            # Said before anything is mended.
            return f"--output-file: {self.output_file!r}: there is no such folder"
        return None
