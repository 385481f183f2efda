"""Sockets over any history of connecting, sending, dropping, resuming and polling, held to a model.

Nothing is lost: what a task comes to is sent over its connection, or over the next of its session, or a poll has it.
Nothing comes twice. A client that drops says so at once here, and only when it has read what was on its way: what the
operating system has counts as sent.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from genmock.mockserver import VirtualClock

EXAMPLES = 1_000 if os.environ.get("GENMOCK_SCALE") == "full" else 50
STEPS = 30
TAKES_S = 10.0  # what an asynchronous task takes, by the server's clock
RESUME_S = 120.0
LOOK_S = 0.02  # how often the server looks for frames of a session
LISTENING_S = 5 * LOOK_S
PING = {"taskType": "ping", "ping": True}


class Held:
    """What the model knows of one session.

    waiting: taskUUID and seed of each result that was ordered and not read. client: None while it is gone.
    """

    def __init__(self, uuid: str) -> None:
        self.uuid = uuid
        self.waiting: list[tuple[str, int]] = []
        self.client: Any = None
        self.over_at = float("inf")


class Sockets(RuleBasedStateMachine):
    """A server with a virtual clock, whose faults make clients lose frames on order."""

    server: Any  # set by the test, with a client class that knows frames
    paint: Any
    sessions = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.clock: VirtualClock = self.server.runtime.clock
        self.server.http.post("/__genmock__/reset").raise_for_status()
        self.tasks: dict[int, tuple[float, int]] = {}  # when each asynchronous task ends, and how many results it has
        self.connected: list[Held] = []

    @initialize(target=sessions)
    def begin(self) -> Any:
        """Have two sessions from the start."""
        return multiple(self.connect_anew(), self.connect_anew())

    @rule(target=sessions)
    def connect(self) -> Held:
        """Connect anew."""
        return self.connect_anew()

    def connect_anew(self) -> Held:
        """Return a new session with a client."""
        client = self.server.connect()
        held = Held(client.authenticate())
        held.client = client
        self.connected.append(held)
        return held

    @rule(held=sessions, results=st.integers(1, 3))
    def paint_at_once(self, held: Held, results: int) -> None:
        """Order results that come at once."""
        if held.client is not None:
            self._paint_at_once(held, results)
            self._read(held)

    @rule(held=sessions, results=st.integers(1, 3), at=st.sampled_from(["headers", "body", "after"]))
    def lose_the_connection(self, held: Held, results: int, at: str) -> None:
        """Order results, of which none, the first, or all come before the connection ends."""
        if held.client is None:
            return
        self.server.fault("drop", at=at, times=1, match={"taskType": "imageInference"})
        self._paint_at_once(held, results)
        read = [self._seen(frame) for frame in held.client.until_end()]
        assert read == held.waiting[: len(read)]
        assert len(read) == {"headers": 0, "body": 1, "after": results}[at]
        del held.waiting[: len(read)]
        self._gone(held)

    @rule(held=sessions)
    def drop(self, held: Held) -> None:
        """Leave without a word."""
        if held.client is not None:
            held.client.drop()
            self._gone(held)

    @rule(held=sessions, gone_for=st.sampled_from([0.0, 60.0, 200.0]))
    def resume(self, held: Held, gone_for: float) -> None:
        """Come back after some time; too late, and the session is another, and empty."""
        earlier = held.client
        if earlier is None:
            self.advance(gone_for)
        held.client = self.server.connect()
        taken_up = held.client.authenticate(held.uuid)
        if earlier is not None:  # it did not even leave
            assert (taken_up, earlier.ended()) == (held.uuid, 1006)
            return
        assert (taken_up == held.uuid) == (self.clock.now() < held.over_at)
        if taken_up != held.uuid:
            held.uuid, held.waiting = taken_up, []
        held.over_at = float("inf")
        self.connected.append(held)
        self._read(held)

    @rule(held=sessions)
    def ping(self, held: Held) -> None:
        """Say that one is there. Only the pong comes: whatever else waited was read before."""
        if held.client is not None:
            assert held.client.ask(PING) == {"data": [{"taskType": "ping", "pong": True}]}

    @rule(held=sessions, results=st.integers(1, 3))
    def order(self, held: Held, results: int) -> None:
        """Order results that come by polls."""
        if held.client is not None:
            self.count += 1
            task = self.paint(self.count, numberResults=results, deliveryMethod="async")
            assert held.client.ask(task) == {"data": [{name: task[name] for name in ("taskType", "taskUUID")}]}
            self.tasks[self.count] = (self.clock.now() + TAKES_S, results)

    @rule(held=sessions, which=st.integers(0, 100))
    def poll(self, held: Held, which: int) -> None:
        """Ask for the results of any task, over any connection."""
        if held.client is None or not self.tasks:
            return
        number = sorted(self.tasks)[which % len(self.tasks)]
        ends, results = self.tasks[number]
        uuid = self.paint(number)["taskUUID"]
        frame = held.client.ask({"taskType": "getResponse", "taskUUID": uuid})
        status = "success" if self.clock.now() >= ends else "processing"
        assert [item["status"] for item in frame["data"]] == [status] * results

    @rule(seconds=st.sampled_from([1.0, 5.0, 20.0]))
    def advance(self, seconds: float) -> None:
        """Let time pass; those who are there say so."""
        for _ in range(int(seconds) // 100 + 1):
            self.clock.advance(seconds / (int(seconds) // 100 + 1))
            for held in self.connected:
                self.ping(held)

    @invariant()
    def everybody_who_is_there_has_read_everything(self) -> None:
        """Look at the model: nothing waits for a client that is there."""
        assert all(not held.waiting for held in self.connected)

    @rule(held=sessions)
    def lose_it_and_come_back_twice(self, held: Held) -> None:
        """Get what waited when one is back, and not again when one is back once more."""
        self.lose_the_connection(held, 2, "headers")
        for _ in range(2):
            self.resume(held, 0.0)
            self.drop(held)

    def teardown(self) -> None:
        """Listen for what should not come, and leave."""
        for held in self.connected:
            assert held.client.is_silent(LISTENING_S)
            held.client.drop()
        assert self.server.violations() == []

    def _paint_at_once(self, held: Held, results: int) -> None:
        self.count += 1
        self.tasks[self.count] = (self.clock.now(), results)
        held.client.send(self.paint(self.count, numberResults=results, seed=100 * self.count))
        held.waiting += [(self.paint(self.count)["taskUUID"], 100 * self.count + index) for index in range(results)]

    def _read(self, held: Held) -> None:
        """Read what waits, which comes in its order, and nothing beside it."""
        read = [self._seen(held.client.receive()) for _ in held.waiting]
        assert read == held.waiting
        held.waiting = []

    def _gone(self, held: Held) -> None:
        held.client, held.over_at = None, self.clock.now() + RESUME_S
        self.connected.remove(held)
        self.server.await_end(held.uuid)

    def _seen(self, frame: dict[str, Any]) -> tuple[str, int]:
        (item,) = frame["data"]
        return item["taskUUID"], item["seed"]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nothing_is_lost_and_nothing_comes_twice(
    serve: Callable[..., Any], paint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genmock.mockserver.providers.runware.socket.LOOK_S", LOOK_S)
    Sockets.server = serve(VirtualClock(), duration={"imageInference": TAKES_S})
    Sockets.paint = staticmethod(paint)
    rules = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    run_state_machine_as_test(Sockets, settings=settings(rules, deadline=None))
