"""What a run came to, for people and for machines: text, JUnit, a page."""

import html
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from .findings import LAWS, Finding, Report

SHOWN = 4  # findings of one law that are shown whole
MAX_TEXT = 300  # characters of a reply in the text; the other reports have more
MAX_PLACES = 12
_UNPRINTABLE = {code: "\ufffd" for code in range(32) if chr(code) not in "\t\n\r"}
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#222}"
    "pre{background:#f5f5f5;padding:.7rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}"
    "h2{border-top:1px solid #ddd;padding-top:1rem}h3{font-size:1rem}.good{color:#15651b}.bad{color:#a11}"
)


def words(counts: Mapping[str, int]) -> str:
    """Return how many messages of each part were sent."""
    return ", ".join(f"{count:,} {part}" for part, count in counts.items() if count) or "none"


def by_law(findings: Sequence[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    """Yield (law, findings), in the order of the laws; within one those of the same rule stand together."""
    order = {law: number for number, law in enumerate(LAWS)}
    ranked = sorted(findings, key=lambda each: (order.get(each.broken.law, len(order)), each.broken.rule))
    for law, rows in groupby(ranked, key=lambda each: each.broken.law):
        yield law, list(rows)


def text(report: Report) -> str:
    """Return the report for people: each finding once, the first of each law with its request."""
    found = len(report.findings)
    count = "nothing is wrong" if not found else f"{found} finding{'s' if found > 1 else ''}"
    lines = [f"{report.url} by {report.document}, seed {report.seed}: {count}"]
    for law, findings in by_law(report.findings):
        lines += ["", f"{law}: {LAWS[law]} ({len(findings)})"]
        for finding in findings[:SHOWN]:
            lines += ["", *(f"  {line}" for line in _block(finding))]
        lines += _rest(findings[SHOWN:])
    lines += ["", f"sent: {words(report.sent)}; {report.spent_s:.1f} s"]
    lines += [f"stopped: {report.stopped}"] if report.stopped else []
    return "\n".join([*lines, *report.notes])


def _block(finding: Finding) -> list[str]:
    broken, sent = finding.broken, finding.sent
    reply = f"{sent.status} {sent.reply}"
    shown = reply if len(reply) <= MAX_TEXT else f"{reply[:MAX_TEXT]}..."
    rows = (("rule", broken.rule), ("at", broken.key[2]), ("what", broken.message), ("reply", shown))
    return [*(f"{label:<7}{value}" for label, value in rows if value), sent.curl()]


def _rest(findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return []
    places = [f"{each.broken.rule} {each.broken.key[2]}".rstrip() for each in findings]
    more = f", and {len(places) - MAX_PLACES} more" if len(places) > MAX_PLACES else ""
    return ["", f"  and {len(places)} more: {', '.join(places[:MAX_PLACES])}{more}"]


def junit(report: Report) -> bytes:
    """Return the report as JUnit XML: a case for each finding, and one for each law that was kept."""
    broken = {finding.broken.law for finding in report.findings}
    count = len(report.findings) + len(LAWS.keys() - broken)
    name = f"genmock fuzz server {report.document}"
    numbers = {"tests": str(count), "failures": str(len(report.findings)), "errors": "0"}
    suite = ElementTree.Element("testsuite", {"name": name, **numbers, "time": f"{report.spent_s:.3f}"})
    for law, title in LAWS.items():
        if law not in broken:
            ElementTree.SubElement(suite, "testcase", {"classname": name, "name": f"{law}: {title}"})
    for finding in report.findings:
        case = ElementTree.SubElement(suite, "testcase", {"classname": name, "name": _clean(finding.title)})
        failure = ElementTree.SubElement(case, "failure", {"message": _clean(finding.broken.message)})
        failure.text = _clean("\n".join(_block(finding)))
    return bytes(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))


def _clean(words: str) -> str:
    """Return a text that XML can hold."""
    return words.translate(_UNPRINTABLE).encode("utf-8", "replace").decode()


def page(report: Report) -> str:
    """Return the report as one HTML page that needs nothing else."""
    title = html.escape(f"genmock fuzz server: {report.document}")
    found = len(report.findings)
    verdict = f'<p class="{"bad" if found else "good"}">{found} findings</p>'
    about = f"{report.url}, seed {report.seed}; sent: {words(report.sent)}; {report.spent_s:.1f} s. {report.stopped}"
    parts = [f"<h1>{title}</h1>", f"<p>{html.escape(about)}</p>", verdict]
    for law, findings in by_law(report.findings):
        parts.append(f"<h2>{law}: {html.escape(LAWS[law])} ({len(findings)})</h2>")
        parts += [_section(finding) for finding in findings]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f"{head}<body>{''.join(parts)}</body></html>\n"


def _section(finding: Finding) -> str:
    body = json.dumps(finding.sent.body, ensure_ascii=False, indent=2)
    whole = (f"{finding.sent.status} {finding.sent.reply}", finding.sent.curl(), body)
    told = "".join(f"<pre>{html.escape(part)}</pre>" for part in whole)
    return f"<h3>{html.escape(finding.title)}</h3>{told}"
