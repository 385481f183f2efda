import json
from pathlib import Path
from typing import Any

import pytest

from genmock.specs import Document, Entry, load_catalog
from genmock.validators import Finding, lint

ITEM = "/components/schemas/RequestBody/items/properties"
BARE_WORD = "takes any bare word, like 'word': that makes the format uuid or uri moot"
ROUNDED = "9223372036854776000 is a rounded double; 2^63 - 1 = 9223372036854775807 is probably meant"
UNUSED = Finding("unused-schema", "/components/schemas/AuthenticationTask", "no operation uses this schema")


def moot(place: str) -> Finding:
    return Finding("moot-format", f"{ITEM}{place}/anyOf/3/pattern", BARE_WORD)


def refused(name: str, message: str) -> Finding:
    return Finding("refused-example", f"{ITEM}/{name}/description", message)


def mistyped(keyword: str) -> Finding:
    text = f"'{keyword}' applies to an array and says nothing about a string"
    return Finding("mistyped-keyword", f"{ITEM}/inputs/properties/dataset/{keyword}", text)


PNG = refused("layerDiffuse", """example 2 at /outputFormat: 'outputFormat' must be one of "JPG", "PNG", "WEBP\"""")
SEED = Finding("rounded-bound", f"{ITEM}/seed/maximum", ROUNDED)
COMMON = (
    UNUSED,
    moot("/inputs/properties/seedImage"),
    moot("/inputs/properties/maskImage"),
    SEED,
    moot("/controlNet/items/properties/guideImage"),
)
PUBLISHED: dict[str, tuple[Finding, ...]] = {
    "flux-1-dev-srpo": (
        *COMMON,
        moot("/ipAdapters/items/properties/guideImages/items"),
        Finding(
            "vacuous-if",
            f"{ITEM}/acePlusPlus/if",
            """holds without 'type', although its default is "portrait": `if` should say `required: ["type"]`""",
        ),
        refused("acePlusPlus", "example 2 at /referenceImages: 'referenceImages' is not a known member"),
        moot("/acePlusPlus/properties/images/items"),
        moot("/acePlusPlus/properties/masks/items"),
        refused("layerDiffuse", "example 1 at /vae: 'vae' is not a known member"),
        PNG,
        refused("layerDiffuse", "example 2 at /advancedFeatures: 'advancedFeatures' is not a known member"),
        refused(
            "pulid",
            "example 1 at /puLID/CFGStartStep: 'CFGStartStep' is not a known member; did you mean 'CFGstartStep'?",
        ),
        refused("pulid", "example 1 at /puLID: 'puLID' is not a known member; did you mean 'pulid'?"),
        moot("/pulid/properties/images/items"),
    ),
    "qwen-image": COMMON,
    "runware-qwen-image-style-lora-training": (UNUSED,),
    "exactly-illustrative-training": (UNUSED, mistyped("minItems"), mistyped("maxItems")),
    "runware-utilities": (
        Finding("rounded-bound", "/components/schemas/PolledImageResult/properties/seed/maximum", ROUNDED),
    ),
    "kiapi-qwen": (
        Finding(
            "undeclared-discriminator",
            "/components/schemas/FileRef/discriminator",
            "branches 0, 1, 2 do not require 'type', by which the branches are told apart",
        ),
    ),
    "kiapi-common": (),
    "genmock-control": (),
}
REPLIES = tuple(
    Finding("rounded-bound", f"/components/schemas/{name}/properties/seed/maximum", ROUNDED)
    for name in ("ImageInferenceResult", "ImageInferenceDryRun")
)
# What overlays change: lower-case formats are tolerated, and typed replies repeat the bound of the seed.
EFFECTIVE = PUBLISHED | {
    "flux-1-dev-srpo": (*(f for f in PUBLISHED["flux-1-dev-srpo"] if f != PNG), *REPLIES),
    "qwen-image": (*COMMON, *REPLIES),
    "kiapi-qwen": (),
}


def document_of(content: dict[str, Any]) -> Document:
    whole = {"openapi": "3.1.0", "info": {"title": "Small", "version": "1"}, **content}
    return Document(Entry("small", "Small", "other", Path("small.json"), "", "live"), json.dumps(whole).encode())


