"""Nothing is undocumented, and nothing in the documentation leads nowhere."""

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from genmock.specs import load_catalog, load_errors

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "benchmarks").glob("*.md"), *(ROOT / "tests").rglob("*.md")]
)
RULES = (DOCS / "rules.md").read_text("utf-8")
SPECS = (DOCS / "specs.md").read_text("utf-8")
ERRORS = (DOCS / "errors.md").read_text("utf-8")
CATALOG = load_catalog()
CODE = sorted([*(ROOT / "validators").glob("*.py"), *(ROOT / "mockserver").rglob("*.py")])
RULE_ID = re.compile(r"[a-z]+(-[a-z]+)*\Z")
KEYWORDS = {"required", "type", "maxItems"}  # rules that the server's code names, as JSON Schema does
PRIVATE_PATHS = re.compile(rb"(?<![\w.])/(home|root|work|Users)/\w")
OUR_WORK = re.compile(
    rb"(?i)\b((?<!onnx\.)helpers?|sub-?agents?|work ?orders?|acceptance criteri\w+)\b"
    rb"|(?i:\b(this|next|later|previous) issues?\b)"
    rb"|\.\./shared\b|\bTODO\b"
)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every object inside a JSON value."""
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    for member in value if isinstance(value, list) else ():
        yield from _nodes(member)


def _overlay_rules() -> dict[str, Mapping[str, Any]]:
    """Return every rule that an overlay of a shipped document states, by id."""
    nodes = [node for document in CATALOG.documents for node in _nodes(document.effective)]
    named = [node["x-genmock-rule"] for node in nodes if "x-genmock-rule" in node]
    return {
        rule["id"]: rule for rule in [*named, *(rule for node in nodes for rule in node.get("x-genmock-rules", ()))]
    }


def _tolerated() -> dict[str, tuple[str, list[str]]]:
    """Return (who sends it, ids of the documents) of every member that is tolerated somewhere."""
    found: dict[str, tuple[str, list[str]]] = {}
    for document in CATALOG.documents:
        for node in _nodes(document.effective):
            for name, schema in (node.get("properties") or {}).items():
                for inner in _nodes({k: v for k, v in schema.items() if k != "properties"} if schema else {}):
                    if "x-genmock-tolerated" in inner:
                        found.setdefault(name, (inner["x-genmock-tolerated"], []))[1].append(document.id)
    return found


def _named_in_code(*callees: str, room: str = "") -> set[str]:
    """Return the rule ids with which our code, or that of one room, calls one of some functions."""
    found: set[object] = set()
    for path in (path for path in CODE if room in path.parts or not room):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _called(node.func) in callees:
                inside = (inner for argument in node.args[:2] for inner in ast.walk(argument))
                found |= {inner.value for inner in inside if isinstance(inner, ast.Constant)}
    return {text for text in found if isinstance(text, str) and RULE_ID.match(text)}


def _called(function: ast.expr) -> str:
    """Return the last part of a function's name."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _slug(heading: str) -> str:
    """Return the anchor that a forge gives a heading."""
    text = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower())
    return text.strip().replace(" ", "-")


