"""Decoding: exact integers, doubled members noticed, and a clear reason for what is no JSON."""

import importlib
import json
import math
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

decode = importlib.import_module("genmock.mockserver.decode")

EXAMPLES = 2_000 if os.environ.get("GENMOCK_SCALE") == "full" else 200
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = (
    st.integers()
    | st.integers(min_value=2**63 - 3, max_value=2**64 + 3)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)
STYLES: list[dict[str, Any]] = [
    {},
    {"indent": 1},
    {"separators": (",", ":")},
    {"separators": (" ,\n", "\t:\r\n"), "ensure_ascii": False},
]


def reason(data: bytes) -> tuple[str, str]:
    with pytest.raises(decode.Undecodable) as caught:
        decode.decode_json(data)
    return caught.value.code, caught.value.reason


def doubled(data: bytes) -> list[str]:
    return [violation.pointer for violation in decode.decode_json(data).warnings]


def exact(value: Any) -> Any:
    """Return a value in which 1, 1.0 and True differ."""
    if isinstance(value, dict):
        return {name: exact(member) for name, member in value.items()}
    return [exact(member) for member in value] if isinstance(value, list) else (type(value).__name__, repr(value))


@settings(max_examples=EXAMPLES, deadline=None)
@given(value=VALUES, style=st.sampled_from(STYLES))
def test_it_equals_the_standard_library_for_every_value(value: Any, style: dict[str, Any]) -> None:
    text = json.dumps(value, **style)
    decoded = decode.decode_json(text.encode())
    assert exact(decoded.value) == exact(json.loads(text))
    assert decoded.warnings == ()


def finite(text: str) -> float:
    """Return the float of a text; the standard library's own reading of 1e400 is infinity, which no JSON can say."""
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.binary(max_size=40) | st.text('[]{}",:0123456789.eE+-truefalsn\\u \n', max_size=40).map(str.encode))
def test_it_refuses_what_the_standard_library_refuses_and_raises_nothing_else(data: bytes) -> None:
    try:
        expected = json.loads(data.decode(), parse_constant=lambda name: pytest.fail(name), parse_float=finite)
    except BaseException:
        with pytest.raises(decode.Undecodable):
            decode.decode_json(data)
    else:
        assert exact(decode.decode_json(data).value) == exact(expected)


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400, -(10**3998)])
def test_integers_keep_every_digit(number: int) -> None:
    assert decode.decode_json(b'[{"a": %d}]' % number).value == [{"a": number}]


