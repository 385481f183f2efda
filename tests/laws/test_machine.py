"""Random histories of a whole server against a small model: both providers, faults, restarts, webhooks, every store."""

import asyncio
import base64
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PIL import Image

from genmock.mockserver import VirtualClock

from .model import (
    DATASET,
    FAULTS,
    GENERATE,
    HISTORY,
    JOB_S,
    MODEL,
    PICTURE_S,
    PRICE,
    RETENTION_S,
    STALL,
    TRAINING_S,
    Ordered,
    announced,
    told_by,
)

HISTORIES = settings.get_profile("histories")


class Servers(RuleBasedStateMachine):
    """A server, which may start again on its store, and its model."""

    fresh: ClassVar[Callable[..., Any]]
    new_store: ClassVar[Any]  # a function without arguments
    receiver: ClassVar[Any]
    picture: ClassVar[bytes]

    @initialize()
    def start(self) -> None:
        """Serve from an empty store."""
        durations = {"imageInference": PICTURE_S, "training": TRAINING_S, "job": JOB_S}
        self.options = {
            "store": self.new_store(),
            "duration": durations,
            "retention": RETENTION_S,
            "kiapi_jobs": "keep",
        }
        self.clock = VirtualClock()
        self.world = self.fresh(self.clock, **self.options)
        self.tasks: list[Ordered] = []
        self.uploads: list[str] = []
        self.jobs: list[tuple[str, float]] = []  # (id, when it begins); a deleted one has no id
        self.free_at = 0.0
        self.waiting = ""  # the fault that strikes next
        self.spent = Decimal(0)
        self.count = 0
        self.path = f"/{next(HISTORY)}"  # its own: an attempt of an earlier history may still be on its way

    def numbered(self) -> int:
        """Return the next number."""
        self.count += 1
        return self.count

    def uuid(self) -> str:
        """Return the taskUUID of a task of no interest."""
        return f"{self.numbered():08x}-0000-4000-9000-000000000000"

    def ordered(self, results: int, lasts: float, *, hook: bool = False) -> tuple[Ordered, dict[str, Any]]:
        """Return a new task as the model and as the server have it."""
        task = Ordered(self.numbered(), results, self.clock.now(), lasts, self.waiting, hook)
        sent: dict[str, Any] = {
            "taskType": "imageInference",
            "taskUUID": task.uuid,
            "model": MODEL,
            "positivePrompt": "a fox",
        }
        sent |= {"width": 128, "height": 128, "numberResults": results, "seed": 1000 * task.number}
        self.tasks.append(task)
        self.waiting = ""
        self.spent += PRICE * results
        return task, sent

    @rule(results=st.integers(1, 3), hook=st.booleans())
    def order(self, results: int, hook: bool) -> None:
        """Order what is told of by polls, and by webhooks where they are asked for."""
        task, sent = self.ordered(results, PICTURE_S, hook=hook)
        how = {"webhookURL": self.receiver.url + self.path} if hook else {"deliveryMethod": "async"}
        assert self.world.data({**sent, **how}) == [{"taskType": "imageInference", "taskUUID": task.uuid}]

    @precondition(lambda self: self.waiting != STALL)
    @rule(results=st.integers(1, 3))
    def order_and_wait(self, results: int) -> None:
        """Order what is answered at once."""
        task, sent = self.ordered(results, 0.0)
        status, data, errors = self.world.post(sent)
        assert [item["seed"] for item in data] == task.seeds
        assert [error["code"] for error in errors] == ["timeoutProvider"] * task.failures
        assert (status == 200) == bool(data)
        task.items = data

    @rule(wrong=st.sampled_from(({"width": 129}, {"steps": 0}, {"positivePrompt": None}, {"nothing": 1})))
    def order_nonsense(self, wrong: dict[str, Any]) -> None:
        """Order what breaks the contract, which costs nothing and meets no fault."""
        sent = {"taskType": "imageInference", "taskUUID": self.uuid(), "model": MODEL, "positivePrompt": "a fox"}
        status, data, (error,) = self.world.post({**sent, "width": 128, "height": 128, **wrong})
        assert (status, data, error["taskUUID"]) == (400, [], sent["taskUUID"])
        assert error["parameter"] == next(iter(wrong))

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def order_again(self, data: st.DataObject) -> None:
        """Use a taskUUID a second time."""
        task = data.draw(st.sampled_from(self.tasks))
        sent: dict[str, Any] = {
            "taskType": "imageInference",
            "taskUUID": task.uuid,
            "model": MODEL,
            "positivePrompt": "a fox",
        }
        status, _, (error,) = self.world.post({**sent, "width": 128, "height": 128})
        assert (status, error["code"]) == (400, "conflictTaskUUID")

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def poll(self, data: st.DataObject) -> None:
        """Ask for a task: all there is, at every poll."""
        task, now = data.draw(st.sampled_from(self.tasks)), self.clock.now()
        status, items, errors = self.world.post({"taskType": "getResponse", "taskUUID": task.uuid})
        if task.expired(now):
            assert (status, items, errors[0]["code"]) == (404, [], "taskExpired")
            return
        assert status == 200
        if not task.ended(now):
            progress = int(100 * (now - task.at) / task.lasts) if task.fate != STALL else 0
            assert [(item["status"], item["progress"]) for item in items] == [("processing", progress)] * task.results
            return
        assert [(item["status"], item["seed"]) for item in items] == [("success", seed) for seed in task.seeds]
        assert [error["code"] for error in errors] == ["timeoutProvider"] * task.failures
        assert {each["taskUUID"] for each in (*items, *errors)} == {task.uuid}
        assert not task.items or [{**item, "status": "success"} for item in task.items] == items
        task.items = [{name: value for name, value in item.items() if name != "status"} for item in items]

    @rule()
    def poll_what_is_not_there(self) -> None:
        """Ask for a task that nobody ordered."""
        status, _, (error,) = self.world.post({"taskType": "getResponse", "taskUUID": self.uuid()})
        assert (status, error["code"]) == (404, "taskNotFound")

    @precondition(lambda self: any(task.items for task in self.tasks))
    @rule(data=st.data())
    def fetch(self, data: st.DataObject) -> None:
        """Fetch a picture, which outlives the time in which its task is told of."""
        task = data.draw(st.sampled_from([task for task in self.tasks if task.items]))
        item = data.draw(st.sampled_from(task.items))
        image = Image.open(io.BytesIO(self.world.file(item["imageURL"])))
        assert (image.format, image.size) == ("JPEG", (128, 128))

    @rule(kind=st.sampled_from(sorted(FAULTS)))
    def set_fault(self, kind: str) -> None:
        """Have the next task that makes something fail, whole or in part, or never end."""
        self.world.control("DELETE", "/faults")
        self.world.control("POST", "/faults", {**FAULTS[kind], "times": 1, "match": {"taskType": "imageInference"}})
        self.waiting = kind

    @rule()
    def clear_faults(self) -> None:
        """Have nothing fail."""
        self.world.control("DELETE", "/faults")
        self.waiting = ""
        assert self.world.control("GET", "/faults") == {"faults": []}

    @rule(seconds=st.sampled_from((0.5, 1.0, 2.0, 4.0, 10.0, 61.0)))
    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    @precondition(lambda self: self.options["store"] != "memory")
    @rule()
    def restart(self) -> None:
        """Stop, and start again on what the store has."""
        self.world.close()
        self.world = self.fresh(self.clock, **self.options)

    @rule()
    def upload(self) -> None:
        """Upload a picture."""
        data = base64.b64encode(self.picture).decode()
        (item,) = self.world.data({"taskType": "imageUpload", "taskUUID": self.uuid(), "image": data})
        assert self.world.file(item["imageURL"]) == self.picture
        self.uploads.append(item["imageUUID"])

    @precondition(lambda self: self.uploads)
    @rule(data=st.data())
    def delete_an_upload(self, data: st.DataObject) -> None:
        """Delete an upload, which is gone then."""
        name = data.draw(st.sampled_from(self.uploads))
        sent = {"taskType": "mediaStorage", "operation": "delete", "media": name}
        (item,) = self.world.data({**sent, "taskUUID": self.uuid()})
        assert item["mediaUUID"] == name
        status, _, (error,) = self.world.post({**sent, "taskUUID": self.uuid()})
        assert (status, error["code"]) == (404, "mediaNotFound")
        self.uploads.remove(name)

    @rule()
    def train(self) -> None:
        """Train a model, which can be used when it is done."""
        stored = {"taskType": "mediaStorage", "operation": "upload", "media": DATASET, "taskUUID": self.uuid()}
        air, uuid = f"acme:{self.count}@1", self.uuid()
        sent: dict[str, Any] = {
            "taskType": "training",
            "taskUUID": uuid,
            "model": "runware:qwen-image@style-lora-training",
        }
        sent |= {
            "inputs": {"dataset": self.world.data(stored)[0]["mediaUUID"]},
            "triggerWord": "inkstyle",
            "includeCost": True,
        }
        assert self.world.data({**sent, "importModel": {"air": air, "name": "Ink"}})
        assert self.world.poll(uuid)[0]["status"] == "processing"
        self.clock.advance(TRAINING_S)
        (item,) = self.world.poll(uuid)
        assert (item["status"], item["air"]) == ("success", air)
        assert self.world.file(item["outputs"]["files"][0]["url"])
        found = {"taskType": "modelSearch", "taskUUID": self.uuid(), "search": air}
        assert [model["air"] for model in self.world.data(found)[0]["results"]] == [air]
        self.spent += Decimal(str(item["cost"]))

    @rule()
    def queue_a_job(self) -> None:
        """Give kiapi's worker a job."""
        reply = self.world.make(GENERATE, prompt="a fox", width=16, height=16, mode="async")
        begins = max(self.clock.now(), self.free_at)
        self.free_at = begins + JOB_S
        self.jobs.append((reply.json()["job_id"], begins))

    @precondition(lambda self: any(name for name, _ in self.jobs))
    @rule(data=st.data())
    def delete_a_job(self, data: st.DataObject) -> None:
        """Forget a job; the worker does it all the same."""
        index = data.draw(st.sampled_from([n for n, (name, _) in enumerate(self.jobs) if name]))
        name, begins = self.jobs[index]
        reply = self.world.send("DELETE", f"/v1/jobs/{name}").json()
        running = self.status(begins) == "running"
        assert reply == {"deleted": True, "job_id": name, "was_running": running}
        self.jobs[index] = ("", begins)

    def status(self, begins: float) -> str:
        """Return the status of a job that begins at a time."""
        now = self.clock.now()
        return "queued" if now < begins else "running" if now < begins + JOB_S else "succeeded"

    @invariant()
    def jobs_are_those_of_the_model(self) -> None:
        """List kiapi's jobs."""
        listed = self.world.send("GET", "/v1/jobs").json()["data"]
        told = [(job["id"], job["status"]) for job in reversed(listed)]
        assert told == [(name, self.status(begins)) for name, begins in self.jobs if name]
        waiting = sum(self.status(begins) == "queued" for _, begins in self.jobs)
        assert self.world.send("GET", "/health").json()["queue_len"] == waiting

    @rule()
    def account(self) -> None:
        """Ask what was spent."""
        sent = {"taskType": "accountManagement", "taskUUID": self.uuid(), "operation": "getDetails"}
        (item,) = self.world.data(sent)
        assert item["usage"]["total"]["credits"] == float(self.spent)

    def teardown(self) -> None:
        """Let everything end, and look at the webhooks that came."""
        if not hasattr(self, "world"):
            return
        self.clock.advance(PICTURE_S)
        hooked = [task for task in self.tasks if task.hook]
        expected = {told for task in hooked for told in announced(task)}
        self.world.run(_until(lambda: len(self.received()) >= len(expected)))
        assert self.received() == expected
        self.world.close()

    def received(self) -> set[tuple[str, str]]:
        """Return what webhooks told so far, however often they did."""
        return {told_by(body) for path, body in self.receiver.bodies if path == self.path}


async def _until(there: Callable[[], bool]) -> None:
    """Wait until something is there, for five seconds at most."""
    for _ in range(500):
        if there():
            return
        await asyncio.sleep(0.01)


@pytest.mark.timeout(1800)
def test_every_history_is_that_of_the_model(
    world: Callable[..., Any], new_store: Callable[[], str], receiver: Any, picture: bytes
) -> None:
    made = {
        "fresh": staticmethod(world),
        "new_store": staticmethod(new_store),
        "receiver": receiver,
        "picture": picture,
    }
    kind: Any = type("History", (Servers,), made)
    run_state_machine_as_test(kind, settings=HISTORIES)
