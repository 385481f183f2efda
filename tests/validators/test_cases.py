"""Hand-written cases: the checker, and plain jsonschema over decimals as an independent second opinion."""

import functools
import json
import re
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import extend

from genmock.specs import load_catalog
from genmock.validators import check_request

MODELLED = {"imageInference", "training"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)

# RFC 3986, appendix A, as one expression: scheme ":" hier-part [ "?" query ] [ "#" fragment ].
_CHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)"
_AUTHORITY = rf"(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{{2}})*@)?{_HOST}(?::[0-9]*)?"
URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:(?://{_AUTHORITY}(?:/{_CHAR}*)*|/?(?:{_CHAR}+(?:/{_CHAR}*)*)?)"
    rf"(?:\?(?:{_CHAR}|[/?])*)?(?:#(?:{_CHAR}|[/?])*)?"
)

# Independent of our reference: Python's own `re`, with `$` as ECMA-262 means it.
_formats = FormatChecker(formats=())
_formats.checks("uuid")(lambda text: not isinstance(text, str) or UUID.fullmatch(text) is not None)
_formats.checks("uri")(lambda text: not isinstance(text, str) or URI.fullmatch(text) is not None)


def _pattern(validator: Any, pattern: str, value: Any, _: Any) -> Any:
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield from validator.descend(value, False)


Oracle = extend(Draft202012Validator, {"pattern": _pattern})


def decimal(value: Any) -> Any:
    """Return a JSON value with whole numbers as int and others as Decimal, which plain jsonschema compares right."""

    def number(text: str) -> int | Decimal:
        exact = Decimal(text)
        return int(exact) if exact == exact.to_integral_value() else exact

    return json.loads(json.dumps(value), parse_float=number)


@functools.cache
def oracle(document: str, operation: str | None) -> Any:
    root = decimal(load_catalog().get(document).published)
    path, method = ("/", "post") if operation is None else (operation.split()[1], operation.split()[0].lower())
    schema = root["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    return Oracle({**root, **schema}, format_checker=_formats)


def test_the_cases_are_many_and_their_ids_unique(cases: Any) -> None:
    assert len(cases) >= 200
    assert len({case.id for case in cases}) == len(cases)


def test_a_case_breaks_exactly_the_rules_that_a_person_expects(cases_of_a_file: Any) -> None:
    found = {
        case.id: {
            (v.rule, v.pointer) for v in check_request(case.document, case.body, operation=case.operation, rules=False)
        }
        for case in cases_of_a_file
    }
    assert found == {case.id: case.expected for case in cases_of_a_file}


def test_plain_jsonschema_over_decimals_agrees_with_the_person(cases_of_a_file: Any) -> None:
    fits = {case.id: oracle(case.document, case.operation).is_valid(decimal(case.body)) for case in cases_of_a_file}
    assert fits == {case.id: not case.expected for case in cases_of_a_file}
