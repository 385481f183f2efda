"""Random histories of a server against a small model of it: what was asked, deleted, and how much time has passed."""

import asyncio
import base64
import io
import os
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from PIL import Image

from genmock.mockserver import Settings, VirtualClock, create_app

EXAMPLES = 200 if os.environ.get("GENMOCK_SCALE") == "full" else 20
GENERATE, EDIT = "/v1/image/qwen/generate", "/v1/image/qwen/edit"
SMALL = {"prompt": "a fox", "width": 16, "height": 16}
LONG_S = 1.5  # a job that nobody waits for
SHORT_S = 0.125  # one that somebody waits for: a power of two, so that times are exact
UNKNOWN = {"type": "file_id", "file_id": "file_0"}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass
class Job:
    """What the model knows of a job."""

    id: str
    starts_at: float
    ends_at: float
    fails: bool
    deleted: bool = False

    def status(self, now: float) -> str:
        if now < self.starts_at:
            return "queued"
        return "running" if now < self.ends_at else "failed" if self.fails else "succeeded"


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, "PNG")
    return buffer.getvalue()


class Histories(RuleBasedStateMachine):
    """A server and its model."""

    @initialize()
    def start(self) -> None:
        self.clock = VirtualClock(0.0)
        self.app = create_app(Settings(check_replies=True), clock=self.clock)
        self.jobs: list[Job] = []
        self.uploads: list[str] = []
        self.gone = 0  # files that were made by jobs and deleted
        self.free_at = 0.0

    def send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as client:
                headers = {"accept": "application/json", "prefer": f"duration={arguments.pop('takes', 0)}"}
                return await client.request(method, path, headers=headers, **arguments)

        reply = asyncio.run(exchange())
        broken = list(self.app.state.runtime.world.journal)[-1].violations
        assert not broken, broken
        return reply

    def accept(self, job_id: str, takes: float, *, fails: bool = False) -> Job:
        """Put a job into the model's queue."""
        starts_at = max(self.clock.now(), self.free_at)
        self.free_at = starts_at if fails else starts_at + takes
        self.jobs.append(Job(job_id, starts_at, self.free_at, fails))
        return self.jobs[-1]

    @rule(format=st.sampled_from(["png", "jpeg", "webp"]))
    def wait_for_a_picture(self, format: str) -> None:
        now = self.clock.now()
        body = self.send("POST", GENERATE, json={**SMALL, "format": format}, takes=SHORT_S).json()
        starts_at = max(now, self.free_at)
        self.free_at = starts_at + SHORT_S
        self.jobs.append(Job(body["id"], starts_at, self.free_at, fails=False))
        assert (body["status"], body["started_at"], body["finished_at"]) == ("succeeded", starts_at, self.free_at)
        assert self.clock.now() == self.free_at

    @rule()
    def queue_a_picture(self) -> None:
        reply = self.send("POST", GENERATE, json={**SMALL, "mode": "async"}, takes=LONG_S)
        self.accept(reply.json()["job_id"], LONG_S)

    @rule()
    def queue_an_edit_of_a_new_picture(self) -> None:
        image = {"type": "data_url", "data_url": f"data:image/png;base64,{base64.b64encode(png()).decode()}"}
        reply = self.send("POST", EDIT, json={**SMALL, "images": [image], "mode": "async"}, takes=LONG_S)
        self.accept(reply.json()["job_id"], LONG_S)

    @rule()
    def queue_what_fails(self) -> None:
        reply = self.send("POST", GENERATE, json={**SMALL, "init_image": UNKNOWN, "mode": "async"}, takes=LONG_S)
        self.accept(reply.json()["job_id"], LONG_S, fails=True)

    @rule()
    def upload(self) -> None:
        reply = self.send("POST", "/v1/files", files={"file": ("a.png", png())})
        self.uploads.append(reply.json()["file_id"])

    @precondition(lambda self: self.uploads)
    @rule(data=st.data())
    def change_an_upload(self, data: st.DataObject) -> None:
        held = {"type": "file_id", "file_id": data.draw(st.sampled_from(self.uploads))}
        reply = self.send("POST", EDIT, json={**SMALL, "images": [held, held], "mode": "async"}, takes=LONG_S)
        self.accept(reply.json()["job_id"], LONG_S)

    @precondition(lambda self: self.uploads)
    @rule(data=st.data())
    def delete_an_upload(self, data: st.DataObject) -> None:
        file_id = data.draw(st.sampled_from(self.uploads))
        assert self.send("DELETE", f"/v1/files/{file_id}").json() == {"deleted": True, "file_id": file_id}
        assert self.send("GET", f"/v1/files/{file_id}/download").status_code == 404
        self.uploads.remove(file_id)

    @precondition(lambda self: self.alive())
    @rule(data=st.data())
    def delete_a_job(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.alive()))
        told = self.send("DELETE", f"/v1/jobs/{job.id}").json()
        assert told == {
            "deleted": True,
            "job_id": job.id,
            "was_running": job.status(self.clock.now()) == "running",
        }
        job.deleted = True

    @precondition(lambda self: any(job.status(self.clock.now()) == "succeeded" for job in self.alive()))
    @rule(data=st.data())
    def delete_what_a_job_made(self, data: st.DataObject) -> None:
        done = [job for job in self.alive() if job.status(self.clock.now()) == "succeeded"]
        job = data.draw(st.sampled_from(done))
        (file_id,) = self.send("GET", f"/v1/jobs/{job.id}").json()["artifacts"]
        self.gone += self.send("DELETE", f"/v1/files/{file_id}").status_code == 200

    @rule(seconds=st.sampled_from([0.125, 0.75, 1.5, 10.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def alive(self) -> list[Job]:
        return [job for job in self.jobs if not job.deleted]

    @invariant()
    def jobs_are_those_of_the_model(self) -> None:
        now = self.clock.now()
        listed = self.send("GET", "/v1/jobs").json()["data"]
        told = [(job["id"], job["status"]) for job in reversed(listed)]
        assert told == [(job.id, job.status(now)) for job in self.alive()]
        waiting = sum(job.status(now) == "queued" for job in self.jobs)
        assert self.send("GET", "/health").json()["queue_len"] == waiting

    @invariant()
    def files_are_those_of_the_model(self) -> None:
        now = self.clock.now()
        files = self.send("GET", "/v1/files").json()["data"]
        times = [file["created_at"] for file in files]
        assert times == sorted(times, reverse=True)
        made = sum(job.status(now) == "succeeded" for job in self.jobs)
        assert sum("params" in file["meta"] for file in files) == made - self.gone
        assert {file["file_id"] for file in files if not file["meta"]} == set(self.uploads)


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
