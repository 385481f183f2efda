"""Scenarios: those that are shipped, and what is told of a file that cannot be used."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from genmock.mockserver import Runtime, Settings, create_app
from genmock.mockserver.faults import FaultState, Plan, ScenarioError, Subject, load_scenario, shipped_scenarios
from genmock.specs import catalogued, load_errors

CODES = [code for provider in catalogued() for code in load_errors(provider).codes]
FAULTS = "faults:\n  - {kind: drop}\n"
PAID = Subject("imageInference", "runware:111@1", {"model": "runware:111@1"})
Load = Callable[[str], str]


@pytest.fixture
def problem(tmp_path: Path) -> Load:
    """Return a function that writes a scenario and returns why it cannot be used."""

    def told(text: str) -> str:
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ScenarioError) as error:
            load_scenario(path, codes=CODES)
        return str(error.value).replace(str(path), "mine.yaml")

    return told


def hits(state: FaultState, struck: Callable[..., Plan], name: str, count: int) -> list[int]:
    """Return the numbers of the requests, from 1 on, that a scenario strikes."""
    asyncio.run(state.put(load_scenario(name, codes=CODES).faults))
    return [number for number in range(1, count + 1) if struck(PAID).struck]


def test_ten_scenarios_are_shipped() -> None:
    kiapi = ("engine-failure", "memory-budget", "queue-occupied", "sync-timeout", "weights-missing")
    others = ("out-of-credits", "rate-limited", "slow-provider", "webhook-chaos")
    assert shipped_scenarios() == ("flaky", *(f"kiapi-{name}" for name in kiapi), *others)


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_tells_what_it_shows_and_names_its_faults(name: str) -> None:
    scenario = load_scenario(name, codes=CODES)
    assert scenario.description.endswith(".")
    assert not any(fault.id == f"{fault.kind}-1" for fault in scenario.faults)


def test_credits_last_for_ten_tasks(state: FaultState, struck: Callable[..., Plan]) -> None:
    assert hits(state, struck, "out-of-credits", 14) == [11, 12, 13, 14]


def test_of_eight_requests_the_last_three_are_limited(state: FaultState, struck: Callable[..., Plan]) -> None:
    assert hits(state, struck, "rate-limited", 17) == [6, 7, 8, 14, 15, 16]


def test_one_request_in_ten_and_one_in_twenty_of_the_rest_is_struck_on_a_flaky_day(
    state: FaultState, struck: Callable[..., Plan]
) -> None:
    asyncio.run(state.put(load_scenario("flaky", codes=CODES).faults))
    plans = [struck(PAID).request for _ in range(2000)]
    assert 160 < sum(plan.error is not None for plan in plans) < 240
    assert 70 < sum(plan.disorder is not None for plan in plans) < 130
    assert 60 < sum(plan.latency_s > 1.55 for plan in plans) < 140


def test_webhooks_are_lost_doubled_and_turned_around(state: FaultState, struck: Callable[..., Plan]) -> None:
    asyncio.run(state.put(load_scenario("webhook-chaos", codes=CODES).faults))
    effects = [struck(PAID).of(0) for _ in range(10)]
    assert [n for n, each in enumerate(effects, 1) if each.webhook_lose] == [5, 10]
    assert [n for n, each in enumerate(effects, 1) if each.webhook_duplicates] == [1, 3, 5, 7, 9]
    assert [n for n, each in enumerate(effects, 1) if each.webhook_reorder] == [1, 4, 7, 10]


def test_a_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"description: >\n  Two\n  lines.\n{FAULTS}", encoding="utf-8")
    scenario = load_scenario(path, codes=CODES)
    assert (scenario.name, scenario.description) == (str(path), "Two lines.")
    assert [fault.id for fault in scenario.faults] == ["mine-drop-1"]


@pytest.mark.parametrize(("name", "expected"), [("ä b.c.yaml", "b.c-drop-1"), ("é.yaml", "scenario-drop-1")])
def test_the_ids_of_a_files_faults_begin_with_its_name(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / name).write_text(FAULTS, encoding="utf-8")
    assert [fault.id for fault in load_scenario(tmp_path / name, codes=CODES).faults] == [expected]


@pytest.mark.parametrize(("name", "hint"), [("flakey", "; did you mean flaky?"), ("nothing", ""), ("x" * 5000, "")])
def test_an_unknown_name_is_told_with_those_that_there_are(name: str, hint: str) -> None:
    with pytest.raises(ScenarioError) as told:
        load_scenario(name, codes=CODES)
    first, _, *rest = str(told.value).splitlines()
    assert first.startswith("there is no scenario") and first.endswith(hint)
    assert rest == [
        "  expected  the path of a YAML file, or one of "
        "flaky, kiapi-engine-failure, kiapi-memory-budget, kiapi-queue-occupied, kiapi-sync-timeout, "
        "kiapi-weights-missing, out-of-credits, rate-limited, slow-provider, webhook-chaos",
        "  next      docs/faults.md tells the form of a scenario",
    ]


def test_each_mistake_is_told_with_its_line(problem: Load) -> None:
    text = "# first\nfaults:\n  - kind: drop\n    at: never\n\n  - {kind: latency}\n"
    assert problem(text) == (
        "cannot use the scenario mine.yaml: it has 2 mistakes\n"
        "\n"
        '  line 4    /faults/0/at: \'at\' must be one of "headers", "body", "after"\n'
        "  line 6    /faults/1: 'seconds' is missing\n"
        "  next      docs/faults.md tells the form of a scenario"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1    /: a scenario must be an object with the members description and faults"),
        ("[]", "line 1    /: a scenario must be an object with the members description and faults"),
        ("description: x", "line 1    /: 'faults' must be an array of faults"),
        (f"description: 3\n{FAULTS}", "line 1    /description: 'description' must be a string"),
        (f"{FAULTS}desription: x", "line 3    /desription: 'desription' is not a known member; did you mean"),
        ("faults: []", "line 1    /faults: the body must have at least 1 item, not 0"),
        ("faults: [{kind: error, code: nonsense}]", 'line 1    /faults/0/code: "nonsense" is no code of the error'),
        ("faults: [{kind: latency, seconds: .nan}]", "why       Out of range float values are not JSON compliant"),
        ("faults: [", "why       while parsing a flow node"),
    ],
)
def test_what_is_no_scenario_is_told(problem: Load, text: str, told: str) -> None:
    assert f"\n  {told}" in problem(text)


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="there is no scenario"):
        load_scenario(tmp_path, codes=CODES)


async def started(store: str, *scenarios: str) -> list[str]:
    runtime: Runtime = create_app(Settings(store=store, scenario=scenarios)).state.runtime
    try:
        await runtime.start()
        return [fault.id for fault in await runtime.world.faults.faults()]
    finally:
        await runtime.stop()


def test_a_server_adds_what_is_missing_of_its_scenarios(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(FAULTS, encoding="utf-8")
    (tmp_path / "yours.yaml").write_text(FAULTS, encoding="utf-8")
    store = f"sqlite:///{tmp_path}/state.db"
    assert asyncio.run(started(store, "out-of-credits")) == ["credits-gone"]
    files = (str(tmp_path / "mine.yaml"), str(tmp_path / "yours.yaml"))
    assert asyncio.run(started(store, *files)) == ["credits-gone", "mine-drop-1", "yours-drop-1"]
