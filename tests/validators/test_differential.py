"""The fast verdict and the reference's reasons agree, on tasks made from each document's schema and then mutated."""

import datetime
import importlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from genmock.specs import load_catalog

contracts = importlib.import_module("genmock.validators.contract")
schemas = importlib.import_module("genmock.validators.schema")
tasks = importlib.import_module("genmock.validators.tasks")

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)  # the machine may be busy
EXAMPLES = 2_000 if os.environ.get("GENMOCK_SCALE") == "full" else 200
# Another seed each day; a failure prints it, and GENMOCK_SEED repeats it.
SEED = int(os.environ.get("GENMOCK_SEED") or datetime.datetime.now(datetime.UTC).strftime("%Y%m%d"))

UUID = "7f3ebcb6-b777-4f2b-9a1e-0c5d6a1f8e11"
TEXTS = (
    *("", "a", "ab", "abc", "😀", "\ud800", "a\n", "\0", "x" * 101, "x" * 256, "x" * 401, "😀" * 3000, "x" * 3001),
    *("runware:504@1", "civitai:1@2", "civitai:1@2\n", "Euler", "high", "JPG", "URL", "sync", "none", "local_editing"),
    *(UUID, UUID.upper(), UUID[:-1], f"{{{UUID}}}", f"urn:uuid:{UUID}", UUID.replace("-", "")),
    *("https://example.com/a.png", "https://example.com/a b", "/a.png", "https://exämple.com", "http://[::1", "a:%zz"),
    *("http://a:port/", "data:image/png;base64,iVBO=", "data:image/png;base64,iV BO=", "file_id", "url", "ping"),
)
NUMBERS = (0.07, 0.29, 4.35, 19.99, 512.0, 1e16, 1e22, 1e300, 5e-324, 2**53 + 1, 2**63, 2**64, -(2**70), 10**400)
TEXT = st.sampled_from(TEXTS) | st.text(max_size=12)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | st.sampled_from(NUMBERS) | TEXT
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=5
)


def judges() -> list[tuple[str, Any]]:
    """Return every schema that requests are judged by, as published and with overlays, with its document."""
    found = []
    for document in load_catalog().documents:
        for form in ("published", "effective"):
            contract = contracts.contract_of(document, form)
            bodies = [contract.body_path(name) for name in contract.operations]
            paths = [*contract.task_paths.values()] or [path for path in bodies if path]
            found += [
                (f"{document.id} {form} {path[-2:]}", (document, contract.root, contract.judge(path))) for path in paths
            ]
    return found


def fitting(schema: Mapping[str, Any], candidates: Sequence[Any]) -> st.SearchStrategy[Any]:
    """Candidates that fit a schema by themselves, and now and then one that does not."""
    judge = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)
    good = [value for value in candidates if value != "\ud800" and judge.is_valid(value)] or candidates
    return st.integers(0, 5).flatmap(lambda n: st.sampled_from(good if n else candidates))