@pytest.mark.parametrize(
    ("text", "value"), [("4.35", 4.35), ("1e400e", None), ("-0.0", -0.0), ("1e22", 1e22), ("512.0", 512.0)]
)
def test_floats_are_the_nearest_ones(text: str, value: Any) -> None:
    if value is None:
        assert reason(text.encode())[0] == "invalidJSON"
    else:
        assert exact(decode.decode_json(text.encode()).value) == exact(value)


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [
        (b"", "invalidJSON", "Expecting value at line 1 column 1"),
        (b"[", "invalidJSON", "Expecting value at line 1 column 2"),
        (b"[{]", "invalidJSON", "Expecting property name enclosed in double quotes at line 1 column 3"),
        (b'[{"a": 1},]', "invalidJSON", None),
        (b"[1]\n[2]", "invalidJSON", "Extra data at line 2 column 1"),
        (b"['a']", "invalidJSON", "Expecting value at line 1 column 2"),
        (b"[NaN]", "invalidJSON", "NaN is not a JSON number"),
        (b"[Infinity]", "invalidJSON", "Infinity is not a JSON number"),
        (b"[-Infinity]", "invalidJSON", "-Infinity is not a JSON number"),
        (b"[1e999]", "invalidJSON", "the number 1e999 is too large"),
        (b"[" + b"7" * 4001 + b"]", "invalidJSON", "a number has 4,001 digits, and more than 4,000 are not taken"),
        (b"\xef\xbb\xbf[]", "invalidJSON", None),
        (b'["\x00"]', "invalidJSON", "Invalid control character at at line 1 column 3"),
        (b"[\x00]", "invalidJSON", "Expecting value at line 1 column 2"),
        (b'["\xff"]', "invalidEncoding", "invalid start byte at byte 2"),
        (b'["\xed\xa0\x80"]', "invalidEncoding", "invalid continuation byte at byte 2"),
        (b'["\\ud800"]', "invalidEncoding", "a text holds half of a surrogate pair"),
        (b'[{"\\udc00": 1}]', "invalidEncoding", "a text holds half of a surrogate pair"),
        (b"[" * 201 + b"]" * 201, "invalidJSON", "it is nested more than 200 deep"),
        (b"[" * 10_000, "invalidJSON", None),
        (b"[" * 10_000 + b"]" * 10_000, "invalidJSON", "it is nested more than 200 deep"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "invalidJSON", "it is nested more than 200 deep"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_json_is_refused_with_the_reason(data: bytes, code: str, text: str | None) -> None:
    found = reason(data)
    assert found[0] == code
    assert text is None or found[1] == text


def test_200_levels_are_fine() -> None:
    assert decode.decode_json(b"[" * 200 + b"1.5" + b"]" * 200).warnings == ()


def test_surrogate_pairs_are_one_character() -> None:
    assert decode.decode_json(b'["\\ud83d\\ude00"]').value == ["\U0001f600"]


@pytest.mark.parametrize(
    ("data", "value", "pointers"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}, ["/a"]),
        (b'{"a":1,"a" :2}', {"a": 2}, ["/a"]),
        (b'{"a" : 1, "a"\n:\t2}', {"a": 2}, ["/a"]),
        (b'[{"b": {"a": 1, "\\u0061": 2}}]', [{"b": {"a": 2}}], ["/0/b/a"]),
        (b'{"a/b~": 1, "a/b~": 2}', {"a/b~": 2}, ["/a~1b~0"]),
        (b'[{"a": 1, "a": 1}, {"b": 1, "b": 1}]', [{"a": 1}, {"b": 1}], ["/0/a", "/1/b"]),
        (b'{"a": "x\\":", "a": 2}', {"a": 2}, ["/a"]),
        (b'{"a": {"x": 1, "y": 2}, "b" :1, "a": {}}', {"a": {}, "b": 1}, ["/a"]),
    ],
)
def test_a_member_written_twice_is_noticed_and_the_last_one_counts(
    data: bytes, value: Any, pointers: list[str]
) -> None:
    assert decode.decode_json(data).value == value
    assert doubled(data) == pointers


def test_the_warning_says_what_counts() -> None:
    (warning,) = decode.decode_json(b'{"steps": 1, "steps": 2}').warnings
    assert (warning.rule, warning.severity) == ("duplicate-member", "warning")
    assert warning.message == "'steps' stands twice in one object; the last one counts"


@pytest.mark.parametrize(
    "data", [b'{"a": "b\\":"}', b'{"a": "b : c"}', b'[{"a": 1}, {"a": 1}]', b'{"a": 1e300}', b'{"": 1}']
)
def test_what_only_looks_doubled_or_inexact_gets_no_warning(data: bytes) -> None:
    decoded = decode.decode_json(data)
    assert (decoded.value, decoded.warnings) == (json.loads(data), ())


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'APPLICATION/JSON ; Charset="UTF-8"',
        "application/json;x=y",
    ],
)
def test_json_in_utf_8_is_taken(content_type: str) -> None:
    decode.check_media_type(content_type)


@pytest.mark.parametrize(
    ("content_type", "value"),
    [
        (None, "nothing at all"),
        ("", "nothing at all"),
        ("text/plain", "'text/plain'"),
        ("application/json; charset=utf-16", "'application/json; charset=utf-16'"),
        ("multipart/form-data; boundary=x", "'multipart/form-data; boundary=x'"),
        ("x" * 500, repr("x" * 100)),
    ],
)
def test_any_other_media_type_is_refused_by_name(content_type: str | None, value: str) -> None:
    with pytest.raises(decode.Undecodable) as caught:
        decode.check_media_type(content_type)
    assert (caught.value.code, caught.value.value) == ("unsupportedContentType", value)
