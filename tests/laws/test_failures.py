"""What fails is told, and nothing else fails: at once, by polls and in details, however many results there are."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

LAWS = settings.get_profile("laws")
UUID = "a0000000-0000-4000-8000-000000000000"
NEXT = "b0000000-0000-4000-8000-000000000000"
TASK = {"taskType": "imageInference", "taskUUID": UUID, "model": "runware:108@1", "positivePrompt": "a fox", "seed": 5}
TASK |= {"width": 128, "height": 128}
CODE = "timeoutProvider"
LATER = {"deliveryMethod": "async"}


def test_one_result_that_fails_leaves_the_others_alone(world: Callable[..., Any]) -> None:
    @settings(LAWS, max_examples=4 * LAWS.max_examples)  # there are 60
    @given(st.integers(1, 5), st.integers(0, 5), st.booleans())
    def law(count: int, failing: int, later: bool) -> None:
        here = world()
        fault = {"kind": "error", "code": CODE, "scope": "result", "result": failing, "times": 1}
        here.control("POST", "/faults", fault)
        status, data, errors = here.post({**TASK, "numberResults": count, **(LATER if later else {})})
        if later:
            assert (status, errors) == (200, [])
            here.clock.advance(2)
            status, data, errors = here.post({"taskType": "getResponse", "taskUUID": UUID})
        assert [item["seed"] for item in data] == [5 + n for n in range(count) if n != failing]
        assert [(error["code"], error["taskUUID"]) for error in errors] == [(CODE, UUID)] * (failing < count)
        assert (status == 200) == (later or bool(data))
        (detail,) = here.data({"taskType": "getTaskDetails", "taskUUID": UUID})
        told = detail["response"]
        assert [item["seed"] for item in told.get("data", ())] == [item["seed"] for item in data]
        assert [error["code"] for error in told.get("errors", ())] == [error["code"] for error in errors]
        assert len(here.data({**TASK, "taskUUID": NEXT, "numberResults": count})) == count

    law()


def test_a_task_that_fails_as_a_whole_is_told_once(world: Callable[..., Any]) -> None:
    @settings(LAWS)
    @given(st.integers(1, 4), st.sampled_from((0, 25, 50, 100)), st.booleans())
    def law(count: int, at: int, as_data: bool) -> None:
        here = world(duration={"imageInference": 4.0}, poll_failures="data" if as_data else "errors")
        here.control("POST", "/faults", {"kind": "task_fail", "code": CODE, "at": at, "times": 1})
        assert here.data({**TASK, **LATER, "numberResults": count}) == [
            {"taskType": "imageInference", "taskUUID": UUID}
        ]
        for passed in range(6):
            status, data, errors = here.post({"taskType": "getResponse", "taskUUID": UUID})
            assert status == 200
            if 100 * passed < 4 * at:
                assert [(item["status"], item["progress"]) for item in data] == [("processing", 25 * passed)] * count
            elif as_data:
                assert [(item["status"], item["error"]["code"]) for item in data] == [("error", CODE)]
            else:
                assert ([error["code"] for error in errors], data) == ([CODE], [])
            here.clock.advance(1)
        here.post({**TASK, "taskUUID": NEXT})

    law()


def test_a_fault_strikes_as_often_as_it_says(world: Callable[..., Any]) -> None:
    @settings(LAWS)
    @given(st.integers(1, 3), st.integers(0, 3), st.integers(1, 3))
    def law(times: int, after: int, every: int) -> None:
        here = world()
        fault = {"kind": "error", "code": CODE, "times": times, "after": after, "every": every}
        (found,) = here.control("POST", "/faults", fault)["faults"]
        numbers = range(1, 13)
        struck = [here.post({**TASK, "taskUUID": f"{n:08x}{UUID[8:]}"})[0] != 200 for n in numbers]
        expected = [n for n in numbers if n > after and (n - after - 1) % every == 0][:times]
        assert [n for n, hit in zip(numbers, struck, strict=True) if hit] == expected
        (told,) = here.control("GET", "/faults")["faults"]
        assert (told["fault"]["id"], told["struck"]) == (found["fault"]["id"], len(expected))
        here.control("DELETE", "/faults")
        assert here.data({**TASK, "taskUUID": NEXT})

    law()
