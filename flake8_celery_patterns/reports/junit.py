"""JUnit's XML, as Jenkins' xUnit plugin validates it (junit-10.xsd) and GitLab reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TextIO
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from flake8_celery_patterns.engine import UNREADABLE
from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.reports.concise import place
from flake8_celery_patterns.reports.rating import page_of, tier_of
from flake8_celery_patterns.reports.valid import valid_xml
from flake8_celery_patterns.rules.listed import names
from flake8_celery_patterns.run.result import FileResult, Run

_TOOL = "celery-patterns"
# Jenkins and GitLab take a report without tests for a broken one.
_CLEAN = "no findings"


def write(run: Run, out: TextIO) -> None:
    """Write a test suite for each file that concerns Celery, with a failed test for each finding.

    A file without findings, and a run without such files, have one test that passed.
    """
    suites = [_suite(result) for result in run.results] or [_with_totals(_clean(_TOOL))]
    root = Element("testsuites", name=_TOOL)
    root.extend(suites)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    indent(root)
    declaration = '<?xml version="1.0" encoding="utf-8"?>\n'
    out.write(f"{declaration}{tostring(root, encoding='unicode')}\n")


def _suite(result: FileResult) -> Element:
    name = valid_xml(result.target.shown)
    if not result.findings:
        return _with_totals(_clean(name))
    suite = Element("testsuite", name=name, file=name)
    for finding, title in zip(result.findings, _titles(result.findings), strict=True):
        case = SubElement(suite, "testcase", name=title, classname=name, time="0")
        kind = "error" if finding.code == UNREADABLE else "failure"
        failure = SubElement(case, kind, type=tier_of(finding.code))
        failure.set("message", valid_xml(finding.message))
        where = place(result, finding.span.line, finding.span.column)
        page = page_of(finding.code)
        told = f"{where}: {finding.code} {finding.message}"
        failure.text = valid_xml(f"{told}\n{page}" if page else told)
    return _with_totals(suite)


def _titles(findings: Iterable[Finding]) -> list[str]:
    """Names of tests: no two are equal, since GitLab shows one of them, and none has a line, since
    Jenkins follows a test by its name."""
    seen: Counter[str] = Counter()
    titles = []
    for finding in findings:
        seen[finding.code] += 1
        again = f" ({seen[finding.code]})" if seen[finding.code] > 1 else ""
        titles.append(f"{finding.code} {names()[finding.code]}{again}")
    return titles


def _clean(name: str) -> Element:
    suite = Element("testsuite", name=name)
    SubElement(suite, "testcase", name=_CLEAN, classname=name, time="0")
    return suite


def _with_totals(suite: Element) -> Element:
    suite.set("tests", str(len(suite)))
    for key, kind in (("failures", "failure"), ("errors", "error")):
        suite.set(key, str(len(suite.findall(f"*/{kind}"))))
    suite.set("time", "0")
    return suite
