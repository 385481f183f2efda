"""The cases of *.yaml (their form is told in docs/contract-tests.md), and the servers that they are played to."""

import base64
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from PIL import Image

HERE = Path(__file__).parent
TOKEN = "token-of-the-contract-cases"
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
REQUEST = {"request", "headers", "json", "with", "text", "base64", "parts"}
EXPECTED = {"expect", "body", "holds", "members", "answered", "says", "picture", "keep"}
CASE = {"name", "server", "before", "genmock"}
# The settings of genmock for each kind of server; the same kinds of the real one are found by their variables. Those of
# scenarios are for a single case each, since faults count what they match, and so is the busy one, where no job waits.
SERVERS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "token": {"kiapi_token": TOKEN},
    "private": {"allow_host": ("127.0.0.1", "nothing.invalid")},
    "empty": {"scenario": ("kiapi-weights-missing",)},
    "small": {"scenario": ("kiapi-memory-budget",)},
    "impatient": {"kiapi_sync_timeout": 0.5, "duration": {"job": 2.0}},
    "busy": {"kiapi_sync_timeout": 0.5, "duration": {"job": 2.0}},
    "failing": {"scenario": ("kiapi-engine-failure",)},
    "occupied": {"scenario": ("kiapi-queue-occupied",), "kiapi_sync_timeout": 0.25},
    "hasty": {"scenario": ("kiapi-sync-timeout",)},
}


@dataclass(frozen=True)
class Like:
    """A value that is not known beforehand. what: a regular expression that a text fits whole, or "number"."""

    what: str

    def fits(self, value: object) -> bool:
        """Return whether a value is one of those meant."""
        if self.what == "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        return isinstance(value, str) and re.fullmatch(self.what, value, re.DOTALL) is not None


@dataclass(frozen=True)
class Starts:
    """A list of which only the beginning is known."""

    items: tuple[Any, ...]


class _Loader(yaml.SafeLoader):
    """YAML with ``!like REGEX``, ``!number``, ``!starts [...]`` and ``!times [text or list, n]``."""


