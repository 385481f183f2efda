"""The jobs endpoints: list, get, delete, and what stays when a job or its file is gone."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from genmock.mockserver.media import FileCache
from genmock.mockserver.recipe import ImageRecipe

UNKNOWN = f"job_{'0' * 32}"
NO_IDS = ["x", "job_", "job_ABC", "file_1", "job_1%0A", "job_g", "%20job_1", "JOB_1", "a" * 9000]


def test_there_are_no_jobs_in_the_beginning(client: Any) -> None:
    assert client.get("/v1/jobs?limit=1&status=x") == {"object": "list", "data": []}


def test_the_newest_job_is_listed_first_and_whole(client: Any) -> None:
    first, second = client.queue(), client.job()
    listed = client.get("/v1/jobs")["data"]
    assert [job["id"] for job in listed] == [second["id"], first]
    assert listed == [second, client.poll(first)]


def test_requests_that_are_refused_make_no_job(client: Any) -> None:
    assert client.generate(steps=101).status_code == 422
    assert client.generate(prompt="").status_code == 422
    assert client.generate(model="flux").status_code == 400
    assert client.get("/v1/jobs")["data"] == []


def test_a_deleted_job_is_unknown(client: Any) -> None:
    job_id = client.job()["id"]
    reply = client.send("DELETE", f"/v1/jobs/{job_id}")
    assert reply.text == f'{{"deleted":true,"job_id":"{job_id}","was_running":false}}'
    replies = [client.send(method, f"/v1/jobs/{job_id}") for method in ("GET", "DELETE")]
    assert [(reply.status_code, reply.json()) for reply in replies] == [
        (404, {"detail": f"unknown job '{job_id}'"}),
        (404, {"detail": f"unknown job '{job_id}'"}),
    ]


def test_a_job_is_told_to_run_only_while_it_does(client: Any) -> None:
    running, queued = client.queue(), client.queue()
    told = [client.send("DELETE", f"/v1/jobs/{job_id}").json()["was_running"] for job_id in (running, queued)]
    assert told == [True, False]
    assert client.get("/v1/jobs")["data"] == []


def test_deleted_jobs_are_done_all_the_same(client: Any) -> None:
    for job_id in (client.queue(), client.queue()):
        client.send("DELETE", f"/v1/jobs/{job_id}")
    after = client.job()
    assert after["started_at"] == after["created_at"] + 3.0
    files = client.get("/v1/files")["data"]
    assert len(files) == 3
    assert client.send("GET", f"/v1/files/{files[-1]['file_id']}/download").content.startswith(b"\x89PNG")


def test_the_file_of_a_deleted_job_stays(client: Any) -> None:
    job = client.job()
    client.send("DELETE", f"/v1/jobs/{job['id']}")
    assert [file["file_id"] for file in client.get("/v1/files")["data"]] == job["artifacts"]


def test_a_job_whose_file_was_deleted_is_told_as_before(client: Any) -> None:
    job = client.job()
    client.send("DELETE", f"/v1/files/{job['artifacts'][0]}")
    assert client.poll(job["id"]) == job
    assert client.send("GET", f"/v1/files/{job['artifacts'][0]}/download").status_code == 404


def test_a_file_says_how_it_was_made(client: Any) -> None:
    job = client.job(prompt="a badger")
    file = client.get(f"/v1/files/{job['artifacts'][0]}")
    meant = {name: job["result"][name] for name in ("model", "prompt", "params", "width", "height", "timings")}
    assert (file["meta"], list(file["meta"])) == (meant, list(meant))
    assert (file["size"], file["created_at"]) == (job["result"]["image_bytes"], job["finished_at"])


@pytest.mark.parametrize("name", NO_IDS)
def test_an_id_of_another_form_is_refused(client: Any, name: str) -> None:
    replies = [client.send(method, f"/v1/jobs/{name}") for method in ("GET", "DELETE")]
    wrong = {
        "type": "string_pattern_mismatch",
        "loc": ["path", "job_id"],
        "msg": "String should match pattern '^job_[0-9a-f]+$'",
        "input": name.replace("%0A", "\n").replace("%20", " "),
        "ctx": {"pattern": "^job_[0-9a-f]+$"},
    }
    assert [(reply.status_code, reply.json()) for reply in replies] == [(422, {"detail": [wrong]})] * 2


def test_a_short_id_is_one_that_is_not_known(client: Any) -> None:
    assert client.send("GET", "/v1/jobs/job_0").json() == {"detail": "unknown job 'job_0'"}


def test_the_journal_says_why_a_job_was_not_found(client: Any) -> None:
    client.send("GET", f"/v1/jobs/{UNKNOWN}")
    (note,) = client.exchange.tasks
    assert (note.outcome, note.code) == ("error", "unknownJob")
    assert client.exchange.provider == "kiapi"


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], list[str]]:
    """Return a function that lists the prompts of all drawings from now on, each after a call of ``before``."""

    def watch(before: Callable[[], None]) -> list[str]:
        seen, render = list[str](), ImageRecipe.render

        def watched(recipe: ImageRecipe, *rest: Any) -> Any:
            seen.append(recipe.prompt)
            before()
            return render(recipe, *rest)

        monkeypatch.setattr(ImageRecipe, "render", watched)
        return seen

    return watch


def test_lists_draw_what_is_done_once_to_tell_its_size(
    client: Any, drawings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = drawings(lambda: None)
    monkeypatch.setattr(FileCache, "get", lambda *_: None)  # what was drawn need not be kept for it
    for prompt in ("first", "second", "third"):
        client.queue(prompt=prompt)
    client.clock.advance(3.2)
    for path in ("/v1/jobs", "/v1/jobs", "/v1/files"):
        client.get(path)
    assert sorted(seen) == ["first", "second"]


def test_a_list_that_draws_holds_up_nobody(client: Any, drawings: Any) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        go_on.wait(60)

    drawings(hold)
    client.queue()
    client.clock.advance(2)

    async def ask() -> tuple[Any, Any]:
        transport = httpx.ASGITransport(client.mock.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock.test") as other:
            listing = asyncio.create_task(other.get("/v1/jobs"))
            await asyncio.to_thread(begun.wait, 60)
            health = await other.get("/health")
            go_on.set()
            return health.status_code, (await listing).json()["data"][0]["result"]["image_bytes"] > 0

    assert asyncio.run(ask()) == (200, True)
