"""Write all that is made from the code: rule pages, rules.json, the marked blocks of README.md.

    python docs/generate.py            write what is not up to date
    python docs/generate.py --check    write nothing; name what is not up to date, and exit with 1

It is made from the rules' docstrings, from `settings.OPTIONS` and from a real run of flake8.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.settings import OPTIONS, Option

HERE = Path(__file__).resolve().parent
RULES_JSON = "flake8_celery_patterns/rules.json"
SAMPLE_PROJECT = "fixtures/projects/django_shop"
SAMPLE_FILES = ("returns/followups.py", "returns/signals.py", "returns/tasks.py")

# A rule class. Only its texts are read, never what kind of fact it looks at.
Rule = Any


def title(rule: Rule) -> str:
    """The first line of a rule's docstring: the defect in one sentence."""
    return inspect.cleandoc(rule.__doc__).partition("\n")[0]


def rule_page(rule: Rule) -> str:
    """The Markdown page of one rule: a heading, its metadata, then its docstring."""
    fix = f"{rule.fix} fix" if rule.fix else "no fix"
    view = "Reads other files of the project. " if rule.project_wide else ""
    return (
        f"# {rule.code} {rule.name}\n\n"
        f"Tier: {rule.tier}. {fix.capitalize()}. {view}Since {rule.since}.\n\n"
        f"{inspect.cleandoc(rule.__doc__)}\n"
    )


def rules_index(rules: Iterable[Rule]) -> str:
    """The page that lists all rules, with the table of contents for Sphinx."""
    rules = tuple(rules)
    return (
        "# Rules\n\n"
        "- **bug**: fails or loses work at run time.\n"
        "- **risk**: works until load, a crash or a deployment.\n"
        "- **opinion**: off unless you name it with a selector longer than `CEL`.\n\n"
        f"{rules_table(rules, folder='')}\n\n"
        "```{toctree}\n:hidden:\n\n" + "".join(f"{rule.code}\n" for rule in rules) + "```\n"
    )


def rules_table(rules: Iterable[Rule], folder: str) -> str:
    """A Markdown table of the rules; `folder` leads to their pages and ends in a slash, if any."""
    rows = (
        f"| [{rule.code}]({folder}{rule.code}.md) | {rule.name} | {rule.tier} | {title(rule)} |"
        for rule in rules
    )
    return "\n".join(("| Code | Name | Tier | What it finds |", "| --- | --- | --- | --- |", *rows))


FAMILIES = {
    "1": "arguments",
    "2": "definitions",
    "3": "retries",
    "4": "limits",
    "5": "canvas",
    "6": "schedules",
    "7": "configuration",
    "8": "transactions",
    "9": "opinions",
}


def rules_json(rules: Iterable[Rule]) -> str:
    """The rules for other tools: a list of objects, ordered by code."""
    listed = [
        {
            "code": rule.code,
            "name": rule.name,
            "family": FAMILIES[rule.code[3]],
            "tier": rule.tier,
            "fix": rule.fix,
            "since": rule.since,
            "project_wide": rule.project_wide,
            "summary": title(rule),
            "page": f"docs/rules/{rule.code}.md",
        }
        for rule in rules
    ]
    return json.dumps(listed, indent=2) + "\n"


def options_table(options: Iterable[Option]) -> str:
    """A Markdown table of what a user can set, under both of its names."""
    head = (
        "| flake8 option | Key in `[tool.celery-patterns]` | Value | Meaning |",
        "| --- | --- | --- | --- |",
    )
    rows = (
        f"| `--celery-{option.name}` | `{option.name}` | {option.kind.value} | {option.help} |"
        for option in options
    )
    return "\n".join((*head, *rows))


def sample(root: Path) -> str:
    """What flake8 really prints for a part of a project below `root`, under the command for it.

    Raises RuntimeError when flake8 finds nothing there or fails: both mean a broken plugin.
    """
    command = ["flake8", "--select=CEL", *SAMPLE_FILES]
    # A user's own configuration and cache must not change what is written.
    quiet = ["--isolated", "--celery-no-cache"]
    run = subprocess.run(
        [sys.executable, "-m", *command, *quiet],
        cwd=root / SAMPLE_PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 1 or run.stderr or not run.stdout:
        raise RuntimeError(f"flake8 gave {run.returncode}: {run.stderr or run.stdout or 'nothing'}")
    return f"```console\n$ {' '.join(command)}\n{run.stdout}```"


def with_block(text: str, name: str, content: str) -> str:
    """Give `text` with `content` between its `<!-- name:begin -->` and `<!-- name:end -->` lines.

    Raises ValueError unless both marks stand there once, in this order.
    """
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
    if (text.count(begin), text.count(end)) != (1, 1) or text.index(begin) > text.index(end):
        raise ValueError(f"there must be one {name}:begin and one {name}:end, in this order")
    before, rest = text.split(begin)
    return f"{before}{begin}\n{content}\n\n{end}{rest.split(end)[1]}"


def wanted(root: Path) -> dict[Path, str | None]:
    """Every generated file below `root` with its right text; None for one that should be gone."""
    rules = all_rules()
    pages = root / "docs" / "rules"
    files: dict[Path, str | None] = {
        path: None for path in pages.glob("*.md") if re.fullmatch(r"CEL\d{3}", path.stem)
    }
    files.update({pages / f"{rule.code}.md": rule_page(rule) for rule in rules})
    files[pages / "index.md"] = rules_index(rules)
    files[root / RULES_JSON] = rules_json(rules)
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    text = with_block(text, "rules", rules_table(rules, folder="docs/rules/"))
    text = with_block(text, "options", options_table(OPTIONS))
    files[readme] = with_block(text, "sample", sample(root))
    return files


def is_right(path: Path, text: str | None) -> bool:
    """Whether the file holds `text` to the byte, or is rightly absent."""
    return (path.read_text(encoding="utf-8") if path.is_file() else None) == text


def put(path: Path, text: str | None) -> None:
    """Write or remove one generated file."""
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def main(arguments: list[str] | None = None, root: Path = HERE.parent) -> int:
    """Write what is stale below `root`, or with --check only name it; gives the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit with 1 if stale")
    check: bool = parser.parse_args(arguments).check
    stale = {path: text for path, text in wanted(root).items() if not is_right(path, text)}
    for path, text in stale.items():
        if not check:
            put(path, text)
        print(f"{'stale' if check else 'written'}: {path.relative_to(root)}")
    if stale and check:
        print("run `make generate`")
    return int(bool(stale) and check)


if __name__ == "__main__":
    sys.exit(main())
