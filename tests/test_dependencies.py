"""Every dependency is documented, bounded and permissive, and the seven that the design stands on are really used."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGE = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
ROWS = {row[0]: row[1:] for row in re.findall(r"^\| `([\w-]+)` \|(?: `([\w-]+)` \|)? [^|]+ \| ([^|]+) \|", PAGE, re.M)}
LOCKED = dict(re.findall(r"^([\w.-]+)==([\w.]+)", LOCK, re.M))
BASE = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = {name: [Requirement(line) for line in lines] for name, lines in PROJECT["optional-dependencies"].items()}
EXTERNAL = [each for each in [*BASE, *(r for lines in EXTRAS.values() for r in lines)] if each.name != "genmock"]
PERMISSIVE = {"MIT", "MIT-CMU", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD", "Zlib", "CC0-1.0"}
FILE_LEVEL = {"orjson": "MPL-2.0 AND (Apache-2.0 OR MIT)", "hypothesis": "MPL-2.0"}  # obliges who changes their files
IMPORTED_AS = {"PIL": "pillow", "cel": "common-expression-language", "yaml": "PyYAML"}
COME_ALONG = {"anyio", "jsonpath-ng", "jsonschema-path", "werkzeug"}  # with others, as the page says
APART = {requirement.name for requirement in EXTRAS["pipeline-torch"]}  # gigabytes, and so not in the dev extra
ON_DEMAND = {
    "hypothesis",
    "numpy",
    "onnxruntime",
    "pytest",
    "redis",
    "safetensors",
    "saq",
    "schemathesis",
    *APART,
}  # only where the user asks for what an extra brings
BY_UVICORN = {"httptools", "uvloop", "websockets"}  # uvicorn takes these where it finds them

HIDING = """
import importlib.machinery, sys
find = importlib.machinery.PathFinder.find_spec
class Without:  # no function: pytest keeps it as an attribute of its own import hook, where that would be a method
    def __call__(self, name, path=None, target=None):
        if name.partition(".")[0] == sys.argv[1]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return find(name, path, target)
importlib.machinery.PathFinder.find_spec = Without()
"""
TASK = """
TASK = {"taskType": "imageInference", "taskUUID": "a770f077-f413-47de-9dac-be0b26a35da6", "model": "runware:111@1",
        "positivePrompt": "a cat", "width": 128, "height": 128, "CFGScale": 4.35, "outputFormat": "PNG"}
"""
CHECK = "from genmock import check_request\nprint(*check_request('runware:111@1', [TASK]))"
EXPLAIN = "TASK['CFGScale'] = 99\nfrom genmock import check_request\n" + (
    "print(*(violation.message for violation in check_request('runware:111@1', [TASK])))"
)
REFEREE = """
from genmock.specs import load_catalog
from genmock.validators import HttpRequest, check_http_request
request = HttpRequest("POST", "https://api.runware.ai/v2")
print(*(violation.rule for violation in check_http_request(load_catalog().get("qwen-image"), request)))
"""
DRAW = """
import asyncio, httpx
from genmock import create_app
async def main():
    transport = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as client:
        reply = await client.post("/v1", json=[TASK], headers={"authorization": "Bearer key"})
        picture = await client.get(reply.json()["data"][0]["imageURL"])
        print(picture.content[1:4].decode())
