"""What a measurement depends on besides the code: day, machine, versions."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.peers import HERE, OURS, pinned, version_of
from flake8_celery_patterns import __version__

_CPUS = Path("/proc/cpuinfo")


def setting(python: Path) -> dict[str, str]:
    """Words for all of it, by what they are; `load` is that of the machine at this moment."""
    cores = os.cpu_count() or 1
    ram = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    versions = {OURS: f"{__version__} ({_commit()})", **pinned()}
    return {
        "on": datetime.now(timezone.utc).date().isoformat(),
        "with": version_of(python),
        "machine": f"{_processor()}, {cores} core{'s' if cores > 1 else ''}, {ram:.0f} GiB, "
        f"{platform.system()} {platform.release()}",
        "load at the start": f"{os.getloadavg()[0]:.1f}",
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
    }


def _processor() -> str:
    try:
        lines = _CPUS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


def _commit() -> str:
    """Which state of this repository; a `+` says that it has changed since."""
    asked = ["git", "-C", str(HERE), "describe", "--always", "--dirty=+", "--exclude=*"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    return said.stdout.strip() or "no commit"