def lint_schema(schema: Any, **components: Any) -> list[str]:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}
    components["S"] = schema
    found = lint(document_of({"paths": {"/": {"post": {"requestBody": body}}}, "components": {"schemas": components}}))
    return [f"{f.rule} {f.pointer.removeprefix('/components/schemas/S')}: {f.message}" for f in found]


@pytest.mark.parametrize("document", load_catalog().documents, ids=lambda document: document.id)
def test_published_documents_have_exactly_these_findings(document: Document) -> None:
    assert lint(document) == PUBLISHED[document.id]


@pytest.mark.parametrize("document", load_catalog().documents, ids=lambda document: document.id)
def test_effective_documents_have_exactly_these_findings(document: Document) -> None:
    assert lint(document, form="effective") == EFFECTIVE[document.id]


def test_findings_are_warnings() -> None:
    assert {finding.severity for finding in lint(load_catalog().get("flux-1-dev-srpo"))} == {"warning"}


CLEAN = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {"type": "string", "enum": ["a", "b"], "default": "a"},
        "size": {"type": ["integer", "null"], "minimum": 1, "maximum": 9223372036854775807, "examples": [3, None]},
        "if": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "uuid"}},
        "image": {"anyOf": [{"type": "string", "format": "uri"}, {"type": "string", "pattern": "^data:image/"}]},
    },
    "if": {"properties": {"kind": {"const": "a"}}},
    "then": {"required": ["size"]},
    "x-note": {"nullable": True},
}
FINDINGS = {
    "a keyword of no dialect": (
        {"type": "string", "minimun": 3},
        "unknown-keyword /minimun: 'minimun' is no keyword of JSON Schema 2020-12 or OpenAPI 3.1 and says nothing; "
        "did you mean 'minimum'?",
    ),
    "a keyword of OpenAPI 3.0": (
        {"type": "string", "nullable": True},
        "unknown-keyword /nullable: 'nullable' is no keyword of JSON Schema 2020-12 or OpenAPI 3.1 and says nothing; "
        'OpenAPI 3.1 writes type: ["string", "null"]',
    ),
    "a keyword for another type": (
        {"type": ["array", "null"], "properties": {}},
        "mistyped-keyword /properties: 'properties' applies to an object and says nothing about an array or null",
    ),
    "a keyword for another type in a branch": (
        {"type": "integer", "anyOf": [{"minLength": 2}]},
        "mistyped-keyword /anyOf/0/minLength: 'minLength' applies to a string and says nothing about an integer",
    ),
    "a bound printed by JavaScript": (
        {"type": "integer", "minimum": -9223372036854776000},
        "rounded-bound /minimum: -9223372036854776000 is a rounded double; -2^63 = -9223372036854775808 is probably "
        "meant",
    ),
    "a bound in scientific form": (
        {"type": "integer", "maximum": 1.8446744073709552e19},
        "rounded-bound /maximum: 1.8446744073709552e+19 is a rounded double; 2^64 - 1 = 18446744073709551615 is "
        "probably meant",
    ),
    "bounds the wrong way round": (
        {"type": "string", "minLength": 3, "maxLength": 2},
        "impossible /minLength: no value fits: minLength is 3, and maxLength is 2",
    ),
    "a constant of another type": (
        {"type": "string", "enum": ["a", 1]},
        "impossible /enum/1: 1 is not a string",
    ),
    "a required member that is forbidden": (
        {"type": "object", "required": ["a"], "properties": {"b": {}}, "additionalProperties": False},
        "impossible /required/0: 'a' is required, and additionalProperties forbids it: it is none of the properties",
    ),
    "a branch without bounds beside a format": (
        {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "string"}]},
        "moot-format /anyOf/1: takes any bare word, like 'word': that makes the format uuid moot",
    ),
    "a misspelt format": (
        {"type": "string", "format": "uuid4"},
        "unknown-format /format: 'uuid4' is no format that is asserted; did you mean 'uuid'?",
    ),
    "an if about a member without a default": (
        {"type": "object", "if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}},
        """vacuous-if /if: holds without 'a': `if` should say `required: ["a"]`""",
    ),
    "a default that is refused": (
        {"type": "integer", "default": "3"},
        "refused-default /default: the value must be an integer, not a string",
    ),
    "an example that is refused": (
        {"type": "object", "properties": {"a": {"type": "integer"}}, "examples": [{"a": 1}, {"a": "1"}]},
        "refused-example /examples/1: /a: 'a' must be an integer, not a string",
    ),
    "an inline example that is refused": (
        {"type": "object", "properties": {"a": {"type": "integer", "description": 'Like `"a": 1` or `"a": "1"`.'}}},
        "refused-example /properties/a/description: example 2 at /a: 'a' must be an integer, not a string",
    ),
    "an example of the described object itself": (
        {"type": "object", "properties": {"a": {"type": "integer"}}, "description": '```json\n{"a": "1"}\n```'},
        "refused-example /description: example 1 at /a: 'a' must be an integer, not a string",
    ),
    "an example that is no JSON": (
        {"type": "integer", "description": "```json\n{a\n```"},
        "unreadable-example /description: example 1 is no JSON",
    ),
    "branches told apart without a discriminator": (
        {"oneOf": [{"properties": {"k": {"const": n}}, "required": ["k"]} for n in (1, 2)]},
        "undeclared-discriminator : the branches are told apart by 'k', and no discriminator says so",
    ),
    "a discriminator that a branch lacks": (
        {
            "oneOf": [{"properties": {"k": {"const": 1}}, "required": ["k"]}, {"required": ["k"]}],
            "discriminator": {"propertyName": "k"},
        },
        "undeclared-discriminator /discriminator: branch 1 does not declare 'k', by which the branches are told apart",
    ),
    "a reference into the void": (
        {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Nope"}}},
        "unresolvable-reference /properties/a/$ref: the reference '#/components/schemas/Nope' leads nowhere in its "
        "document",
    ),
    "a reference to another file": (
        {"$ref": "other.json#/a"},
        "unresolvable-reference /$ref: the reference 'other.json#/a' leads nowhere in its document",
    ),
    "a malformed keyword": (
        {"type": "object", "required": True},
        "malformed-keyword /required: true is not what 'required' may hold in JSON Schema 2020-12",
    ),
    "a pattern that is no regular expression": (
        {"type": "string", "pattern": "("},
        """malformed-keyword /pattern: "(" is not what 'pattern' may hold in JSON Schema 2020-12""",
    ),
}


@pytest.mark.parametrize(("schema", "finding"), FINDINGS.values(), ids=FINDINGS)
def test_an_oddity_is_found_alone(schema: dict[str, Any], finding: str) -> None:
    assert lint_schema(schema) == [finding]


def test_a_sound_schema_has_no_findings() -> None:
    assert lint_schema(CLEAN) == []


@pytest.mark.parametrize("value", [9223372036854775807, 2**60, 10**18, 10**23, 2**53, 10**400, -(2**63), 1e308])
def test_large_bounds_that_were_not_rounded_are_left_alone(value: float) -> None:
    assert lint_schema({"type": "number", "maximum": value}) == []


def test_placeholders_of_examples_are_not_judged() -> None:
    schema = {"type": "string", "format": "uuid", "description": '```json\n"a": "<your-uuid>"\n```'}
    assert lint_schema({"type": "object", "properties": {"a": schema}}) == []


def test_a_schema_used_through_another_is_used() -> None:
    assert lint_schema({"$ref": "#/components/schemas/A"}, A={"items": {"$ref": "#/components/schemas/B"}}, B={}) == []


def test_an_example_beside_a_body_is_judged_by_its_schema() -> None:
    media = {"schema": {"type": "integer"}, "examples": {"one": {"value": 1}, "two": {"value": "2"}}}
    document = document_of({"paths": {"/": {"post": {"requestBody": {"content": {"application/json": media}}}}}})
    (finding,) = lint(document)
    assert finding.pointer == "/paths/~1/post/requestBody/content/application~1json/examples/two/value"
    assert finding.message == "the value must be an integer, not a string"


@pytest.mark.parametrize("content", [{"components": []}, {"components": {"schemas": 3}}, {"paths": "none"}])
def test_a_document_of_the_wrong_shape_is_reported(content: dict[str, Any]) -> None:
    (finding,) = lint(document_of(content))
    assert (finding.rule, finding.message) == ("malformed-document", "a mapping is expected here")


def test_a_malformed_schema_hides_other_findings_until_it_is_mended() -> None:
    found = lint_schema({"type": "nothing", "minimun": 3})
    assert found == ["""malformed-keyword /type: "nothing" is not what 'type' may hold in JSON Schema 2020-12"""]
