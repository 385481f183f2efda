"""Our own server is clean, and defects that are planted into it are found where they are."""

import os
from typing import Any

import pytest

pytestmark = pytest.mark.slow

pytest.importorskip("hypothesis")
EXAMPLES = 200 if os.environ.get("GENMOCK_SCALE") == "full" else 20
RUNWARE = ("flux-1-dev-srpo", "qwen-image", "exactly-illustrative-training", "runware-utilities")


def titles(report: Any) -> list[str]:
    return [finding.title for finding in report.findings]


def keys(report: Any) -> set[tuple[str, str, str]]:
    return {finding.broken.key for finding in report.findings}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("document", RUNWARE)
def test_nothing_is_wrong_with_our_runware(serve: Any, fuzz: Any, document: str) -> None:
    with serve() as url:
        report = fuzz(url, document, "invalid", "valid", "arrays", "same", examples=EXAMPLES, max_time_s=500.0)
    assert titles(report) == []
    assert report.stopped == ""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_wrong_with_our_kiapi(serve: Any, fuzz: Any) -> None:
    with serve(contract="strict") as url:
        report = fuzz(url, "kiapi-qwen", "invalid", "valid", "same", examples=EXAMPLES, max_time_s=500.0)
    assert titles(report) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("document", "settings"), [
    ("flux-1-dev-srpo", {"api_key": ("k",)}),
    ("kiapi-qwen", {"contract": "strict", "kiapi_token": "k"}),
])  # fmt: skip
def test_schemathesis_finds_nothing_either(serve: Any, fuzz: Any, document: str, settings: Any) -> None:
    with serve(**settings) as url:
        report = fuzz(url, document, "schemathesis", examples=5, max_time_s=500.0)
    assert (titles(report), report.notes) == ([], [])
    assert report.sent["schemathesis"] > 100


def without(*names: str) -> Any:
    """Return a server's change that does not see some members of the tasks."""
    return lambda tasks: [{name: value for name, value in task.items() if name not in names} for task in tasks]


def test_a_member_that_is_not_looked_at_is_found(serve: Any, fuzz: Any) -> None:
    with serve(asked=without("maskMargin")) as url:
        report = fuzz(url, "flux-1-dev-srpo", "invalid", examples=1)
    found = {(law, rule) for law, rule, pointer in keys(report) if pointer == "/maskMargin"}
    assert found == {("refused", "type"), ("refused", "minimum"), ("refused", "maximum")}
    assert len(report.findings) == 3


def test_a_bound_that_is_one_too_low_is_found_with_the_least_request(serve: Any, fuzz: Any) -> None:
    def one_less(tasks: Any) -> Any:
        return [{**task, "steps": 51} if task.get("steps") == 50 else task for task in tasks]

    with serve(asked=one_less) as url:
        report = fuzz(url, "flux-1-dev-srpo", "edges")
    (finding,) = report.findings
    assert finding.broken.key == ("accepted", "invalidSteps", "/steps")
    (task,) = finding.sent.body
    assert set(task) == {"taskType", "taskUUID", "model", "positivePrompt", "width", "height", "steps"}


@pytest.mark.slow
def test_what_is_refused_is_shrunk_to_the_least_request(serve: Any, fuzz: Any) -> None:
    def impatient(tasks: Any) -> Any:
        return [{**task, "steps": 51} if task.get("steps", 0) > 10 else task for task in tasks]

    with serve(asked=impatient) as url:
        report = fuzz(url, "flux-1-dev-srpo", "valid", examples=60)
    (finding,) = report.findings
    assert finding.broken.key == ("accepted", "invalidSteps", "/steps")
    (task,) = finding.sent.body
    assert set(task) == {"taskType", "taskUUID", "model", "positivePrompt", "width", "height", "steps"}


