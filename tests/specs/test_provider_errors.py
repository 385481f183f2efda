from pathlib import Path

import pytest

from genmock.specs import DataError, ErrorCatalog, load_errors

RUNWARE = load_errors("runware")
EVIDENCE = {"seen live", "documented", "client source", "inferred"}
# What the server itself answers with, whatever a document says.
NEEDED = (
    "invalidApiKey missingApiKey insufficientCredits invalidJSON invalidRequestBody emptyRequest payloadTooLarge "
    "methodNotAllowed notFound unsupportedTaskType conflictTaskUUID notYetServed inputHostNotAllowed"
).split()


def load(folder: Path, text: str) -> ErrorCatalog:
    path = folder / "mine.toml"
    path.write_text(text)
    return load_errors("runware", path)


def test_an_error_is_found_by_its_code() -> None:
    entry = RUNWARE.get("invalidApiKey")
    assert (entry.code, entry.status, entry.parameter) == ("invalidApiKey", 401, "apiKey")
    assert entry.text() == "Invalid API key. Get one at https://my.runware.ai/signup"


@pytest.mark.parametrize("code", NEEDED)
def test_every_error_that_the_server_needs_is_there(code: str) -> None:
    assert 400 <= RUNWARE.get(code).status < 500


def test_an_unknown_code_gets_the_closest() -> None:
    with pytest.raises(DataError) as caught:
        RUNWARE.get("invalidApikey")
    assert str(caught.value) == "the error catalogue has no code 'invalidApikey'; did you mean 'invalidApiKey'?"


def test_a_code_that_nothing_resembles() -> None:
    with pytest.raises(DataError) as caught:
        RUNWARE.get("???")
    assert str(caught.value) == "the error catalogue has no code '???'"
    assert RUNWARE.find("???") is None


def test_placeholders_are_filled_in() -> None:
    text = RUNWARE.get("methodNotAllowed").text(value="GET", allowed="POST")
    assert text == "The method GET is not allowed here. Allowed methods are: POST."


def test_a_placeholder_without_a_value_stands_as_its_name() -> None:
    assert RUNWARE.get("payloadTooLarge").text() == "The request body is larger than max bytes."


def test_a_rule_has_its_own_case_or_the_default() -> None:
    assert RUNWARE.case("required").code == "missingParameter"
    assert RUNWARE.case("cache-end-after-start") == RUNWARE.cases["default"]


def test_every_entry_says_how_sure_it_is_and_why() -> None:
    for entry in (*RUNWARE.codes.values(), *RUNWARE.cases.values()):
        assert entry.evidence in EVIDENCE
        assert entry.source


def test_an_error_of_ones_own_is_added(tmp_path: Path) -> None:
    catalog = load(tmp_path, '[codes.outOfInk]\nstatus = 503\nmessage = "No ink: {reason}."\nparameter = ["a", "b"]')
    entry = catalog.get("outOfInk")
    assert (entry.text(reason="dry"), entry.parameter) == ("No ink: dry.", ("a", "b"))
    assert (entry.evidence, entry.source) == ("inferred", str(tmp_path / "mine.toml"))
    assert catalog.get("invalidApiKey") == RUNWARE.get("invalidApiKey")


def test_an_error_that_exists_keeps_what_is_not_named(tmp_path: Path) -> None:
    changed = load(tmp_path, "[codes.invalidApiKey]\nstatus = 403").get("invalidApiKey")
    assert (changed.status, changed.message) == (403, RUNWARE.get("invalidApiKey").message)


def test_cases_phrases_and_labels_can_be_changed(tmp_path: Path) -> None:
    catalog = load(
        tmp_path, '[cases.required]\ncode = "missing{Field}"\n[phrases]\ninteger = "whole"\n[labels]\nsize = "Size"'
    )
    assert catalog.case("required").code == "missing{Field}"
    assert (catalog.phrases["integer"], catalog.labels["size"]) == ("whole", "Size")
    assert catalog.labels["width"] == "Image width"


ERROR = 'status = 400\nmessage = "no"\n'
MALFORMED = {
    "[code.a]": "[code] is not known; expected codes, cases, phrases, labels",
    "codes = 3": "codes must be a table, not 3",
    "codes.a = 3": "codes.a must be a table, not 3",
    "[codes.a]": "codes.a.status must be an integer from 400 to 599, not None",
    "[codes.a]\nstatus = 200": "codes.a.status must be an integer from 400 to 599, not 200",
    "[codes.a]\nstatus = 400": "codes.a.message must be a text that is not empty, not None",
    f"[codes.a]\n{ERROR}text = 'x'": "codes.a.text is not known; expected status, message, parameter, evidence, source",
    f"[codes.a]\n{ERROR}parameter = 3": "codes.a.parameter must be a text that is not empty, not 3",
    f"[codes.a]\n{ERROR}evidence = 'sure'": "codes.a.evidence must be one of seen live, documented, client source, "
    "inferred, not 'sure'",
    f"[cases.a]\n{ERROR}": "cases.a.code must be a text that is not empty, not None",
    f"[cases.a]\n{ERROR}code = 'x{{field}}'": "cases.a.code may only have {Field} as placeholders, not 'x{field}'",
    "[codes.a]\nstatus = 400\nmessage = '{'": "codes.a.message: Single '{' encountered in format string in '{'; a "
    "brace that is meant is written twice",
    "[codes.a]\nstatus = 400\nmessage = '{a.b}'": "codes.a.message may only have plain names in braces as "
    "placeholders, not '{a.b}'",
    "[codes.a]\nstatus = 400\nmessage = '{a:d}'": "codes.a.message may only have plain names in braces as "
    "placeholders, not '{a:d}'",
    "[codes.a]\nstatus = 400\nmessage = '{}'": "codes.a.message may only have plain names in braces as "
    "placeholders, not '{}'",
    "[labels]\na = 3": "labels.a must be a text that is not empty, not 3",
}


@pytest.mark.parametrize(("text", "message"), MALFORMED.items(), ids=range(len(MALFORMED)))
def test_a_malformed_file_is_told_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, text)
    assert str(caught.value) == f"{tmp_path / 'mine.toml'}: {message}"
