"""What two documents are compared by: their task types, and the bodies, parameters and replies of their operations."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from genmock.specs import Document

from .contract import ARRAY, Contract, Form, Judge, contract_of
from .difference_changes import Pair
from .difference_places import Place, SchemaPath, place_at
from .difference_proofs import Side
from .rules import RuleSet
from .schema import at, follow
from .tasks import check_task
from .violations import Violation

Refusals = Callable[[Any], Sequence[Violation]]


@dataclass(frozen=True, eq=False)
class Subject:
    """One kind of message in both documents.

    label: how its body is called where it is not the request's. is_task: whether it stands in a request array.
    """

    part: Literal["request", "reply"]
    name: str
    label: str
    old: Side
    new: Side
    is_task: bool = False

    @property
    def pair(self) -> Pair:
        """The places to compare."""
        return Pair((), self.old.place, self.new.place)


def errors(found: Iterator[Violation] | Sequence[Violation]) -> tuple[Violation, ...]:
    """Return the violations that are errors."""
    return tuple(violation for violation in found if violation.severity == "error")


def task_side(document: Document, form: Form, path: SchemaPath) -> Side:
    """Return a document's view of one of its tasks."""
    contract = contract_of(document, form)

    def refusals(item: Any) -> Sequence[Violation]:  # noqa: ANN401 - any JSON value
        return errors(check_task(document, item, rules=form == "effective"))

    return Side(refusals, place_at(contract.root, path))


def schema_side(contract: Contract, path: SchemaPath, *, rules: bool = False) -> Side:
    """Return a document's view of a value by a schema, with the prose rules that stand there if asked for."""
    judge = contract.judge(path)
    plain = judge if rules else Judge(judge.schema, judge.explainer, RuleSet(()))
    return Side(_refusals(plain), place_at(contract.root, path))


def array_side(contract: Contract) -> Side:
    """Return a document's view of a request array as a whole."""
    path = contract.body_path(None) or ()
    value = {key: member for key, member in at(contract.root, path).items() if key != "items"}
    return Side(_refusals(contract.array), place_at({**contract.root, ARRAY: value}, (ARRAY,)))


def _refusals(judge: Judge) -> Refusals:
    def refusals(value: Any) -> Sequence[Violation]:  # noqa: ANN401 - any JSON value
        if not judge.schema.is_valid(value):
            return judge.explainer.violations(value)
        return errors(judge.rules.violations(value)) if isinstance(value, dict) else ()

    return refusals


def tasks(old: Contract, new: Contract) -> Iterator[Subject]:
    """Yield the task types that both documents have, and the array that holds them."""
    yield Subject("request", "", "request array", array_side(old), array_side(new))
    for name in [name for name in old.task_paths if name in new.task_paths]:
        before, after = (task_side(c.document, c.form, c.task_paths[name]) for c in (old, new))
        yield Subject("request", name, "", before, after, is_task=True)


def bodies(old: Contract, new: Contract, operation: str) -> Iterator[Subject]:
    """Yield the request bodies and parameters that an operation has in both documents."""
    before, after = (media_types(c, (*c.operations[operation], "requestBody")) for c in (old, new))
    for name in [name for name in before if name in after]:
        label = "" if name == "application/json" else name
        rules = old.form == "effective"
        sides = schema_side(old, before[name], rules=rules), schema_side(new, after[name], rules=rules)
        yield Subject("request", operation, label, *sides)
    known = parameters(old, operation), parameters(new, operation)
    for key in [key for key in known[0] if key in known[1]]:
        if "schema" in at(old.root, known[0][key]) and "schema" in at(new.root, known[1][key]):
            paths = old.followed((*known[0][key], "schema")), new.followed((*known[1][key], "schema"))
            yield Subject("request", operation, " ".join(key), schema_side(old, paths[0]), schema_side(new, paths[1]))


def replies(old: Contract, new: Contract, operation: str) -> Iterator[Subject]:
    """Yield the replies that an operation has in both documents, by status and media type."""
    before, after = statuses(old, operation), statuses(new, operation)
    for key in [key for key in before if key in after]:
        yield Subject("reply", operation, " ".join(key), schema_side(old, before[key]), schema_side(new, after[key]))


def statuses(contract: Contract, operation: str) -> dict[tuple[str, str], SchemaPath]:
    """Return where the schema of each declared reply stands, by status and media type."""
    path = (*contract.operations[operation], "responses")
    listed = at(contract.root, contract.operations[operation]).get("responses", {})
    return {(s, name): p for s in listed for name, p in media_types(contract, (*path, s)).items()}


def media_types(contract: Contract, path: SchemaPath) -> dict[str, SchemaPath]:
    """Return where the schema of each media type of a message stands; {} when there is no message."""
    holder = at(contract.root, path[:-1])
    if path[-1] not in holder:
        return {}
    path = contract.followed(path)
    content = at(contract.root, path).get("content", {})
    return {n: contract.followed((*path, "content", n, "schema")) for n, media in content.items() if "schema" in media}


def parameters(contract: Contract, operation: str) -> dict[tuple[str, str], SchemaPath]:
    """Return where each parameter of an operation stands, by (place, name); its own win over those of its path."""
    path = contract.operations[operation]
    found: dict[tuple[str, str], SchemaPath] = {}
    for holder in (path[:-1], path):
        for index in range(len(at(contract.root, holder).get("parameters", ()))):
            place = contract.followed((*holder, "parameters", index))
            row: Mapping[str, Any] = at(contract.root, place)
            found[(str(row.get("in")), str(row.get("name")))] = place
    return found


def security(contract: Contract, operation: str) -> tuple[frozenset[str], ...]:
    """Return the ways in which a request can authenticate: the schemes that each needs together."""
    own = follow(contract.root, at(contract.root, contract.operations[operation]))
    return tuple(frozenset(row) for row in own.get("security", contract.root.get("security", ()))) or (frozenset(),)


def simplest(place: Place) -> Any:  # noqa: ANN401 - any JSON value
    """Return a small message for a place."""
    from .difference_samples import first

    return first(place)
