"""The control API: what each operation answers, and that it keeps its own document."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import genmock
from genmock.mockserver import Settings
from genmock.mockserver.control import OPERATIONS
from genmock.mockserver.server import ServerThread
from genmock.specs import Document, DocumentChanged, load_catalog
from genmock.validators import lint

DOCUMENT = load_catalog().get("genmock-control")
PAGE = Path(__file__).parents[3] / "docs" / "control-api.md"
PING = {"taskType": "ping", "taskUUID": "a0000000-0000-4000-8000-000000000000", "ping": True}
DECLARED = [(path, method) for path, methods in OPERATIONS.items() for method in methods]


def test_health_says_ok(mock: Any, ask: Any) -> None:
    assert ask(mock, "/health").text == '{"status":"ok"}'


def test_health_and_the_unfiltered_journal_load_nothing_heavy() -> None:
    code = (
        "import asyncio, sys, httpx\n"
        "from genmock.mockserver import create_app\n"
        "async def main():\n"
        "    client = httpx.AsyncClient(transport=httpx.ASGITransport(create_app()), base_url='http://mock.test')\n"
        "    for path in ('health', 'version', 'journal', 'settings', 'specs'):\n"
        "        assert (await client.get(f'/__genmock__/{path}')).status_code == 200\n"
        "asyncio.run(main())\n"
        "print([name for name in ('openapi_core', 'cel', 'typer', 'yaml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_version_tells_genmock_and_python(mock: Any, ask: Any) -> None:
    python = ".".join(map(str, sys.version_info[:3]))
    assert ask(mock, "/version").json() == {"genmock": genmock.__version__, "python": python, "process": os.getpid()}


def test_its_own_document_is_served_as_it_stands(mock: Any, ask: Any) -> None:
    assert ask(mock, "/openapi.json").json() == DOCUMENT.published


def test_settings_tell_value_default_and_meaning(serve: Callable[..., Any], ask: Any) -> None:
    told = ask(serve(seed=7), "/settings").json()["settings"]
    assert list(told) == [field.name for field in dataclasses.fields(Settings)]
    assert told["seed"] == {
        "value": 7,
        "default": 0,
        "help": "what identifiers and seeds that a request does not give derive from",
        "inferred": False,
    }
    assert told["missing_dimensions"]["inferred"] is True
    assert told["specs"]["value"] == []


def test_settings_show_no_key(serve: Callable[..., Any], ask: Any) -> None:
    secret = {"api_key": ("secret-of-the-test",), "bad_key": ("short",), "key_balance": {"other-secret-key": 2.5}}
    reply = ask(serve(**secret), "/settings")
    shown = {name: setting["value"] for name, setting in reply.json()["settings"].items() if name in secret}
    assert shown == {
        "api_key": ["...test"],
        "bad_key": ["..."],
        "key_balance": [{"key": "...-key", "value": 2.5}],
    }
    assert not any(word in reply.text for word in ("secret", "short"))


def test_every_setting_about_keys_is_redacted_or_holds_none() -> None:
    about_keys = {field.name for field in dataclasses.fields(Settings) if "key" in field.name}
    assert about_keys == {"api_key", "bad_key", "key_balance", "key_from", "socket_bad_key", "socket_key_error"}


def test_reset_makes_the_server_new(mock: Any, ask: Any) -> None:
    mock.post(PING)
    reply = ask(mock, "/reset", "POST")
    assert (reply.status_code, reply.content) == (204, b"")
    assert ask(mock, "/journal").json() == {"total": 0, "exchanges": []}
    mock.post(PING)
    assert [exchange["id"] for exchange in ask(mock, "/journal").json()["exchanges"]] == [1]


def test_the_control_api_is_never_journalled(mock: Any, ask: Any) -> None:
    for path, method in (("/health", "GET"), ("/nothing", "GET"), ("", "PUT"), ("/journal/x", "GET"), ("/", "POST")):
        ask(mock, path, method, declared=False)
    assert ask(mock, "/journal").json()["total"] == 0


def test_documents_are_listed_in_catalogue_order(mock: Any, ask: Any) -> None:
    told = ask(mock, "/specs").json()["documents"]
    assert [document["id"] for document in told] == [entry.id for entry in load_catalog().entries]
    assert told[0] == {
        "id": "flux-1-dev-srpo",
        "title": "FLUX.1 [dev] SRPO",
        "provider": "runware",
        "model": "runware:111@1",
        "taskTypes": ["imageInference"],
        "status": "live",
        "written": "published",
        "source": "https://runware.ai/docs/models/flux-1-dev-srpo/schema.json",
        "sha256": "9cbb034818e64e6bc6892c7ccd9ccd74fde195b38818d7c4f549e6f8c6d01019",
        "overlays": ["platform.overlay.yaml", "image-inference.overlay.yaml", "flux-1-dev-srpo.overlay.yaml"],
    }


@pytest.mark.parametrize("name", ["qwen-image", "runware:108@1", "runware%3A108%401"])
def test_a_document_is_found_by_id_and_by_model(mock: Any, name: str, ask: Any) -> None:
    assert ask(mock, f"/specs/{name}").json() == load_catalog().get("qwen-image").effective


def test_a_document_has_two_forms(mock: Any, ask: Any) -> None:
    flux = load_catalog().get("flux-1-dev-srpo")
    assert ask(mock, "/specs/flux-1-dev-srpo?form=published").json() == flux.published
    assert ask(mock, "/specs/flux-1-dev-srpo?form=effective").json() == flux.effective != flux.published


def test_a_document_that_was_changed_on_disk_is_a_problem(
    mock: Any, monkeypatch: pytest.MonkeyPatch, problem: Any
) -> None:
    read = vars(Document)["effective"].func

    def changed(document: Document) -> Any:
        if document.id != "qwen-image":  # the control API's own document may be read for the first time here
            return read(document)
        raise DocumentChanged('cannot load document "qwen-image": sha256 is 1234..56, catalog.toml says 7890..12')

    monkeypatch.setattr(Document, "effective", property(changed))
    text = 'cannot load document "qwen-image": sha256 is 1234..56, catalog.toml says 7890..12'
    assert problem(mock, "/specs/qwen-image") == (500, text)


def test_no_client_can_have_a_file_read(
    mock: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: Any
) -> None:
    (tmp_path / "secret.json").write_text('{"openapi": "3.1.0", "info": {}}')
    monkeypatch.chdir(tmp_path)
    assert problem(mock, "/specs/secret.json") == (404, 'there is no document "secret.json"; see /__genmock__/specs.')


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/jurnal", 'the control API has no "/__genmock__/jurnal"; did you mean /__genmock__/journal?'),
        ("/spec", 'the control API has no "/__genmock__/spec"; did you mean /__genmock__/specs?'),
        ("", 'the control API has no "/__genmock__"; see /__genmock__/openapi.json.'),
        ("/health/", 'the control API has no "/__genmock__/health/"; did you mean /__genmock__/health?'),
    ],
)
def test_a_path_that_is_not_there_gets_404_and_the_closest_one(mock: Any, path: str, detail: str, problem: Any) -> None:
    assert problem(mock, path, declared=False) == (404, detail)


def test_a_document_that_is_not_there_gets_404_and_the_closest_one(mock: Any, problem: Any) -> None:
    detail = 'there is no document "qwen-imgae"; did you mean "qwen-image"?'
    assert problem(mock, "/specs/qwen-imgae") == (404, detail)


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [
        ("/health", "DELETE", "GET, HEAD"),
        ("/journal", "POST", "DELETE, GET, HEAD"),
        ("/reset", "GET", "POST"),
        ("/specs/qwen-image", "BREW", "GET, HEAD"),
    ],
)
def test_another_method_gets_405_and_the_allowed_ones(mock: Any, path: str, method: str, allow: str, ask: Any) -> None:
    reply = ask(mock, path, method, declared=False)
    assert (reply.status_code, reply.headers["allow"]) == (405, allow)
    detail = f'{method} is not declared for "/__genmock__{path}"; {allow} may be sent.'
    assert reply.json() == {"type": "about:blank", "title": "Method Not Allowed", "status": 405, "detail": detail}


@pytest.mark.parametrize("path", [path.replace("{id}", "qwen-image") for path, method in DECLARED if method == "GET"])
def test_no_reply_may_be_cached(mock: Any, path: str) -> None:
    assert mock.send("GET", f"/__genmock__{path}").headers["cache-control"] == "no-store"


def test_head_is_answered_as_get_without_a_body(mock: Any) -> None:
    with ServerThread(mock.app) as server, httpx.Client(base_url=server.url) as client:
        reply = client.head("/__genmock__/health")
        assert (reply.status_code, reply.content, reply.headers["content-length"]) == (200, b"", "15")
        assert client.head("/__genmock__/reset").status_code == 405
        assert client.get("/__genmock__/health").json() == {"status": "ok"}


def test_what_is_answered_is_what_the_document_declares() -> None:
    declared = {
        (path, method.upper()): {(p["name"], p["in"], p["schema"]["type"]) for p in operation.get("parameters", ())}
        for path, methods in DOCUMENT.published["paths"].items()
        for method, operation in methods.items()
    }
    names = {int: "integer", str: "string"}
    answered = {
        (path, method): {
            (name, place, names[kind])
            for place, kinds in (("query", operation.query), ("path", operation.path))
            for name, kind in kinds.items()
        }
        for path, operations in OPERATIONS.items()
        for method, operation in operations.items()
    }
    assert answered == declared


def test_the_document_has_no_lint() -> None:
    assert tuple(lint(DOCUMENT)) == ()


@pytest.mark.parametrize(("path", "method"), DECLARED)
def test_every_operation_is_documented(path: str, method: str) -> None:
    assert f"| `{method} /__genmock__{path}` |" in PAGE.read_text(encoding="utf-8")


def test_every_parameter_is_documented() -> None:
    text = PAGE.read_text(encoding="utf-8")
    names = {name for each in OPERATIONS.values() for operation in each.values() for name in operation.query}
    assert [name for name in sorted(names) if f"| `{name}` |" not in text] == []
