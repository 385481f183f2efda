import importlib
import io
import json
import subprocess
import sys
import time
from typing import Any

import pytest

from genmock.mockserver import Exchange, Settings
from genmock.validators import Violation

journal = importlib.import_module("genmock.mockserver.exchange")
log = importlib.import_module("genmock.mockserver.log")
TaskNote = journal.TaskNote

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
CLOCK = time.strftime("%H:%M:%S", time.localtime(START))
UUID = "ddf77178-639c-48d8-9827-501a20948cf7"
MODEL = "runware:108@1"
WRONG_WIDTH = Violation(
    "multipleOf", "/0/width", "'width' must be a multiple of 16, not 1000", "error", 16, 1000, "qwen-image#/width"
)
TOLERATED = Violation("additionalProperties", "/0/checkNSFW", "'checkNSFW' is not a known member", "warning", (), True)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def exchange(*tasks: Any, **members: Any) -> Exchange:
    made = Exchange(3, START, "POST", "/v1", {}, client="curl/8.5.0", provider="runware")
    made.tasks.extend(tasks)
    made.duration_s, made.status = 0.0123, 200
    for name, value in members.items():
        setattr(made, name, value)
    return made


def done(**members: Any) -> Any:
    return TaskNote(
        **{"task_type": "imageInference", "task_uuid": UUID, "model": MODEL, "outcome": "ok", "results": 1, **members}
    )


def refused() -> Any:
    return done(outcome="error", code="invalidWidth", results=0)


def logged(made: Exchange, **settings: Any) -> str:
    stream = io.StringIO()
    log.logger_for(Settings(**settings), stream)(made)
    return stream.getvalue()


def test_a_task_is_one_line() -> None:
    body = [{"taskUUID": UUID, "width": 1024, "height": 768}]
    assert logged(exchange(done(cost="0.0058"), body=body)) == (
        f"{CLOCK}  #3 POST /v1 200  imageInference runware:108@1 1024x768  ok  1 result  $0.0058  12 ms  curl/8.5.0\n"
    )


def test_each_task_has_its_line() -> None:
    made = exchange(done(results=4), TaskNote("ping", UUID, "", "ok"))
    assert logged(made).splitlines() == [
        f"{CLOCK}  #3 POST /v1 200  imageInference runware:108@1  ok  4 results  12 ms  curl/8.5.0",
        f"{CLOCK}  #3 POST /v1 200  ping  ok  0 results  12 ms  curl/8.5.0",
    ]


def test_a_refused_task_shows_its_code_and_the_broken_rule_as_a_block() -> None:
    assert logged(exchange(refused(), status=400, violations=[WRONG_WIDTH])) == (
        f"{CLOCK}  #3 POST /v1 400  imageInference runware:108@1  error invalidWidth  12 ms  curl/8.5.0\n"
        "runware POST /v1 broke its contract (request #3, 1 violation)\n"
        "\n"
        "  at      /0/width\n"
        "  sent    1000\n"
        "  rule    multipleOf: 'width' must be a multiple of 16, not 1000\n"
        "  source  qwen-image#/width\n"
        "  next    send something else; or start the server with --contract report to let it through\n"
    )


def test_several_violations_stand_apart() -> None:
    text = log.report(exchange(refused(), violations=[WRONG_WIDTH, TOLERATED, WRONG_WIDTH]))
    assert text.startswith("runware POST /v1 broke its contract (request #3, 2 violations)\n\n  at      /0/width\n")
    assert text.count("\n\n  at      /0/width\n") == 2


def test_a_warning_is_one_line() -> None:
    assert logged(exchange(done(), violations=[TOLERATED])).splitlines()[1:] == [
        "  warning at /0/checkNSFW: 'checkNSFW' is not a known member"
    ]


def test_a_request_without_tasks_shows_the_code_of_its_reply() -> None:
    made = exchange(status=401, reply={"errors": [{"code": "invalidApiKey", "message": "Invalid API key."}]}, client="")
    assert logged(made) == f"{CLOCK}  #3 POST /v1 401  error invalidApiKey  12 ms\n  Invalid API key.\n"


def test_an_error_that_a_broken_rule_explains_is_told_once() -> None:
    reply = {"errors": [{"code": "invalidWidth", "message": "Invalid value for 'width'."}]}
    assert "Invalid value" not in logged(exchange(refused(), status=400, reply=reply, violations=[WRONG_WIDTH]))


def test_an_accepted_task_is_told_by_the_name_that_its_deliveries_have() -> None:
    made = exchange(done(outcome="accepted", results=0))
    assert f"accepted  {UUID}  " in logged(made)


def test_a_path_that_nobody_has_is_not_blamed_on_a_provider() -> None:
    wrong = Violation("path", "", "There is nothing at /v2.", sent="/v2")
    made = exchange(status=404, path="/v2", provider="", violations=[wrong])
    assert log.report(made) == (
        "POST /v2 broke its contract (request #3, 1 violation)\n"
        "\n"
        "  at      (the whole body)\n"
        '  sent    "/v2"\n'
        "  rule    path: There is nothing at /v2.\n"
        "  next    mend the request; no --contract mode lets it through\n"
    )


