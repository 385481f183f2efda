"""Single requests and short sequences that once broke the server, or would break a weaker one."""

from collections.abc import Callable
from typing import Any

import pytest

TASK = {
    "taskType": "imageInference",
    "model": "runware:108@1",
    "positivePrompt": "a fox",
    "width": 128,
    "height": 128,
}
A = "a0000000-0000-4000-8000-000000000000"
NO_NAMES = ["http://a..b/", f"http://{'a' * 70}.test/", "http://.../", "http://xn--a/"]


def control(mock: Any, path: str, body: Any) -> Any:
    """Return the reply of a control operation that is posted to."""
    return mock.send("POST", f"/__genmock__{path}", json=body)


@pytest.mark.parametrize("url", NO_NAMES)
def test_an_upload_to_what_is_no_host_name_fails_in_the_provider_s_words(mock: Any, url: str) -> None:
    error = mock.error({**TASK, "taskUUID": A, "uploadEndpoint": url})
    assert (error["code"], mock.exchange.status) == ("uploadFailed", 500)
    assert "is no URL to deliver to: its host is no name that can be looked up" in error["message"]


def test_a_virtual_clock_stops_before_the_year_10000(serve: Callable[..., Any]) -> None:
    mock = serve(clock="virtual")
    statuses = {control(mock, "/clock/advance", {"seconds": 10**9}).status_code for _ in range(260)}
    assert statuses == {200, 409}
    last = control(mock, "/clock/advance", {"seconds": 10**9}).json()["detail"]
    assert last == (
        "the clock would pass the year 9998, near which dates end; start the server anew to begin with 2026 again."
    )
    assert mock.send("GET", "/__genmock__/clock").json()["time"].startswith("99")
    assert mock.data({**TASK, "taskUUID": A, "deliveryMethod": "async"})


def test_a_predicate_that_divides_by_zero_does_not_hold(mock: Any) -> None:
    control(mock, "/faults", {"kind": "error", "code": "timeoutProvider", "match": {"when": "task.width / 0 == 1"}})
    assert mock.data({**TASK, "taskUUID": A})


@pytest.mark.parametrize("macro", ["all", "exists", "exists_one", "map", "filter"])
def test_a_predicate_of_loops_in_loops_in_loops_is_refused(mock: Any, macro: str) -> None:
    listed = f"[{','.join('1' * 20)}]"
    when = f"{listed}.{macro}(a, {listed}.{macro}(b, {listed}.{macro}(c, a + b + c > 0)))"
    reply = control(mock, "/faults", {"kind": "error", "code": "timeoutProvider", "match": {"when": when}})
    assert reply.status_code == 400
    (violation,) = reply.json()["violations"]
    assert violation["message"].endswith("has 3 loops (all, exists, exists_one, map, filter); 2 are the most")
