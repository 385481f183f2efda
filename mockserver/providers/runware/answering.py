"""Answering one frame of a socket: its tasks one after the other, each result as soon as it is there.

Source of what is told to whom: docs/providers/runware.md, "WebSocket".
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect

from ...exchange import wire_of
from ...json_codec import dumps
from ...pipeline import DEFECT_TEXT, Call
from ...stores import StoreError
from .at_once import answer_at_once
from .authentication import is_authentication
from .dispatch import Outcome, answer_one, disturb, prepared
from .errors import ErrorItem, TaskRefused, refusal
from .frames import Frame, addressed, error_frame, frames_of, item_frame
from .task import Task
from .telling import Telling
from .validation import PLAIN

JOURNALLED = 100  # items of an answer that the journal is given; more have been sent, and need not be kept


class Answering:
    """One frame on its way to its answer, which is journalled however it ends.

    turns: what tasks wait for whose results take memory, so that a client that does not read cannot have many made.
    """

    def __init__(self, call: Call, telling: Telling, turns: asyncio.Semaphore) -> None:
        self._call = call
        self._turns = turns
        self._telling = telling
        self._settings = call.runtime.settings
        self._outcome = Outcome()
        self._open: dict[int, Mapping[str, Any]] = {}  # the tasks that have not been answered, by their index
        self._started = time.perf_counter()

    async def welcome(self, item: Mapping[str, Any]) -> None:
        """Answer the authentication task of the frame. Raises StoreError."""
        self._outcome.data.append(dict(item))
        await self._telling.tell(Frame({"data": [item]}))

    async def refuse(self, error: ErrorItem) -> None:
        """Answer a frame none of whose tasks is looked at: each of them hears of it."""
        try:
            for index, each in enumerate(addressed(error, self._call.body)):
                self._outcome.failed[index] = [each]
                await self._telling.tell(error_frame(each, self._settings))
        except StoreError as failed:
            self._call.exchange.note = str(failed)
        finally:
            await self._journal()

    async def run(self) -> None:
        """Answer a frame whose key was taken. A defect of ours is told to the tasks that wait, and raised again."""
        body = self._call.body
        first = 1 if is_authentication(body[0]) else 0
        self._open = {index: item for index, item in enumerate(body) if index >= first}
        exchange = self._call.exchange
        try:
            await self._answer(body[first:], first)
            await self._telling.end()
        except ClientDisconnect:
            exchange.note = f"{exchange.note} the client left before the answer was ready".strip()
        except StoreError as error:
            exchange.note = str(error)
            await self._give_up(refusal(self._call.errors, "serviceUnavailable").item)
        except Exception as error:
            exchange.note = f"{type(error).__name__}: {error}"
            await self._give_up(ErrorItem("internalServerError", DEFECT_TEXT, 500))
            raise
        finally:
            await self._journal()

    async def _answer(self, items: list[Any], first: int) -> None:
        if not items:  # it only authenticated
            return
        results = await answer_at_once(self._call) if first == 0 else None
        if results is not None:
            await self._tell_all(results)
            return
        tasks = await prepared(self._call, self._outcome, items, first=first)
        try:
            await disturb(self._call, tasks)
        except TaskRefused as refused:
            for task in tasks:
                error = refused.item.with_task(task.type, task.item.get("taskUUID"))
                self._outcome.failed[task.index] = [error]
            tasks = []
        for index, errors in sorted(self._outcome.failed.items()):
            self._open.pop(index, None)
            for error in errors:
                await self._telling.tell(error_frame(error, self._settings))
        for task in sorted(tasks, key=lambda task: task.effects.stalls):  # what never ends keeps nobody waiting
            async with self._turn(task):
                if self._telling.is_over and task.type in PLAIN:  # nobody waits for a poll
                    raise ClientDisconnect
                await self._answer_one(task)

    async def _tell_all(self, results: list[dict[str, Any]]) -> None:
        """Send the results of tasks that were answered at once. Raises StoreError."""
        self._open.clear()
        self._outcome.data += results[:JOURNALLED]
        for document, item in self._call.judged:
            await self._telling.tell(Frame({"data": [item]}, document=document))

    def _turn(self, task: Task) -> AbstractAsyncContextManager[None]:
        """Return what to hold while a task is answered. A ping needs none, and what a fault holds up would hold all."""
        disorder = self._call.disorder
        stalls = task.effects.stalls or (disorder is not None and disorder.manner == "stall")
        return nullcontext() if stalls or task.type == "ping" else self._turns

    async def _answer_one(self, task: Task) -> None:
        before, emitted = len(self._outcome.data), list[Mapping[str, Any]]()
        if not task.effects.silent:
            task.emit = partial(self._emit, task, emitted)
        answer = await answer_one(task, self._outcome)
        if not task.effects.silent:
            for frame in frames_of(task, answer, self._settings)[len(emitted) :]:
                await self._telling.tell(frame)
        self._open.pop(task.index, None)
        del self._outcome.data[max(before, JOURNALLED) :]

    async def _emit(self, task: Task, emitted: list[Mapping[str, Any]], item: Mapping[str, Any]) -> None:
        """Send one result of a task whose others are still being made."""
        await self._telling.tell(item_frame(task, item))
        emitted.append(item)

    async def _give_up(self, error: ErrorItem) -> None:
        """Tell each task that was not answered that it will not be."""
        with suppress(StoreError):
            for index, item in self._open.items():
                told = addressed(error, item)[0]
                self._outcome.failed[index] = [told]
                await self._telling.tell(error_frame(told, self._settings))

    async def _journal(self) -> None:
        call, outcome, exchange = self._call, self._outcome, self._call.exchange
        errors = [error.told(self._settings) for error in outcome.errors]
        exchange.reply = {"data": outcome.data, **({"errors": errors} if errors else {})}
        exchange.status = outcome.errors[0].status if errors and not outcome.data else 200
        exchange.tasks += outcome.in_order
        exchange.wire = wire_of(call.scope["headers"], call.data if call.is_json else None, dumps(exchange.reply))
        exchange.duration_s = time.perf_counter() - self._started
        with suppress(StoreError):
            await call.world.journal.record(exchange)
        if call.runtime.on_exchange is not None:
            call.runtime.on_exchange(exchange)
        exchange.fold()
