"""The hook, run by the real pre-commit, which installs this package for itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PUBLISHED = (
    "flake8_celery_patterns",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    ".pre-commit-hooks.yaml",
)

HOOKS = ("flake8-celery-patterns", "celery-patterns", "celery-patterns-fix")
SENDER = """\
from shop.models import Order
from shop.tasks import charge


def pay(pk: int) -> None:
    charge.delay(Order.objects.get(pk=pk))
"""
FILES = {
    "manage.py": "",
    "shop/__init__.py": "",
    "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    pass\n",
    "shop/tasks.py": (
        "from celery import shared_task\n\n\n"
        "@shared_task(time_limit=60)\ndef charge(order):\n    return order\n"
    ),
    "shop/views.py": SENDER,
}


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"]
    run = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def commit_all(folder: Path) -> str:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """This package as a repository that pre-commit can clone."""
    folder = tmp_path / "plugin"
    folder.mkdir()
    for name in PUBLISHED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


@pytest.fixture
def shop(tmp_path: Path, plugin: Path) -> Path:
    """A project that uses the hook and has one defect."""
    folder = tmp_path / "shop"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {plugin}\n    rev: {commit_all(plugin)}\n"
        "    hooks:\n" + "".join(f"      - id: {hook}\n" for hook in HOOKS),
        encoding="utf-8",
    )
    commit_all(folder)
    return folder


def run_hook(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    home = {"PRE_COMMIT_HOME": str(folder.parent / "home")}
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--color=never", *arguments],
        cwd=folder,
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.slow
@pytest.mark.parametrize("hook", HOOKS[:2])
def test_the_hook_reports_in_one_file_what_it_learns_from_others(shop: Path, hook: str) -> None:
    all_files = run_hook(shop, hook, "--all-files")
    assert all_files.returncode == 1, all_files.stdout + all_files.stderr
    (reported,) = [line for line in all_files.stdout.splitlines() if ": CEL" in line]
    assert reported.startswith("shop/views.py:6:18: CEL101 ")

    alone = run_hook(shop, hook, "--files", "shop/views.py")
    assert alone.returncode == 1
    assert reported in alone.stdout.splitlines()

    mended = SENDER.replace("Order.objects.get(pk=pk)", "pk")
    (shop / "shop/views.py").write_text(mended, encoding="utf-8")
    clean = run_hook(shop, hook, "--all-files")
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert "Passed" in clean.stdout


@pytest.mark.slow
def test_the_fixing_hook_mends_what_is_safe_and_fails_until_it_is_committed(shop: Path) -> None:
    views = shop / "shop/views.py"
    views.write_text("from shop.tasks import charge\n\n\ncharge.apply_async((7), countdown=5)\n")
    mended = run_hook(shop, "celery-patterns-fix", "--all-files")
    assert mended.returncode == 1, mended.stdout + mended.stderr
    assert "files were modified by this hook" in mended.stdout
    assert "charge.apply_async((7,), countdown=5)" in views.read_text()