def _like(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Like:
    return Like(str(loader.construct_scalar(node)))


def _starts(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> Starts:
    return Starts(tuple(loader.construct_sequence(node, deep=True)))


def _times(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> Any:
    what, count = loader.construct_sequence(node, deep=True)
    return what * count


_Loader.add_constructor("!like", _like)
_Loader.add_constructor("!number", lambda loader, node: Like("number"))
_Loader.add_constructor("!starts", _starts)
_Loader.add_constructor("!times", _times)


@dataclass(frozen=True)
class Case:
    """Requests that are sent one after the other, each with what is expected of its answer.

    server: a kind of SERVERS. is_ours: whether the real server does something else, which docs/kiapi.md tells.
    """

    id: str
    server: str
    steps: tuple[Mapping[str, Any], ...]
    is_ours: bool


def read_cases(path: Path) -> Iterator[Case]:
    """Yield the cases of one file."""
    data = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    usual = data.get("usual", {})
    bases = data.get("bases", {})
    for case in data["cases"]:
        unknown = set(case) - REQUEST - EXPECTED - CASE
        assert not unknown, f"{path.name}: {case['name']} has unknown members {sorted(unknown)}"
        steps = (*case.get("before", ()), case)
        yield Case(
            f"{path.stem}: {case['name']}",
            case.get("server", usual.get("server", "plain")),
            tuple({**usual, **_with_body(step, bases)} for step in steps),
            bool(case.get("genmock")),
        )


def _with_body(step: Mapping[str, Any], bases: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a step whose changes are laid over the base of its endpoint: the last word of its path."""
    if "with" not in step:
        return step
    base = bases[str(step.get("request", "generate")).rpartition("/")[2]]
    return {**step, "json": {**base, **step["with"]}}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``case`` once per case."""
    if "case" in metafunc.fixturenames:
        cases = [case for path in sorted(HERE.glob("*.yaml")) for case in read_cases(path)]
        metafunc.parametrize("case", cases, ids=[case.id for case in cases])


@pytest.fixture(scope="session")
def url_of() -> Iterator[Callable[[str], str]]:
    """Return a function from a kind of server to the URL of one, which is started when it is first asked for.

    With KIAPI_CONTRACT_URL_PLAIN and the like, the real application is asked instead; what has no variable is skipped.
    """
    real = {name: os.environ.get(f"KIAPI_CONTRACT_URL_{name.upper()}") for name in SERVERS}
    with ExitStack() as stack:
        urls: dict[str, str] = {}

        def find(kind: str) -> str:
            if any(real.values()):
                return real[kind] or pytest.skip(f"there is no real server of the kind {kind}")
            if kind not in urls:
                from genmock.mockserver import ServerThread, Settings, create_app  # here: the real one needs none of it

                app = create_app(Settings(**SERVERS[kind]))
                urls[kind] = stack.enter_context(ServerThread(app)).url
            return urls[kind]

        yield find


@pytest.fixture(scope="session")
def client_of(url_of: Callable[[str], str]) -> Iterator[Callable[[str], httpx.Client]]:
    """Return a function from a kind of server to a client of it, one for all cases: to make one takes long."""
    with ExitStack() as stack:
        clients: dict[str, httpx.Client] = {}

        def find(kind: str) -> httpx.Client:
            if kind not in clients:
                made = httpx.Client(base_url=url_of(kind), timeout=30, headers={"accept": "*/*"})
                clients[kind] = stack.enter_context(made)
            return clients[kind]

        yield find


@dataclass
class Player:
    """Plays the steps of one case and compares the answers. kept: what earlier answers said, by name."""

    client: httpx.Client
    kept: dict[str, Any] = field(default_factory=dict)

    def play(self, step: Mapping[str, Any]) -> None:
        """Send a request and compare what is answered."""
        reply = self.client.send(self._request(step))
        told = f"{step['request']}: {reply.status_code} {reply.headers} {reply.content[:2000]!r}"
        assert reply.status_code == step["expect"], told
        for name, expected in step.get("answered", {}).items():
            assert matches(self._filled(expected), reply.headers.get(name)), f"{name}: {told}"
        if "says" in step:
            assert matches(self._filled(step["says"]), reply.text), told
        if "picture" in step:
            with Image.open(io.BytesIO(reply.content)) as picture:
                assert [picture.format, *picture.size] == step["picture"], told
        if EXPECTED & {"body", "holds", "members"} & set(step):
            self._compare(step, reply.json(), told)
        self._keep(step.get("keep", {}), reply)

    def _request(self, step: Mapping[str, Any]) -> httpx.Request:
        method, path = self._filled(step["request"]).split(" ", 1)
        arguments: dict[str, Any] = {"headers": self._filled(step.get("headers", {}))}
        if "json" in step:
            arguments["headers"].setdefault("content-type", "application/json")
            arguments["content"] = json.dumps(self._filled(step["json"])).encode()
        if "text" in step:
            arguments["content"] = self._filled(step["text"]).encode()
        if "base64" in step:
            arguments["content"] = base64.b64decode(step["base64"])
        if "parts" in step:
            arguments["files"] = [self._part(**part) for part in step["parts"]]
        return self.client.build_request(method, path, **arguments)

    def _part(self, name: str, filename: str | None, content: str = "", type: str = "", decode: bool = False) -> Any:
        text = self._filled(content)
        data = base64.b64decode(text) if decode else text.encode()
        return name, (filename, data, type) if type else (filename, data)

    def _compare(self, step: Mapping[str, Any], found: Any, told: str) -> None:
        if "body" in step:
            assert matches(self._filled(step["body"]), found), told
        if "holds" in step:
            assert matches(self._filled(step["holds"]), found, subset=True), told
        if "members" in step:
            assert list(found) == step["members"], told

    def _keep(self, wanted: Mapping[str, str], reply: httpx.Response) -> None:
        """Keep parts of an answer: ``header x-name``, or the dotted path of a member."""
        for name, source in wanted.items():
            if source.startswith("header "):
                self.kept[name] = reply.headers[source.removeprefix("header ")]
            else:
                value = reply.json()
                for part in source.split("."):
                    value = value[int(part)] if isinstance(value, list) else value[part]
                self.kept[name] = value

    def _filled(self, value: Any) -> Any:
        """Return a value with ``${name}`` replaced by what was kept under that name."""
        if isinstance(value, str):
            whole = PLACEHOLDER.fullmatch(value)
            return self.kept[whole[1]] if whole else PLACEHOLDER.sub(lambda m: str(self.kept[m[1]]), value)
        if isinstance(value, Like):
            return Like(PLACEHOLDER.sub(lambda m: re.escape(str(self.kept[m[1]])), value.what))
        if isinstance(value, Starts):
            return Starts(tuple(self._filled(item) for item in value.items))
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if isinstance(value, dict):
            return {key: self._filled(member) for key, member in value.items()}
        return value


def matches(expected: Any, found: Any, *, subset: bool = False) -> bool:
    """Return whether a value is the one expected; subset: objects may have further members, at any depth."""
    if isinstance(expected, Like):
        return expected.fits(found)
    if isinstance(expected, Starts):
        head = found[: len(expected.items)] if isinstance(found, list) else found
        return matches(list(expected.items), head, subset=subset)
    if isinstance(expected, dict) and isinstance(found, dict):
        known = set(expected) <= set(found) if subset else set(expected) == set(found)
        return known and all(matches(value, found[name], subset=subset) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        pairs = zip(expected, found, strict=False)
        return len(expected) == len(found) and all(matches(a, b, subset=subset) for a, b in pairs)
    return bool(type(expected) is type(found) and expected == found)


def _png() -> str:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


PNG = _png()


@pytest.fixture
def play(client_of: Callable[[str], httpx.Client]) -> Callable[[Case], None]:
    """Return a function that plays a case."""

    def run(case: Case) -> None:
        client = client_of(case.server)
        if case.is_ours and any(name.startswith("KIAPI_CONTRACT_URL_") for name in os.environ):
            pytest.skip("the real server does something else")
        token = os.environ.get("KIAPI_CONTRACT_TOKEN", TOKEN)
        known = {
            "url": str(client.base_url).rstrip("/"),
            "token": token,
            "png": PNG,
            "picture": f"data:image/png;base64,{PNG}",
        }
        player = Player(client, known)
        for step in case.steps:
            player.play(step)

    return run
