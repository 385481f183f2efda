"""The provider that docs/adding-a-provider.md makes is taken from that page, installed as it says, and served."""

import contextlib
import importlib
import io
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from genmock.mockserver import ServerThread, Settings, VirtualClock, create_app
from genmock.validators import check_response

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "adding-a-provider.md").read_text("utf-8")
FILES = dict(re.findall(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
PROJECT = tomllib.loads(FILES["pyproject.toml"])
ORDERS = "/acme/v1/images"
KEY = {"authorization": "Bearer any-key"}
providers = importlib.import_module("genmock.mockserver.providers")
own = importlib.import_module("genmock.mockserver.settings")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder into which the page's files were installed, as an installer leaves them."""
    folder = tmp_path_factory.mktemp("site")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    project, told = PROJECT["project"], folder / "acme_mock-0.1.0.dist-info"
    told.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (told / "METADATA").write_text(head, "utf-8")
    points = {
        group: "\n".join(f"{a} = {b}" for a, b in rows.items()) for group, rows in project["entry-points"].items()
    }
    (told / "entry_points.txt").write_text("".join(f"[{group}]\n{rows}\n" for group, rows in points.items()), "utf-8")
    return folder


@pytest.fixture
def installed(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder, found by Python for the time of a test."""
    monkeypatch.syspath_prepend(package)
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme_mock"]:
        del sys.modules[name]


Serve = Callable[..., httpx.Client]


@pytest.fixture
def serve(installed: Path) -> Iterator[Serve]:
    """Return a function that serves Acme on a socket and returns a client: serve(clock=..., seed=1)."""
    with contextlib.ExitStack() as stack:

        def served(clock: VirtualClock | None = None, **settings: Any) -> httpx.Client:
            app = create_app(Settings(**{"provider": ("acme",), **settings}), clock=clock or VirtualClock())
            server = stack.enter_context(ServerThread(app))
            return stack.enter_context(httpx.Client(base_url=server.url, headers=KEY, verify=False))

        yield served


def order(client: httpx.Client, **members: Any) -> httpx.Response:
    return client.post(ORDERS, json={"prompt": "a heron", "width": 128, "height": 64, **members})


def error(reply: httpx.Response) -> tuple[int, str, str]:
    told = reply.json()["error"]
    return reply.status_code, told["code"], told["message"]


def fault(client: httpx.Client, **members: Any) -> None:
    assert client.post("/__genmock__/faults", json=members).status_code == 201


def newest(client: httpx.Client) -> dict[str, Any]:
    exchange: dict[str, Any] = client.get("/__genmock__/journal").json()["exchanges"][0]
    return exchange


def test_the_page_has_the_files_of_its_tree() -> None:
    (tree,) = re.findall(r"^    acme-mock/\n(?:    .*\n)+", PAGE, re.MULTILINE)
    named = {name.rpartition("/")[2] for name in FILES}
    assert set(re.findall(r"[\w-]+(?:\.overlay)?\.\w+", tree)) == named
    assert PROJECT["tool"]["setuptools"] == {"packages": ["acme_mock"], "package-data": {"acme_mock": ["data/*"]}}


def test_a_picture_is_there_at_once(serve: Serve) -> None:
    client = serve()
    reply = order(client)
    told = reply.json()
    assert (reply.status_code, told["status"], told["cost"]) == (200, "done", 0.0001)
    picture = Image.open(io.BytesIO(client.get(told["url"]).content))
    assert (picture.format, picture.size) == ("PNG", (128, 64))


def test_a_job_is_done_when_its_time_has_passed(serve: Serve) -> None:
    client = serve(clock := VirtualClock())
    reply = order(client, wait=False)
    path = f"{ORDERS}/{reply.json()['id']}"
    assert (reply.status_code, reply.json()["status"]) == (202, "running")
    assert (client.get(path).json()["status"], client.get(f"{path}.png").status_code) == ("running", 404)
    clock.advance(2.0)
    assert (client.get(path).json()["status"], client.get(f"{path}.png").status_code) == ("done", 200)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"width": 2}, "/width: 'width' must be at least 64, not 2"),
        ({"width": 1024, "height": 64}, "/width: width must be at most twice the height"),
        ({"colour": "red"}, "/colour: 'colour' is not a known member"),
    ],
)
def test_an_order_that_breaks_the_document_or_a_rule_is_refused(
    serve: Serve, members: dict[str, Any], message: str
) -> None:
    assert error(order(serve(), **members)) == (422, "invalidRequest", message)


def test_other_errors_are_in_acmes_words_too(serve: Serve) -> None:
    client = serve(bad_key=("bad",), max_body=100)
    refused = [
        client.post(ORDERS, json={}, headers={"authorization": "Bearer bad"}),
        client.post(ORDERS, content=b"{", headers={"content-type": "application/json"}),
        order(client, prompt="x" * 100),
        client.get(f"{ORDERS}/img_0"),
        client.put(ORDERS),
        client.get("/elsewhere"),
    ]
    assert [error(reply)[:2] for reply in refused] == [
        (401, "invalidKey"),
        (400, "invalidBody"),
        (413, "bodyTooLarge"),
        (404, "notFound"),
        (405, "methodNotAllowed"),
        (404, "notFound"),
    ]


def test_replies_keep_the_document(serve: Serve, installed: Path) -> None:
    client = serve()
    document = installed / "acme_mock" / "data" / "acme-images.json"
    for members, status in (({}, 200), ({"wait": False}, 202), ({"prompt": ""}, 422)):
        reply = order(client, **members)
        assert reply.status_code == status
        assert check_response(document, reply.json(), operation=f"POST {ORDERS}", status=status) == ()


def test_the_contract_mode_report_answers_what_can_be_answered(serve: Serve) -> None:
    client = serve(contract="report")
    bodies: list[Any] = [{"width": "x"}, [], {"prompt": 5}]
    assert [client.post(ORDERS, json=body).status_code for body in bodies] == [200] * 3
    assert newest(client)["violations"][0]["message"] == "'prompt' must be a string, not an integer"


def test_faults_strike_it(serve: Serve) -> None:
    client = serve()
    fault(client, kind="error", code="busy", retryAfter=3, times=1, match={"provider": "acme"})
    reply = order(client)
    assert (*error(reply), reply.headers["retry-after"]) == (429, "busy", "Too many requests.", "3")
    fault(client, kind="task_fail", code="generationFailed", times=1)
    assert order(client).json()["error"]["code"] == "generationFailed"
    fault(client, kind="corrupt", part="image", times=1)
    with pytest.raises(OSError):
        Image.open(io.BytesIO(client.get(order(client).json()["url"]).content)).load()
    assert order(client).json()["status"] == "done"


def test_faults_decide_how_long_a_job_takes(serve: Serve) -> None:
    client = serve(clock := VirtualClock())
    fault(client, kind="duration", seconds=60)
    path = f"{ORDERS}/{order(client, wait=False).json()['id']}"
    clock.advance(59)
    assert client.get(path).json()["status"] == "running"
    clock.advance(1)
    assert client.get(path).json()["status"] == "done"


def test_a_fault_for_another_provider_leaves_it_alone(serve: Serve) -> None:
    client = serve()
    fault(client, kind="error", code="rateLimitExceeded")
    fault(client, kind="error", code="busy", match={"provider": "kiapi"})
    assert order(client).status_code == 200


def test_the_journal_tells_of_it(serve: Serve) -> None:
    client = serve()
    told = order(client, prompt="").json()
    assert told["error"]["code"] == "invalidRequest"
    exchange = newest(client)
    assert (exchange["provider"], exchange["violations"][0]["rule"]) == ("acme", "minLength")
    image = order(client).json()["id"]
    task = {"taskType": "images.create", "taskUUID": image, "model": "acme-1", "outcome": "ok", "code": ""}
    assert newest(client)["tasks"] == [{**task, "results": 1, "cost": "0.0001"}]


def test_users_replace_its_prices_and_errors(serve: Serve, tmp_path: Path) -> None:
    prices, errors = tmp_path / "prices.toml", tmp_path / "errors.toml"
    prices.write_text('[models."acme-1"]\nrate = 1.0\nsteps = 30\n', "utf-8")
    errors.write_text('provider = "acme"\n[codes.invalidKey]\nstatus = 403\nmessage = "Go away."\n', "utf-8")
    client = serve(prices=prices, error_catalog=errors)
    assert order(client).json()["cost"] == 0.0082
    assert error(client.post(ORDERS, headers={"authorization": ""})) == (403, "invalidKey", "Go away.")


def test_the_same_orders_get_the_same_answers_from_every_server(serve: Serve) -> None:
    one, other, third = serve(public_url="http://acme.test"), serve(public_url="http://acme.test"), serve(seed=1)
    first, second, different = order(one), order(other), order(third)
    assert first.content == second.content
    assert first.json()["id"] != different.json()["id"]


def test_a_job_outlives_a_restart(serve: Serve, tmp_path: Path) -> None:
    store, clock = f"sqlite:///{tmp_path}/acme.db", VirtualClock()
    image = order(serve(clock, store=store), wait=False).json()["id"]
    clock.advance(2.0)
    assert serve(clock, store=store).get(f"{ORDERS}/{image}").json()["status"] == "done"


def test_it_stands_beside_the_others_on_one_port(serve: Serve) -> None:
    client = serve(provider=("runware", "kiapi", "acme"))
    assert order(client).status_code == 200
    assert client.get("/health").json()["status"] == "ok"
    assert client.post("/v1", json=[{"taskType": "ping"}]).status_code == 200
    assert "acme-images" in client.get("/__genmock__/specs").text


def test_the_command_line_serves_it(package: Path) -> None:
    command = [str(Path(sys.executable).with_name("genmock")), "serve", "--provider", "acme", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(package), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=package) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        try:
            reply = httpx.post(f"{url}{ORDERS}", json={"prompt": "x", "wait": False}, headers=KEY)
        finally:
            process.terminate()
            process.stdout.read()
    assert reply.json()["status"] == "running"


def test_a_name_that_nobody_has_is_refused() -> None:
    with pytest.raises(Exception, match='cannot use \\["acme"\\] as provider') as caught:
        create_app(Settings(provider=("acme",)))
    assert "one of runware, kiapi, or the name of one that is installed" in str(caught.value)


def test_an_entry_point_that_leads_to_no_provider_is_told(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "odd-0.1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 0.1.0\n", "utf-8")
    (told / "entry_points.txt").write_text("[genmock.providers]\nodd = json:dumps\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Exception, match="cannot serve the provider odd: json:dumps is none of that name"):
        create_app(Settings(provider=("odd",)))


def test_the_settings_name_the_providers_that_are_shipped() -> None:
    assert tuple(provider.name for provider in providers.PROVIDERS) == own.PROVIDERS
