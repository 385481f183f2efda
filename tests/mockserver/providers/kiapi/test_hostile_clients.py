"""Clients that leave, dawdle, come in crowds or ask for thousands: nobody else notices, and nothing is lost."""

import asyncio
import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from genmock.mockserver import ServerThread, Settings, VirtualClock, create_app

GENERATE = "/v1/image/qwen/generate"
SMALL = {"prompt": "a fox", "width": 16, "height": 16}
FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + b"x" * 2000 + b"\r\n--b--\r\n"
KIND = "Content-Type: multipart/form-data; boundary=b"
HEAD = f"POST /v1/files HTTP/1.1\r\nHost: x\r\n{KIND}\r\nContent-Length: {len(FORM)}\r\n\r\n".encode()
PATIENCE_S = 60.0


@pytest.fixture
def url() -> Iterator[str]:
    """Return the URL of a server on a port, whose jobs take 0.2 s."""
    with ServerThread(create_app(Settings(duration={"job": 0.2}, quiet=True))) as server:
        yield server.url


def test_a_client_that_leaves_does_not_stop_its_job(url: str) -> None:
    with httpx.Client(base_url=url, timeout=PATIENCE_S, verify=False) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(GENERATE, json=SMALL, timeout=0.1)
        client.post(GENERATE, json=SMALL)
        jobs = client.get("/v1/jobs").json()["data"]
    assert [job["status"] for job in jobs] == ["succeeded"] * 2
    assert jobs[0]["started_at"] >= jobs[1]["finished_at"]


def test_a_crowd_is_served_one_after_the_other(url: str) -> None:
    async def work() -> list[Any]:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client:
            headers = {"accept": "application/json", "prefer": "duration=0.01"}
            asked = (client.post(GENERATE, json={**SMALL, "seed": number}, headers=headers) for number in range(50))
            return [reply.json() for reply in await asyncio.gather(*asked)]

    jobs = sorted(asyncio.run(work()), key=lambda job: float(job["started_at"]))
    assert {job["status"] for job in jobs} == {"succeeded"}
    assert all(one["finished_at"] <= other["started_at"] for one, other in pairwise(jobs))


def test_who_uploads_slowly_or_never_ends_holds_up_nobody(url: str) -> None:
    port, quick = int(url.rpartition(":")[2]), threading.Event()

    async def upload(*, ends: bool) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + FORM[:1000])
        await asyncio.to_thread(quick.wait, PATIENCE_S)
        answer = b""
        if ends:
            writer.write(FORM[1000:])
            answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer

    async def work() -> list[bytes]:
        uploads = [asyncio.create_task(upload(ends=number % 2 == 0)) for number in range(10)]
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client:
            assert (await client.post(GENERATE, json=SMALL)).status_code == 200
            assert (await client.get("/v1/files")).status_code == 200
            quick.set()
            return await asyncio.gather(*uploads)

    assert asyncio.run(work()) == [b"HTTP/1.1 200 OK\r\n", b""] * 5
    assert len(httpx.get(f"{url}/v1/files").json()["data"]) == 6


@pytest.mark.slow
def test_thousands_of_jobs_are_kept_listed_and_drawn() -> None:
    clock, count = VirtualClock(), 2000
    app = create_app(Settings(quiet=True, duration={"job": 0.5}), clock=clock)

    async def work() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as client:
            for number in range(count):
                reply = await client.post(GENERATE, json={**SMALL, "seed": number, "mode": "async"})
                assert reply.status_code == 202
            clock.advance(count)
            jobs = (await client.get("/v1/jobs")).json()["data"]
            files = (await client.get("/v1/files")).json()["data"]
        assert len(jobs) == len({job["id"] for job in jobs}) == len(files) == count
        assert {job["status"] for job in jobs} == {"succeeded"}
        assert jobs[0]["finished_at"] - jobs[-1]["started_at"] == count / 2
        assert {job["result"]["image_bytes"] for job in jobs} == {file["size"] for file in files}

    asyncio.run(work())