asyncio.run(main())
"""
GENERATE = """
import schemathesis
from genmock.specs import load_catalog
schema = schemathesis.openapi.from_dict(dict(load_catalog().get("genmock-control").effective))
print(len(list(schema.get_all_operations())) > 5)
"""
PLUGINS_OFF = ["-p", "no:randomly", "-p", "no:schemathesis", "-p", "no:hypothesispytest"]
SUITE = f"import sys; from pytest import main; sys.exit(main(['-q', *{PLUGINS_OFF}, {{!r}}]))"
SERVE = "from genmock import create_app\nprint(type(create_app()).__name__)"


def _output(code: str, hidden: str = "nothing") -> tuple[int, str]:
    """Run code in a fresh Python from which one package is hidden; return its status and what it wrote."""
    command = [sys.executable, "-c", HIDING + TASK + code, hidden]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    return done.returncode, (done.stdout + done.stderr).strip()


def _run(code: str, hidden: str = "nothing") -> tuple[int, str]:
    """Do the same, and return its status and the last line that it wrote."""
    status, text = _output(code, hidden)
    return status, text.rpartition("\n")[2]


def test_without_jsonschema_nothing_is_explained() -> None:
    assert _run(EXPLAIN) == (0, "'CFGScale' must be at most 20, not 99")
    assert _run(CHECK, "jsonschema") == (0, "")
    assert _run(EXPLAIN, "jsonschema") == (1, "ModuleNotFoundError: No module named 'jsonschema'")


def test_without_openapi_core_no_http_exchange_is_refereed() -> None:
    assert _run(REFEREE) == (0, "http-path")
    assert _run(CHECK, "openapi_core") == (0, "")
    assert _run(REFEREE, "openapi_core") == (1, "ModuleNotFoundError: No module named 'openapi_core'")


def test_without_starlette_there_is_no_server() -> None:
    assert _run(SERVE) == (0, "_Application")
    assert _run(CHECK, "starlette") == (0, "")
    assert _run(SERVE, "starlette") == (1, "ModuleNotFoundError: No module named 'starlette'")


def test_without_pillow_there_is_no_picture() -> None:
    assert _run(DRAW) == (0, "PNG")
    assert _run(CHECK, "PIL") == (0, "")
    assert _run(DRAW, "PIL") == (1, "ModuleNotFoundError: No module named 'PIL'")


def test_without_schemathesis_no_request_is_generated_from_a_document() -> None:
    assert _run(GENERATE) == (0, "True")
    assert _run(GENERATE, "schemathesis") == (1, "ModuleNotFoundError: No module named 'schemathesis'")


@pytest.mark.slow
def test_without_pytest_no_test_runs() -> None:
    status, last = _run(SUITE.format("tests/test_architecture.py"))
    assert (status, "passed" in last) == (0, True)
    found = _run(SUITE.format("tests/test_architecture.py"), "pytest")
    assert found == (1, "ModuleNotFoundError: No module named 'pytest'")


def test_without_hypothesis_no_law_is_tested() -> None:
    status, last = _run(SUITE.format("tests/specs/test_price_table.py"))
    assert (status, "passed" in last) == (0, True)
    status, text = _output(SUITE.format("tests/specs/test_price_table.py"), "hypothesis")
    assert (status, "ModuleNotFoundError: No module named 'hypothesis'" in text) == (2, True)


@pytest.mark.parametrize("requirement", EXTERNAL, ids=str)
def test_every_dependency_is_bounded_on_both_sides(requirement: Requirement) -> None:
    assert {each.operator for each in requirement.specifier} == {">=", "<"}


def test_the_page_lists_the_dependencies_and_no_others() -> None:
    assert sorted(ROWS) == sorted(each.name for each in EXTERNAL)


def test_the_page_says_which_extra_a_package_is_in() -> None:
    expected = {each.name: name for name, lines in EXTRAS.items() for each in lines if each.name != "genmock"}
    assert {name: extra for name, (extra, _) in ROWS.items() if extra} == expected


def _licence(name: str) -> str:
    """Return the licence that an installed package declares: as an expression, as words, or by its file."""
    found = importlib.metadata.distribution(name)
    words = found.metadata.json
    declared = str(words.get("license_expression") or words.get("license") or "")
    if not declared:
        path = next(file for file in found.files or () if file.name.upper().startswith("LICENSE"))
        declared = path.read_text().splitlines()[0]
    if declared.split() and declared.split()[0] == "Apache":  # the whole text, as setuptools once wanted it
        return "Apache-2.0"
    return declared.removesuffix(" License")


@pytest.mark.parametrize("requirement", EXTERNAL, ids=lambda requirement: requirement.name)
def test_every_licence_is_permissive_and_as_the_page_says(requirement: Requirement) -> None:
    if requirement.marker and not requirement.marker.evaluate():
        pytest.skip("not for this platform")
    if requirement.name in APART and find_spec(requirement.name) is None:
        assert {*ROWS[requirement.name][1].split(" AND ")} <= PERMISSIVE
        pytest.skip("its extra is not installed")
    licence = _licence(requirement.name)
    assert {*licence.split(" AND ")} <= PERMISSIVE or licence == FILE_LEVEL.get(requirement.name)
    assert ROWS[requirement.name][1] == licence


def _imported() -> Iterator[str]:
    """Yield the distribution of every module that the rooms import from outside."""
    for path in (
        path for room in ("specs", "validators", "mockserver", "fixtures") for path in (ROOT / room).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"genmock"}:
                yield canonicalize_name(IMPORTED_AS.get(top, top))


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    declared = {canonicalize_name(each.name) for each in BASE}
    assert {*_imported()} - COME_ALONG - ON_DEMAND == declared - BY_UVICORN
    assert all(f"`{name}`" in PAGE for name in COME_ALONG)


@pytest.mark.parametrize(
    "requirement", [each for each in EXTERNAL if each.name not in APART], ids=lambda requirement: requirement.name
)
def test_the_lock_holds_every_dependency_within_its_bounds(requirement: Requirement) -> None:
    assert requirement.specifier.contains(LOCKED[canonicalize_name(requirement.name)])


def test_the_lock_has_hashes_and_names_no_host_and_no_path() -> None:
    pinned = re.split(r"^(?=[\w.-]+==)", LOCK, flags=re.M)
    assert all("--hash=sha256:" in each for each in pinned[1:])
    assert [line for line in LOCK.splitlines() if "://" in line or "file:" in line or "--index" in line] == []
    assert LOCK.splitlines()[1].removeprefix("#").strip() in PAGE
