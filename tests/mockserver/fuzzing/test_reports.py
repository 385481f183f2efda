import importlib
import xml.etree.ElementTree as ElementTree
from typing import Any

reports = importlib.import_module("genmock.mockserver.fuzzing.reports")
findings = importlib.import_module("genmock.mockserver.fuzzing.findings")
SENT = findings.Sent("POST", "http://127.0.0.1:1/v1", [{"steps": 101}], 200, '{"data":[{}]}')


def report(*pointers: str) -> Any:
    found = [
        findings.Finding(findings.Broken("refused", "maximum", pointer, f"{pointer} was <accepted>\x01"), SENT)
        for pointer in pointers
    ]
    return findings.Report("http://127.0.0.1:1/v1", "flux-1-dev-srpo", 7, {"invalid": 330}, found, 1.25)


def test_a_clean_run_is_told_in_three_lines() -> None:
    assert reports.text(report()) == (
        "http://127.0.0.1:1/v1 by flux-1-dev-srpo, seed 7: nothing is wrong\n\nsent: 330 invalid; 1.2 s"
    )


def test_a_finding_has_its_law_and_its_request() -> None:
    assert reports.text(report("/steps")).splitlines()[2:9] == [
        "refused: a request that breaks its contract is refused (1)",
        "",
        "  rule   maximum",
        "  at     /steps",
        "  what   /steps was <accepted>\x01",
        '  reply  200 {"data":[{}]}',
        f"  {SENT.curl()}",
    ]


def test_a_law_that_is_broken_everywhere_is_told_shortly() -> None:
    text = reports.text(report(*(f"/m{number}" for number in range(20))))
    assert text.count("curl") == 4
    places = ", ".join(f"maximum /m{number}" for number in range(4, 16))
    assert f"  and 16 more: {places}, and 4 more" in text


def test_junit_has_a_case_for_each_finding_and_each_law_that_was_kept() -> None:
    suite = ElementTree.fromstring(reports.junit(report("/steps", "/width")))
    assert (suite.get("tests"), suite.get("failures")) == (str(len(findings.LAWS) + 1), "2")
    assert len(suite.findall("testcase")) == len(findings.LAWS) + 1
    assert next(failure.get("message") for failure in suite.iter("failure")) == "/steps was <accepted>\ufffd"


def test_the_page_escapes_what_was_sent() -> None:
    page = reports.page(report("/steps"))
    assert "<h2>refused: a request that breaks its contract is refused (1)</h2>" in page
    assert "&lt;accepted&gt;" in page
