"""Pictures from a kiapi server, on the command line: order a job, ask until it is done, download its file."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

RUNNING = ("queued", "running")


class NoPicture(Exception):
    """There is no picture; the text says why."""


def answer_of(reply: httpx.Response) -> dict[str, Any]:
    """Return the body of a reply. Raises NoPicture with what the server says is wrong."""
    try:
        body = reply.json()
        if reply.is_error:
            detail = body["detail"]
            refusals = (
                [f"{each['loc'][-1]}: {each['msg']}" for each in detail] if isinstance(detail, list) else [detail]
            )
            raise NoPicture(f"the server refused: {'; '.join(refusals)}")
        return dict(body)
    except (ValueError, TypeError, LookupError):
        raise NoPicture(f"the server answered {reply.status_code} with {reply.text[:80]!r}") from None


def upload(server: httpx.Client, path: Path) -> str:
    """Send a file and return its id."""
    with path.open("rb") as file:
        return str(answer_of(server.post("/v1/files", files={"file": (path.name, file)}))["file_id"])


def submit(server: httpx.Client, prompt: str, size: tuple[int, int], picture: Path | None) -> str:
    """Order a picture, or an edit of one, and return the id of its job."""
    order: dict[str, Any] = {"prompt": prompt, "mode": "async"}
    if picture is None:
        generate = {**order, "width": size[0], "height": size[1]}
        return str(answer_of(server.post("/v1/image/qwen/generate", json=generate))["job_id"])
    edit = {**order, "images": [{"type": "file_id", "file_id": upload(server, picture)}]}
    return str(answer_of(server.post("/v1/image/qwen/edit", json=edit))["job_id"])


def wait(server: httpx.Client, job: str, timeout_s: float, pause_s: float) -> str:
    """Ask until a job is done and return the id of its file. Raises NoPicture."""
    until = time.monotonic() + timeout_s
    while (state := answer_of(server.get(f"/v1/jobs/{job}")))["status"] in RUNNING:
        if time.monotonic() >= until:
            raise NoPicture(f"job {job} is still {state['status']} after {timeout_s:g} s; the server goes on with it")
        time.sleep(pause_s)
    if state["status"] != "succeeded":
        raise NoPicture(f"job {job} {state['status']}: {state['error']}")
    return str(state["artifacts"][0])


def download(server: httpx.Client, file: str, path: Path) -> None:
    """Write a file of the server."""
    path.write_bytes(server.get(f"/v1/files/{file}/download").raise_for_status().content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a picture; return 0, or 1 when there is none."""
    parser = argparse.ArgumentParser(prog="picture", description=__doc__)
    parser.add_argument("prompt")
    parser.add_argument("--output", type=Path, default=Path("picture.png"))
    parser.add_argument("--size", type=int, nargs=2, default=(1024, 1024), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--edit", type=Path, metavar="PICTURE", help="change this picture instead of making a new one")
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS")
    parser.add_argument("--pause", type=float, default=1.0, metavar="SECONDS", help="between two questions")
    given = parser.parse_args(arguments)
    with httpx.Client(base_url=os.environ["KIAPI_BASE_URL"], timeout=30) as server:
        try:
            job = submit(server, given.prompt, given.size, given.edit)
            download(server, wait(server, job, given.timeout, given.pause), given.output)
        except NoPicture as problem:
            print(problem, file=sys.stderr)
            return 1
        except httpx.HTTPError as problem:
            print(f"the server cannot be reached: {problem}", file=sys.stderr)
            return 1
        except (LookupError, TypeError) as problem:
            print(f"the server's answer is not what its document says: {problem}", file=sys.stderr)
            return 1
    print(given.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
