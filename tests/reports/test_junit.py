"""JUnit's XML, validated by the schema of Jenkins' xUnit plugin."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
import xmlschema

from flake8_celery_patterns.run.result import Run
from tests.reports.sample import ODD, SCHEMAS, result_of, written


@pytest.fixture(scope="module")
def junit() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(SCHEMAS / "junit-10.xsd")


@pytest.fixture(scope="module")
def root(sample_run: Run) -> Element:
    return ElementTree.fromstring(written("junit", sample_run).encode("utf-8"))


def suite_of(root: Element, name: str) -> Element:
    (found,) = (suite for suite in root if suite.get("name") == name)
    return found


def test_a_clean_run_has_one_test_that_passed(clean_run: Run, junit: xmlschema.XMLSchema10) -> None:
    report = written("junit", clean_run)
    junit.validate(report)
    root = ElementTree.fromstring(report)
    assert [root.get(key) for key in ("tests", "failures", "errors")] == ["1", "0", "0"]
    assert [case.get("name") for case in root.iter("testcase")] == ["no findings"]


def test_a_file_without_findings_passes(root: Element) -> None:
    (case,) = suite_of(root, "shop/clean.py")
    assert (case.get("name"), list(case)) == ("no findings", [])


def test_it_is_valid(sample_run: Run, junit: xmlschema.XMLSchema10) -> None:
    report = written("junit", sample_run)
    junit.validate(report)
    assert report.startswith('<?xml version="1.0" encoding="utf-8"?>\n')
    assert report.endswith("</testsuites>\n")


def test_the_totals_are_right(sample_run: Run, root: Element) -> None:
    for suite in (root, *root):
        assert suite.get("tests") == str(len(list(suite.iter("testcase"))))
        assert suite.get("failures") == str(len(list(suite.iter("failure"))))
        assert suite.get("errors") == str(len(list(suite.iter("error"))))
    failed = int(root.get("failures", "0")) + int(root.get("errors", "0"))
    assert failed == sample_run.found


def test_a_finding_is_a_failed_test(root: Element) -> None:
    case = suite_of(root, "shop/sending.py")[0]
    assert case.get("name") == "CEL103 option-passed-to-delay"
    assert case.get("classname") == "shop/sending.py"
    (failure,) = case
    assert failure.get("type") == "bug"
    assert failure.get("message", "").startswith(".delay() takes no options")
    where, page = (failure.text or "").splitlines()
    assert where.startswith("shop/sending.py:7:52: CEL103 .delay() takes")
    assert page.endswith("/rules/CEL103.html")


def test_a_file_that_cannot_be_read_is_an_error(root: Element) -> None:
    (case,) = suite_of(root, "shop/broken.py")
    assert [part.tag for part in case] == ["error"]


def test_no_two_tests_of_a_file_have_one_name(root: Element) -> None:
    for suite in root:
        names = [case.get("name") for case in suite]
        assert len(set(names)) == len(names)
    assert "CEL103 option-passed-to-delay (4)" in [
        case.get("name") for case in suite_of(root, "shop/sending.py")
    ]


def test_a_file_name_of_any_bytes_is_valid_xml(root: Element) -> None:
    assert len(suite_of(root, ODD.replace("\udcff", r"\xff"))) == 8


def test_what_xml_cannot_hold_is_escaped(sample_run: Run, junit: xmlschema.XMLSchema10) -> None:
    result = result_of(sample_run, "shop/sending.py")
    message = "a\x00b\x1b[31m]]>\ufffe\ud800 & <c> \U0001f430"
    changed = replace(result, findings=(replace(result.findings[0], message=message),))
    report = written("junit", replace(sample_run, results=(changed,)))
    junit.validate(report)
    (failure,) = ElementTree.fromstring(report.encode("utf-8")).iter("failure")
    assert failure.get("message") == r"a\x00b\x1b[31m]]>\ufffe\ud800 & <c> " + "\U0001f430"