def numbers(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Numbers on, beside and between the bounds of a schema, and multiples of its step."""
    step = schema.get("multipleOf", 1)
    bounds = [schema[key] for key in ("minimum", "maximum") if key in schema]
    near = [round(bound + k * step / 2, 9) for bound in bounds for k in (-2, -1, 0, 1, 2)]
    exact = [bound + k for bound in bounds if isinstance(bound, int) for k in (-1, 0, 1)]
    return fitting(schema, [*near, *exact, *(round(k * step, 9) for k in range(0, 3000, 7)), *NUMBERS])


def values(root: Mapping[str, Any], schema: Any) -> st.SearchStrategy[Any]:
    """Values that mostly fit a schema."""
    schema = contracts.follow(root, schema)
    if not isinstance(schema, Mapping):
        return ANYTHING
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema and "properties" not in schema:
            return st.one_of([values(root, {**_own(schema), **contracts.follow(root, b)}) for b in schema[keyword]])
    match schema.get("type"):
        case "object":
            return objects(root, schema)
        case "array":
            return st.lists(values(root, schema.get("items", {})), max_size=3)
        case "integer" | "number":
            return numbers(schema)
        case "string":
            return fitting(schema, TEXTS)
        case _:
            return SCALARS


def _own(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("oneOf", "anyOf")}


def objects(root: Mapping[str, Any], schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    members = {name: values(root, member) for name, member in schema.get("properties", {}).items()}
    needed = {name: members.pop(name) for name in schema.get("required", ()) if name in members}
    few = st.lists(st.sampled_from(sorted(members)), unique=True, max_size=4) if members else st.just([])
    return few.flatmap(lambda names: st.fixed_dictionaries({**needed, **{name: members[name] for name in names}}))


@st.composite
def mutated(draw: st.DrawFn, item: Any) -> Any:
    """A message with one place of it, reached by drawing the way down, replaced, deleted or added to."""
    box = [item]
    parent: Any = box
    key: Any = 0
    while isinstance(parent[key], dict | list) and parent[key] and draw(st.booleans()):
        parent = parent[key]
        key = draw(st.sampled_from(sorted(parent) if isinstance(parent, dict) else range(len(parent))))
    how, node = draw(st.sampled_from(("replace", "delete", "add"))), parent[key]
    if how == "delete" and parent is not box:
        del parent[key]
    elif how == "add" and isinstance(node, dict):
        node[draw(TEXT)] = draw(ANYTHING)
    elif how == "add" and isinstance(node, list):
        node.append(draw(ANYTHING))
    else:
        parent[key] = draw(ANYTHING)
    return box[0]


FOUND = dict(judges())
JUDGES = {name: judge for name, (_, _, judge) in FOUND.items()}
DOCUMENTS = {name: document for name, (document, _, _) in FOUND.items()}
MESSAGES = {
    name: values(root, judge.schema.value).flatmap(lambda item: st.just(item) | mutated(item))
    for name, (_, root, judge) in FOUND.items()
}


@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=SLOW, print_blob=True)
@given(st.data())
def test_the_fast_verdict_is_that_of_the_reference(data: Any) -> None:
    note(f"repeat with GENMOCK_SEED={SEED}")
    name = data.draw(st.sampled_from(sorted(MESSAGES)))
    message = data.draw(MESSAGES[name])
    schema = JUDGES[name].schema
    assert schema.is_valid(message) == (next(schema.errors(message), None) is None), name


@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=SLOW, print_blob=True)
@given(st.data())
def test_members_are_explained_alone_as_they_are_in_the_whole(data: Any) -> None:
    note(f"repeat with GENMOCK_SEED={SEED}")
    name = data.draw(st.sampled_from(sorted(MESSAGES)))
    message, schema = data.draw(MESSAGES[name]), JUDGES[name].schema
    whole = schema._reference.iter_errors(schemas.exact(message))
    assert [described(error) for error in schema.errors(message)] == [described(error) for error in whole], name


def described(error: Any) -> Any:
    return [*error.absolute_path], [*error.absolute_schema_path], error.validator, error.message, error.instance


@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=SLOW, print_blob=True)
@given(st.data())
def test_the_plain_verdict_is_that_of_a_closer_look(data: Any) -> None:
    note(f"repeat with GENMOCK_SEED={SEED}")
    name = data.draw(st.sampled_from([name for name in sorted(MESSAGES) if DOCUMENTS[name].entry.task_types]))
    body = data.draw(st.lists(MESSAGES[name], min_size=1, max_size=3))
    document, rules, strict = DOCUMENTS[name], data.draw(st.booleans()), data.draw(st.booleans())
    contract = contracts.contract_of(document, "effective" if rules else "published")
    for item in body:
        closer = tasks.check_closely(contract, item, rules=rules, strict=strict)
        assert tasks.check_task(document, item, rules=rules, strict=strict) == closer
    desk = tasks.desk_of(document, load_catalog(), rules)
    assert desk.violations(body, strict) == tuple(desk.closer(body, strict))
