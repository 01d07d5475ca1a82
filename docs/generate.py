"""Write what is made from the code: rule pages, rules.json, the settings' schema, README's blocks.

    python docs/generate.py            write what is not up to date
    python docs/generate.py --check    write nothing; name what is not up to date, and exit with 1

It is made from the rules' docstrings, from `options.OPTIONS` and from a real run of flake8.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from docs.generated import update
from docs.settings_schema import schema
from flake8_celery_patterns.options import OPTIONS, Option
from flake8_celery_patterns.rules.pages import AnyRule, entry, page, summary
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.tool.codes import CODES

HERE = Path(__file__).resolve().parent
RULES_JSON = "flake8_celery_patterns/rules.json"
SCHEMA = "flake8_celery_patterns/celery-patterns.schema.json"
SAMPLE_PROJECT = "fixtures/projects/django_shop"
SAMPLE_FILES = ("returns/followups.py", "returns/signals.py", "returns/tasks.py")


def rules_index(rules: Iterable[AnyRule]) -> str:
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


def rules_table(rules: Iterable[AnyRule], folder: str) -> str:
    """A Markdown table of the rules; `folder` leads to their pages and ends in a slash, if any."""
    rows = (
        f"| [{rule.code}]({folder}{rule.code}.md) | {rule.name} | {rule.tier} | {summary(rule)} |"
        for rule in rules
    )
    return "\n".join(("| Code | Name | Tier | What it finds |", "| --- | --- | --- | --- |", *rows))


def rules_json(rules: Iterable[AnyRule]) -> str:
    """The rules for other tools: a list of objects, ordered by code."""
    return json.dumps([entry(rule) for rule in rules], indent=2) + "\n"


def options_table(options: Iterable[Option]) -> str:
    """A Markdown table of what a user can set, at each of the three places."""
    head = (
        "| Key in `[tool.celery-patterns]` | `celery-patterns` | flake8 | Value | Meaning |",
        "| --- | --- | --- | --- | --- |",
    )
    rows = (
        f"| `{option.name}` | `--{option.name}` | {flake8_option(option)} "
        f"| {option.kind.value} | {option.help} |"
        for option in options
    )
    return "\n".join((*head, *rows))


def flake8_option(option: Option) -> str:
    """The option of flake8 that stands for `option`, as Markdown; a dash where there is none."""
    if option.is_cli_only:
        return "-"
    return f"`--{option.name}`" if option.is_flake8s else f"`--celery-{option.name}`"


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
    files.update({pages / f"{rule.code}.md": page(rule) for rule in (*CODES, *rules)})
    files[pages / "index.md"] = rules_index((*CODES, *rules))
    files[root / RULES_JSON] = rules_json(rules)
    files[root / SCHEMA] = schema(rule.code for rule in rules)
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    text = with_block(text, "rules", rules_table(rules, folder="docs/rules/"))
    text = with_block(text, "options", options_table(OPTIONS))
    files[readme] = with_block(text, "sample", sample(root))
    return files


def main(arguments: list[str] | None = None, root: Path = HERE.parent) -> int:
    """Write what is stale below `root`, or with --check only name it; gives the exit status."""
    return update(
        arguments, __doc__, lambda check: wanted(root), root=root, command="make generate"
    )


if __name__ == "__main__":
    sys.exit(main())