ADVICE = (
    ("additionalProperties", "correct its name, or leave it out"),
    ("required", "send it"),
    ("unserved-task", "send one that is served, or add its document with --specs DIR"),
    ("maximum", "send something else"),
)


@pytest.mark.parametrize(("rule", "text"), ADVICE)
def test_the_advice_depends_on_the_rule(rule: str, text: str) -> None:
    later = "; or start the server with --contract report to let it through"
    assert log.advice(Violation(rule, "/0/x", "")) == text + later


def test_the_advice_on_a_warning_is_to_know_of_strict() -> None:
    assert log.advice(TOLERATED) == "nothing, where the provider is known to accept it; --contract strict refuses it"


def test_quiet_logs_only_what_was_refused() -> None:
    assert logged(exchange(done(), violations=[TOLERATED]), quiet=True) == ""
    text = logged(exchange(done(), refused(), violations=[TOLERATED, WRONG_WIDTH]), quiet=True)
    assert text.splitlines()[:2] == [
        f"{CLOCK}  #3 POST /v1 200  imageInference runware:108@1  error invalidWidth  12 ms  curl/8.5.0",
        "runware POST /v1 broke its contract (request #3, 1 violation)",
    ]


def test_faults_that_struck_are_named() -> None:
    made = exchange(done())
    made.note = "faults: flaky-slow"
    assert logged(made).splitlines()[1] == "  faults: flaky-slow"
    assert "flaky" not in logged(made, quiet=True)


def test_json_is_one_object_a_line() -> None:
    made = exchange(refused(), status=400, key="...cdef", violations=[WRONG_WIDTH])
    made.reply = {"errors": [{"code": "invalidWidth"}]}
    (line,) = logged(made, log_format="json").splitlines()
    assert json.loads(line) == {
        "time": "2026-01-01T00:00:00Z",
        "request": 3,
        "method": "POST",
        "path": "/v1",
        "status": 400,
        "code": "invalidWidth",
        "ms": 12.3,
        "client": "curl/8.5.0",
        "provider": "runware",
        "key": "...cdef",
        "tasks": [
            {
                "taskType": "imageInference",
                "taskUUID": UUID,
                "model": MODEL,
                "outcome": "error",
                "code": "invalidWidth",
                "results": 0,
                "cost": "",
            }
        ],
        "violations": [
            {
                "rule": "multipleOf",
                "pointer": "/0/width",
                "message": "'width' must be a multiple of 16, not 1000",
                "severity": "error",
                "expected": 16,
                "sent": 1000,
                "source": "qwen-image#/width",
            }
        ],
        "note": "",
    }


def test_quiet_json_logs_only_what_was_refused() -> None:
    assert logged(exchange(done()), log_format="json", quiet=True) == ""
    assert logged(exchange(refused(), status=400), log_format="json", quiet=True)


def test_rich_writes_the_same_text_in_colours() -> None:
    made = exchange(refused(), status=400, violations=[WRONG_WIDTH])
    coloured = logged(made, log_format="rich")
    assert "\x1b[31merror invalidWidth\x1b[0m" in coloured
    assert "1000" in coloured


def test_auto_is_plain_where_there_is_no_terminal() -> None:
    assert "\x1b" not in logged(exchange(done()))


SECRETS = (
    Violation("type", "/0/apiKey", "'apiKey' must be a string, not 12345", sent=12345),
    Violation("additionalProperties", "/0/api_key", "'api_key' is not a known member", sent="s3cret-12345"),
    Violation("minLength", "/0/apikey", "'apikey' is 's3cret-12345'", sent="s3cret-12345"),
    Violation("type", "/0", "a task is needed", sent={"apiKey": "s3cret-12345"}),
)


@pytest.mark.parametrize("violation", SECRETS)
@pytest.mark.parametrize("log_format", ["plain", "rich", "json"])
def test_a_secret_is_never_logged(violation: Violation, log_format: str) -> None:
    made = exchange(status=400, violations=[violation], headers={"authorization": "Bearer s3cret-12345"})
    text = logged(made, log_format=log_format)
    assert "12345" not in text
    assert "<redacted>" in text


def test_media_is_cut_short() -> None:
    made = exchange(refused(), violations=[Violation("format", "/0/seedImage", "is no image", sent="A" * 100_000)])
    assert "(100,000 characters)" in logged(made)
    assert len(logged(made)) < 1000


def test_control_characters_of_a_client_do_not_reach_the_terminal() -> None:
    made = exchange(done(model="a\x1b[2Jb\nc"), client="evil\r\x07")
    made.violations.append(Violation("enum", "/0/x\x1b]0;", "no \x9b1m"))
    for line in logged(made).splitlines():
        assert line.isprintable()
    assert "a\\x1b[2Jb\\nc" in logged(made)


def test_a_plain_log_does_not_load_rich() -> None:
    code = (
        "import sys, io\n"
        "from genmock.mockserver import Settings, Exchange\n"
        "from genmock.mockserver.log import logger_for\n"
        "logger_for(Settings(), io.StringIO())(Exchange(1, 0.0, 'POST', '/v1', {}))\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('rich', 'typer')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
