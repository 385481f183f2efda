import importlib
import io
from typing import Any

import pytest
from PIL import Image

laws = importlib.import_module("genmock.mockserver.fuzzing.laws")
findings = importlib.import_module("genmock.mockserver.fuzzing.findings")


def case(rule: str, pointer: str, member: str = "") -> Any:
    return findings.Case("invalid", None, {}, rule, pointer, member)


def picture(form: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 16)).save(file, form)
    return file.getvalue()


@pytest.mark.parametrize(("told", "rule", "pointer", "member"), [
    (["steps"], "maximum", "/steps", ""),
    (["lora", "0", "weight"], "maximum", "/lora/0/weight", ""),
    (["lora", "0", "model"], "required", "/lora/0", "model"),
    (["controlNet", "0", "endStep"], "not", "/controlNet/0", ""),
])  # fmt: skip
def test_an_error_leads_to_the_member(told: Any, rule: str, pointer: str, member: str) -> None:
    assert laws.leads_there(told, case(rule, pointer, member))


@pytest.mark.parametrize(("told", "rule", "pointer", "member"), [
    (["width"], "maximum", "/steps", ""),
    (["lora"], "maximum", "/lora/0/weight", ""),
    (["lora", "1", "weight"], "maximum", "/lora/0/weight", ""),
    (["lora", "0", "weight"], "required", "/lora/0", "model"),
    ([], "maximum", "/steps", ""),
])  # fmt: skip
def test_an_error_leads_elsewhere(told: Any, rule: str, pointer: str, member: str) -> None:
    assert not laws.leads_there(told, case(rule, pointer, member))


def test_an_error_may_name_each_member_that_a_rule_reads() -> None:
    broken = case("cache-steps", "/acceleratorOptions/cacheEndStep")
    also = [("acceleratorOptions", "cacheStartStep")]
    assert laws.leads_there(["acceleratorOptions", "cacheStartStep"], broken, also)
    assert not laws.leads_there(["acceleratorOptions", "teaCache"], broken, also)


def test_a_picture_as_it_was_ordered_is_right() -> None:
    assert list(laws.drawn(picture("PNG"), "PNG", (32, 16))) == []


@pytest.mark.parametrize(("data", "message"), [
    (picture("JPEG"), "the picture is JPEG, not PNG"),
    (picture("PNG"), "the picture is 32x16, not 16x16"),
])  # fmt: skip
def test_a_picture_that_is_not_as_ordered(data: bytes, message: str) -> None:
    size = (16, 16) if "32x16" in message else (32, 16)
    assert [broken.message for broken in laws.drawn(data, "PNG", size)] == [message]


def test_half_a_picture_cannot_be_decoded() -> None:
    (broken,) = laws.drawn(picture("PNG")[:40], "PNG", None)
    assert (broken.law, broken.rule) == ("picture", "decodes")
