"""A kiapi server whose clock stands still, and a client of it that holds every reply to the documents."""

import base64
import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image

from genmock.mockserver import Exchange, VirtualClock

BASE = "/v1/image/qwen"
PROMPT = {"prompt": "a fox", "width": 64, "height": 64}  # small, so that it is drawn at once
JSON = "application/json"


class Kiapi:
    """A client of one server.

    mock: the server. clock: its own. held: whether replies are held to the documents. exchanges: all so far.
    """

    def __init__(self, mock: Any, clock: VirtualClock) -> None:
        self.mock = mock
        self.clock = clock
        self.held = True
        self.exchanges: list[Exchange] = []
        mock.runtime.on_exchange = self.exchanges.append

    def send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send a request; fail when the reply breaks a document that the server judges it by."""
        reply: httpx.Response = self.mock.send(method, path, **arguments)
        broken = [each for each in self.exchange.violations if each.pointer.startswith("/reply")]
        assert not (self.held and broken), (broken, reply.text)
        return reply

    @property
    def exchange(self) -> Exchange:
        """The newest exchange, whatever journal it is in."""
        return self.exchanges[-1]

    def generate(self, *, accept: str = JSON, headers: Any = None, **members: Any) -> httpx.Response:
        """Ask for a picture of 64 by 64."""
        return self.send(
            "POST", f"{BASE}/generate", json={**PROMPT, **members}, headers={"accept": accept, **(headers or {})}
        )

    def edit(self, *images: Any, accept: str = JSON, **members: Any) -> httpx.Response:
        """Ask for a change of pictures. images: files or references."""
        body = {**PROMPT, "images": [reference(image) for image in images], **members}
        return self.send("POST", f"{BASE}/edit", json=body, headers={"accept": accept})

    def job(self, **members: Any) -> dict[str, Any]:
        """Return the job of a request that succeeds."""
        reply = self.generate(**members)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def queue(self, **members: Any) -> str:
        """Return the id of the job of an asynchronous request."""
        reply = self.generate(mode="async", **members)
        assert reply.status_code == 202, reply.text
        return str(reply.json()["job_id"])

    def get(self, path: str, **headers: str) -> Any:
        """Return the JSON of a path that there is."""
        reply = self.send("GET", path, headers=headers)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def poll(self, job_id: str) -> dict[str, Any]:
        """Return a job."""
        return dict(self.get(f"/v1/jobs/{job_id}"))

    def states(self) -> list[str]:
        """Return the states of all jobs, those of the oldest first."""
        return [job["status"] for job in reversed(self.get("/v1/jobs")["data"])]

    def upload(self, data: bytes, name: str = "a.png") -> dict[str, str]:
        """Return the reference to a file that is sent."""
        reply = self.send("POST", "/v1/files", files={"file": (name, data)})
        return {"type": "file_id", "file_id": reply.json()["file_id"]}

    def picture(self, reply: httpx.Response) -> Image.Image:
        """Return the picture that a reply is, or that its job made, opened."""
        data = reply.content
        if reply.headers["content-type"] == JSON:
            (file_id,) = reply.json()["artifacts"]
            data = self.send("GET", f"/v1/files/{file_id}/download").content
        return Image.open(io.BytesIO(data))

    def pixels(self, **members: Any) -> bytes:
        """Return the pixels of the picture of a request."""
        return self.picture(self.generate(**members)).convert("RGB").tobytes()

    def fault(self, kind: str, **members: Any) -> None:
        """Set a fault; what it makes the server say is not declared by any document."""
        self.held = False
        reply = self.mock.send("POST", "/__genmock__/faults", json={"kind": kind, **members})
        assert reply.status_code == 201, reply.text


def reference(file: Any) -> Any:
    """Return a reference to a file's bytes, as a data URL; anything else as it is."""
    if not isinstance(file, bytes):
        return file
    return {"type": "data_url", "data_url": f"data:image/png;base64,{base64.b64encode(file).decode()}"}


@pytest.fixture
def kiapi(serve: Callable[..., Any]) -> Callable[..., Kiapi]:
    """Return a function that makes a server and a client of it: kiapi(seed=1) has Settings(seed=1)."""

    def made(**settings: Any) -> Kiapi:
        clock = VirtualClock(tick_per_poll=settings.pop("tick", 0.0))
        return Kiapi(serve(clock, **settings), clock)

    return made


@pytest.fixture
def client(kiapi: Callable[..., Kiapi]) -> Kiapi:
    """Return a client of a server with the default settings."""
    return kiapi()


@pytest.fixture
def inline() -> Callable[[bytes], Any]:
    """Return a function from a file to a reference that has it inside."""
    return reference
