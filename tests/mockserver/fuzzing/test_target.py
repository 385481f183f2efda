import importlib

import pytest

target = importlib.import_module("genmock.mockserver.fuzzing.target")
conversion = importlib.import_module("genmock.mockserver.conversion")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8321/v1", "http://localhost", "http://[::1]:1", "http://127.9.9.9"])
def test_this_machine_costs_nothing(url: str) -> None:
    assert target.checked_url(url, accept_costs=False) == url


@pytest.mark.parametrize(
    "url", ["https://api.runware.ai/v1", "http://127.0.0.1.example.com", "http://10.0.0.1", "http://0.0.0.0"]
)
def test_another_machine_needs_leave(url: str) -> None:
    with pytest.raises(conversion.SettingsError):
        target.checked_url(url, accept_costs=False)
    assert target.checked_url(url, accept_costs=True) == url


def test_why_leave_is_needed_is_told() -> None:
    with pytest.raises(conversion.SettingsError) as error:
        target.checked_url("https://api.runware.ai/v1", accept_costs=False)
    assert str(error.value) == (
        "api.runware.ai is another machine, where requests may cost money: nothing was sent\n\n"
        "  where     --url\n"
        "  expected  a server on this machine, or --i-accept-costs\n"
        "  next      valid tasks are made and charged there, and so is an invalid one that is accepted by mistake"
    )


def test_what_is_no_url_is_refused() -> None:
    with pytest.raises(conversion.SettingsError, match=r"cannot fuzz '127\.0\.0\.1:8321': it is no URL"):
        target.checked_url("127.0.0.1:8321", accept_costs=True)


def test_a_server_that_is_not_there_is_a_reply_of_status_0() -> None:
    with target.Target("http://127.0.0.1:9") as nobody:
        reply = nobody.send("POST", "/", [])
    assert (reply.status, reply.json is target.NONE) == (0, True)
