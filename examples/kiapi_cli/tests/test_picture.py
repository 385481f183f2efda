"""The command from its arguments to its file, against kiapi's jobs."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from genmock import ALWAYS

import picture

GENERATE = "kiapi:image.qwen.generate"


def test_writes_the_picture(run, genmock):
    assert run("a heron at dawn", "--size", "512", "768") == 0
    assert Path("picture.png").read_bytes().startswith(b"\x89PNG")
    genmock.expect(GENERATE, prompt="a heron at dawn", width=512, height=768, mode="async")


def test_asks_until_a_long_job_is_done(run, genmock):
    job = genmock.jobs.next(GENERATE, duration_s=30)
    assert run("a heron at dawn") == 0
    assert job.polls == 30  # each lets a second pass


def test_picks_up_a_job_that_was_done_meanwhile(genmock):
    job = genmock.jobs.next(GENERATE, duration_s=3600)
    with httpx.Client(base_url=genmock.base_url("kiapi")) as server:
        name = picture.submit(server, "a heron at dawn", (512, 512), None)
        genmock.clock.advance(3600)
        picture.wait(server, name, timeout_s=0, pause_s=0)
    assert job.polls == 1


def test_tells_why_a_job_failed(run, genmock, capsys):
    job = genmock.jobs.next(GENERATE).fail("engineFailed")
    assert run("a heron at dawn") == 1
    assert capsys.readouterr().err == f"job {job.id} failed: the engine stopped\n"
    assert not Path("picture.png").exists()


def test_does_not_wait_for_ever(run, genmock, capsys):
    job = genmock.jobs.next(GENERATE).stall()
    assert run("a heron at dawn", "--timeout", "0.2") == 1
    assert f"job {job.id} is still running after 0.2 s" in capsys.readouterr().err


def test_edits_a_picture_that_it_uploads(run, genmock):
    genmock.image(64, 64, seed=3).save("heron.png")
    assert run("make it night", "--edit", "heron.png") == 0
    uploaded = genmock.journal.one("kiapi:files.upload").reply.json["file_id"]
    genmock.expect("kiapi:image.qwen.edit", images__0__file_id=uploaded)


def test_shows_what_the_server_says_of_a_wrong_request(run, genmock, capsys):
    genmock.fail_next(GENERATE, code=422, message="width and height must be multiples of 16")
    assert run("a heron at dawn") == 1
    assert capsys.readouterr().err == "the server refused: width and height must be multiples of 16\n"


def test_shows_each_member_that_has_the_wrong_shape():
    detail = [{"type": "missing", "loc": ["body", "prompt"], "msg": "Field required", "input": {}}]
    with pytest.raises(picture.NoPicture, match="^the server refused: prompt: Field required$"):
        picture.answer_of(httpx.Response(422, json={"detail": detail}))


def test_a_server_that_answers_with_a_page(run, genmock, capsys):
    genmock.break_next(GENERATE, how="json")
    assert run("a heron at dawn") == 1
    assert capsys.readouterr().err.startswith("the server answered ")


def test_a_server_that_hangs_up(run, genmock, capsys):
    genmock.drop_next(GENERATE)
    assert run("a heron at dawn") == 1
    assert capsys.readouterr().err.startswith("the server cannot be reached: ")


def test_a_server_without_its_models(run, genmock, capsys):
    genmock.fail_next(GENERATE, error="weightsMissing", times=ALWAYS)
    assert run("a heron at dawn") == 1
    assert "is not activated" in capsys.readouterr().err


def test_the_command_in_a_process_of_its_own(genmock, tmp_path):
    command = [sys.executable, picture.__file__, "a heron at dawn", "--pause", "0"]
    variables = {**os.environ, "KIAPI_BASE_URL": genmock.base_url("kiapi")}
    done = subprocess.run(command, check=False, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "picture.png\n")
    assert genmock.journal.one(GENERATE).item["prompt"] == "a heron at dawn"