@pytest.mark.slow
def test_an_error_that_names_another_member_is_found(serve: Any, fuzz: Any) -> None:
    def other(reply: Any) -> Any:
        for error in reply.get("errors", ()):
            if error.get("parameter") == "outputQuality":
                error["parameter"] = "outputFormat"
        return reply

    with serve(told=other) as url:
        report = fuzz(url, "flux-1-dev-srpo", "invalid", examples=1)
    assert {(law, pointer) for law, _, pointer in keys(report)} == {("place", "/outputQuality")}


@pytest.mark.slow
def test_an_error_without_its_code_is_found(serve: Any, fuzz: Any) -> None:
    def mute(reply: Any) -> Any:
        for error in reply.get("errors", ()):
            error.pop("code")
        return reply

    with serve(told=mute) as url:
        report = fuzz(url, "qwen-image", "invalid", examples=1)
    assert keys(report) == {("error", "required", "/errors/*")}


@pytest.mark.slow
@pytest.mark.parametrize(("member", "part", "key"), [
    ("taskUUID", "valid", ("reply", "required", "/data/*")),
    ("cost", "same", ("cost", "includeCost", "/data/*/cost")),
    ("imageURL", "valid", ("output", "URL", "/data/*")),
])  # fmt: skip
def test_a_result_that_lacks_a_member_is_found(serve: Any, fuzz: Any, member: str, part: str, key: Any) -> None:
    def lacking(reply: Any) -> Any:
        for item in reply.get("data", ()):
            item.pop(member, None)
        return reply

    with serve(told=lacking) as url:
        report = fuzz(url, "flux-1-dev-srpo", part)
    assert key in keys(report)


@pytest.mark.slow
def test_one_result_too_few_is_found(serve: Any, fuzz: Any) -> None:
    def fewer(reply: Any) -> Any:
        is_polled = any("status" in item for item in reply["data"])  # where it would be waited for
        return reply if is_polled else {**reply, "data": reply["data"][:1]}

    with serve(told=fewer) as url:
        report = fuzz(url, "flux-1-dev-srpo", "valid", examples=60)
    assert ("count", "numberResults", "/data") in keys(report)


@pytest.mark.slow
def test_a_picture_of_another_size_is_found(serve: Any, fuzz: Any) -> None:
    def narrow(tasks: Any) -> Any:
        return [{**task, "width": 128} if "width" in task else task for task in tasks]

    with serve(asked=narrow) as url:
        report = fuzz(url, "qwen-image", "valid", examples=30)
    assert ("picture", "size", "") in keys(report)


def test_a_seed_that_is_not_used_is_found(serve: Any, fuzz: Any) -> None:
    with serve(asked=without("seed")) as url:
        report = fuzz(url, "flux-1-dev-srpo", "same")
    assert keys(report) == {("same", "seed", "/seed"), ("echo", "seed", "/data/*/seed")}


def test_what_was_found_is_tried_first_the_next_time(serve: Any, fuzz: Any, tmp_path: Any) -> None:
    with serve(asked=without("maskMargin")) as url:
        fuzz(url, "flux-1-dev-srpo", "invalid", examples=1, folder=tmp_path)
        again = fuzz(url, "flux-1-dev-srpo", folder=tmp_path)
    assert len(list(tmp_path.glob("refused-*.json"))) == len(again.findings) == again.sent["again"] == 3
    with serve() as url:
        mended = fuzz(url, "flux-1-dev-srpo", folder=tmp_path)
    assert (titles(mended), mended.notes) == ([], ["of 3 failures that were kept, 3 are none any more"])


@pytest.mark.slow
def test_a_member_that_kiapi_does_not_look_at_is_found(serve: Any, fuzz: Any) -> None:
    def unseen(body: Any) -> Any:
        return {name: value for name, value in body.items() if name != "quality"}

    with serve(asked=unseen, contract="strict") as url:
        report = fuzz(url, "kiapi-qwen", "invalid", examples=1)
    assert {(law, pointer) for law, _, pointer in keys(report)} == {("refused", "/quality")}