def _anchors(page: Path) -> set[str]:
    text = FENCE.sub("", page.read_text("utf-8"))
    return {_slug(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_to_a_file_and_every_anchor_to_a_heading(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target:
            name, _, anchor = target.partition("#")
            file = (page.parent / name).resolve() if name else page
            assert file.exists(), f"{target} leads nowhere"
            assert not anchor or anchor in _anchors(file), f"{target} has no such heading"


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_every_page_is_in_the_index(page: Path) -> None:
    name = page.relative_to(DOCS).as_posix()
    assert name == "index.md" or f"]({name})" in (DOCS / "index.md").read_text("utf-8")


def _tracked_texts() -> Iterator[Path]:
    """Yield every tracked file that is text, but for this one, which names what it looks for."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    paths = (ROOT / name for name in listed if not name.endswith((".onnx", ".png", ".safetensors", ".zip")))
    yield from (path for path in paths if path.is_file() and path != Path(__file__))


@pytest.mark.parametrize("pattern", [PRIVATE_PATHS, OUR_WORK], ids=["paths of a machine", "how work is organised"])
def test_no_file_tells_what_only_its_authors_need(pattern: re.Pattern[bytes]) -> None:
    found = {_name(path): pattern.search(path.read_bytes()) for path in _tracked_texts()}
    assert {name: match[0] for name, match in found.items() if match} == {}


def _references() -> Iterator[tuple[str, str]]:
    """Yield (page, heading) of every section that the code names as the source of a fact."""
    for room in ("specs", "validators", "mockserver", "fixtures"):
        for path in (ROOT / room).rglob("*.py"):
            for page, headings in re.findall(
                r'docs/(providers/\w+\.md), ((?:"[^"]+"(?: and )?)+)', path.read_text("utf-8")
            ):
                yield from ((page, heading) for heading in re.findall(r'"([^"]+)"', headings))


@pytest.mark.parametrize(("page", "heading"), sorted(set(_references())))
def test_every_section_that_the_code_names_is_there(page: str, heading: str) -> None:
    assert f"\n## {heading}\n" in (ROOT / "docs" / page).read_text("utf-8")


def test_the_architecture_lists_the_steps_of_a_request() -> None:
    rest = import_module("genmock.mockserver.providers.runware.rest")
    steps = " -> ".join(step.__name__ for step in (*rest.STEPS, *rest.ALWAYS))
    assert f"\n    {steps}\n" in (ROOT / "ARCHITECTURE.md").read_text("utf-8")


@pytest.mark.parametrize("entry", CATALOG.entries, ids=lambda entry: entry.id)
def test_every_document_is_in_the_table_of_documents(entry: Any) -> None:
    assert re.search(rf"^\| `{entry.id}` \| {f'`{entry.model}`' if entry.model else ''} ?\|", SPECS, re.MULTILINE)


@pytest.mark.parametrize("rule", _overlay_rules().values(), ids=lambda rule: rule["id"])
def test_every_rule_of_an_overlay_has_its_row(rule: Mapping[str, Any]) -> None:
    strict = ", error in strict" if rule.get("strict") == "error" else ""
    severity = rule.get("severity", "error") + strict
    assert _row(f"`{rule['id']}`", severity, rule["message"], rule["source"]) in RULES.splitlines()


def test_no_rule_is_documented_that_no_overlay_has() -> None:
    _, _, table = RULES.partition("\n## Rules of the shipped documents\n")
    documented = re.findall(r"^\| `([a-z0-9-]+)` \|", table.partition("\n## ")[0], re.MULTILINE)
    assert documented == sorted(_overlay_rules())


@pytest.mark.parametrize("rule", sorted(_named_in_code("Violation", "_record") - KEYWORDS))
def test_every_rule_of_the_code_is_documented(rule: str) -> None:
    assert re.search(rf"^\|[^|]*`{rule}`", RULES, re.MULTILINE)


@pytest.mark.parametrize("rule", sorted(_named_in_code("Finding", "finding", room="validators")))
def test_every_rule_of_the_lint_is_documented(rule: str) -> None:
    assert re.search(rf"^\| `{rule}` \|", SPECS, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(_tolerated()))
def test_every_tolerated_member_has_its_row(name: str) -> None:
    why, documents = _tolerated()[name]
    assert _row(f"`{name}`", why, ", ".join(sorted(set(documents)))) in RULES.splitlines()


@pytest.mark.parametrize("entry", load_errors("runware").codes.values(), ids=lambda entry: entry.code)
def test_every_error_code_has_its_row(entry: Any) -> None:
    assert _row(f"`{entry.code}`", str(entry.status), entry.message, entry.evidence) in ERRORS.splitlines()


@pytest.mark.parametrize("item", load_errors("runware").cases.items(), ids=lambda item: item[0])
def test_every_broken_rule_has_the_row_of_its_error(item: tuple[str, Any]) -> None:
    rule, entry = item
    assert _row(f"`{rule}`", f"`{entry.code}`", entry.message, entry.evidence) in ERRORS.splitlines()
