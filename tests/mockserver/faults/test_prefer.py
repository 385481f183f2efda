"""The header Prefer."""

import pytest

from genmock.mockserver.faults import PreferenceError, Preferences, Refusal, preferences, preferred
from genmock.specs import load_errors

ERRORS = load_errors("runware").codes
BY_STATUS = {429: "rateLimitExceeded"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", Preferences()),
        ("code=429", Preferences("429")),
        ('Code="429"', Preferences("429")),
        ("code = 429", Preferences("429")),
        ("code=timeoutProvider", Preferences("timeoutProvider")),
        ("code=503, code=429", Preferences("503")),
        ("duration=2.5", Preferences(duration_s=2.5)),
        ('duration="0"; code=402', Preferences("402", 0.0)),
        ("mode=pipeline", Preferences(mode="pipeline")),
        ("dynamic=true, example=cat, code=404", Preferences("404", ignored=("dynamic", "example"))),
        (
            'respond-async, wait=10, example="a, b; c=\\"1\\""',
            Preferences(ignored=("respond-async", "wait", "example")),
        ),
        (",,;= ", Preferences()),
    ],
)
def test_a_header_is_read(header: str, expected: Preferences) -> None:
    assert preferences(header) == expected


def test_a_mode_is_one_that_there_is() -> None:
    with pytest.raises(PreferenceError) as told:
        preferences("mode=real")
    assert str(told.value) == 'Prefer: mode="real" is neither fake nor pipeline.'


@pytest.mark.parametrize("seconds", ["soon", "-1", "inf", "nan", ""])
def test_a_duration_is_a_number_of_seconds(seconds: str) -> None:
    with pytest.raises(PreferenceError) as told:
        preferences(f"duration={seconds}")
    assert str(told.value) == f'Prefer: duration="{seconds}" is no number of seconds of at least 0, like 2.5.'


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("429", Refusal("rateLimitExceeded", status=429)),
        ("402", Refusal("insufficientCredits", status=402)),
        ("TIMEOUTprovider", Refusal("timeoutProvider")),
        ("200", None),
        ("204", None),
    ],
)
def test_a_code_is_a_status_or_an_error(code: str, refusal: Refusal | None) -> None:
    assert preferred(code, ERRORS, BY_STATUS) == refusal


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("418", "Prefer: code=418 is a status of no error; there are 200, 400, 401, 402, 403, 404, 405, 413, 429,"),
        ("99999999999999999999999", "Prefer: code=99999999999999999999 is a status of no error; there are 200,"),
        (
            "timeoutProvidr",
            "Prefer: code=timeoutProvidr names no error of the catalogue; did you mean timeoutProvider?",
        ),
        ("nonsense", "Prefer: code=nonsense names no error of the catalogue; docs/errors.md lists the codes."),
    ],
)
def test_an_unknown_code_is_told(code: str, message: str) -> None:
    with pytest.raises(PreferenceError) as told:
        preferred(code, ERRORS, BY_STATUS)
    assert str(told.value).startswith(message)
