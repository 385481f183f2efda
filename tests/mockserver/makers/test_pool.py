"""The worker processes: files, progress, cancelling, death, and that none is left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

import pytest

from genmock.mockserver.makers.pool import MakingFailed

Pools = Callable[..., Any]
Orders = Callable[..., Any]
WAIT_S = 120.0


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_order_becomes_the_file_that_its_recipe_says(pool: Pools, order: Orders, gate: Any) -> None:
    gate.open()
    data = pool().submit(order()).made.result(WAIT_S)
    assert data == order().recipe.render("PNG", 95, {})


def test_progress_is_that_of_the_steps(pool: Pools, order: Orders, gate: Any) -> None:
    ticket = pool().submit(order(steps=3))
    assert (ticket.done, ticket.of) == (0, 3)
    for step in (1, 2):
        gate.pass_step(step)
        gate.wait(lambda step=step: ticket.done == step)
    assert not ticket.made.done()
    gate.open()
    assert ticket.made.result(WAIT_S)
    assert (ticket.done, ticket.of) == (3, 3)


def test_one_process_serves_one_order_after_the_other(pool: Pools, order: Orders, gate: Any) -> None:
    gate.open()
    made = pool()
    for seed in range(3):
        made.submit(order(seed=seed)).made.result(WAIT_S)
    assert len(gate.said("made")) == 1


def test_two_processes_work_at_once(pool: Pools, order: Orders, gate: Any) -> None:
    made = pool(workers=2)
    tickets = [made.submit(order(seed=seed)) for seed in range(2)]
    gate.wait(lambda: len(gate.said("began")) == 2)
    gate.open()
    assert all(ticket.made.result(WAIT_S) for ticket in tickets)


def test_what_waits_is_cancelled_at_once(pool: Pools, order: Orders, gate: Any) -> None:
    made = pool()
    first, second = made.submit(order()), made.submit(order(seed=2))
    gate.wait(lambda: gate.said("began"))
    second.cancel()
    assert second.made.cancelled()
    gate.open()
    assert first.made.result(WAIT_S)


def test_what_is_under_way_is_cancelled_at_its_next_step(pool: Pools, order: Orders, gate: Any) -> None:
    made = pool()
    ticket = made.submit(order(steps=5))
    gate.pass_step(1)
    gate.wait(lambda: ticket.done == 1)
    ticket.cancel()
    gate.pass_step(2)
    with pytest.raises(CancelledError):
        ticket.made.result(WAIT_S)
    assert gate.said("made") == []
    gate.open()
    made.submit(order(seed=2)).made.result(WAIT_S)
    assert gate.said("made") == gate.said("began")  # by the same process


def test_a_picture_whose_process_died_is_tried_once_more(pool: Pools, order: Orders, gate: Any) -> None:
    gate.open()
    assert pool().submit(order("crash")).made.result(WAIT_S)
    assert len(gate.said("began")) == 2


def test_a_picture_that_kills_its_process_twice_fails(pool: Pools, order: Orders, gate: Any) -> None:
    gate.open()
    made = pool()
    with pytest.raises(MakingFailed, match="the worker process ended with status 9"):
        made.submit(order("crash always")).made.result(WAIT_S)
    assert made.submit(order()).made.result(WAIT_S)


def test_a_picture_that_its_maker_refuses_fails_with_the_reason(pool: Pools, order: Orders, gate: Any) -> None:
    with pytest.raises(MakingFailed, match="ValueError: no such colour"):
        pool().submit(order("fail")).made.result(WAIT_S)


def test_a_picture_that_takes_too_long_is_given_up(pool: Pools, order: Orders) -> None:
    with pytest.raises(MakingFailed, match=r"it was not made within 0.1 s \(--pipeline-timeout\)"):
        pool(timeout_s=0.1).submit(order()).made.result(WAIT_S)


def test_each_order_is_logged(pool: Pools, order: Orders, gate: Any) -> None:
    gate.open()
    log: list[Any] = []
    made = pool(log=log)
    made.submit(order()).made.result(WAIT_S)
    gate.wait(lambda: log)
    assert (log[0].what, log[0].steps, log[0].failed) == ("picture 64x64", 3, "")
    assert log[0].took_s > 0


def test_a_closed_pool_leaves_no_process(pool: Pools, order: Orders, gate: Any) -> None:
    made = pool()
    ticket = made.submit(order())
    (process,) = gate.wait(lambda: gate.said("began"))
    made.close()
    assert not _is_alive(process)
    assert ticket.made.done()
    with pytest.raises(MakingFailed, match="the server is stopping"):
        made.submit(order())


SERVER = """
import sys
from genmock.mockserver.makers.opening import Plan
from genmock.mockserver.makers.order import PictureOrder
from genmock.mockserver.makers.pool import Pool
from genmock.mockserver.recipe import ImageRecipe, Sampling

pool = Pool(Plan("gated_maker:GatedMaker", {"gate": sys.argv[1]}), workers=1, timeout_s=60)
recipe = ImageRecipe("a fox", "", "m:1@1", 1, (64, 64), sampling=Sampling("onnx", 3, 3.0, "Default"))
pool.submit(PictureOrder(recipe, "PNG", 95, {})).made.result()
"""


def test_a_server_that_is_killed_leaves_no_process(gate: Any) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER, str(gate.folder)]) as server:
        (process,) = gate.wait(lambda: gate.said("began"))
        server.send_signal(signal.SIGKILL)
    gate.wait(lambda: not _is_alive(process))
