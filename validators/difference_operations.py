"""What comes and goes as a whole: task types, operations, media types, parameters, replies, keys, the model itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .contract import Contract
from .difference import Difference, Example, Verdict
from .difference_places import SchemaPath, place_at
from .difference_subjects import media_types, parameters, security, simplest, statuses, task_side
from .schema import at
from .violations import Violation, pointer_of, shown


@dataclass(frozen=True, eq=False)
class Both:
    """Both documents, and what is being compared of them. name: the operation or task type."""

    old: Contract
    new: Contract
    name: str = ""

    @property
    def contracts(self) -> tuple[Contract, Contract]:
        """The old document and the new one."""
        return self.old, self.new

    @property
    def homes(self) -> tuple[SchemaPath, SchemaPath]:
        """Where the operation stands in each."""
        return self.old.operations[self.name], self.new.operations[self.name]

    def request(
        self,
        keyword: str,
        verdict: Verdict,
        text: str,
        paths: tuple[SchemaPath, SchemaPath],
        example: Example | None = None,
    ) -> Difference:
        """Return a difference for senders."""
        pointers = pointer_of(paths[0]), pointer_of(paths[1])
        return Difference("request", self.name, "", keyword, verdict, text, *pointers, example)

    def refused(self, message: object, rule: str, pointer: str, text: str) -> Example:
        """Return the example of a message that the new document refuses, in words of ours."""
        return Example(message, "old", Violation(rule, pointer, text, source=self.new.document.id))


def about_operations(old: Contract, new: Contract) -> Iterator[Difference]:
    """Yield task types and operations that one document alone has, and what of an operation it alone has."""
    if old.task_paths and new.task_paths:
        yield from _task_types(old, new)
    for name, path in old.operations.items():
        both = Both(old, new, name)
        if name not in new.operations:
            example = both.refused(_body(old, name), "http-path", "", f"there is no {name}")
            yield both.request("operation", "breaking", "the operation is gone", (path, ("paths",)), example)
            continue
        for part in (_media, _needed_body, _parameters, _security, _replies):
            yield from part(both)
    for name, path in new.operations.items():
        if name not in old.operations:
            yield Both(old, new, name).request("operation", "compatible", "the operation is new", (("paths",), path))


def about_documents(old: Contract, new: Contract, found: Sequence[Difference]) -> Iterator[Difference]:
    """Yield what changed of the model and where it is served. found: the other differences, with their examples."""
    both = Both(old, new)
    for keyword in ("x-air-id", "x-status"):
        before, after = (contract.root.get("info", {}).get(keyword) for contract in (old, new))
        if before == after:
            continue
        text = f"{keyword} {shown(before)} -> {shown(after)}"
        paths = _info(old, keyword), _info(new, keyword)
        if keyword == "x-air-id" and before is not None:
            example = next((each.example for each in found if each.where == "model" and each.is_proved), None)
            yield both.request(keyword, "breaking", text, paths, example)
        else:
            yield both.request(keyword, "compatible" if after == "live" else "unclear", text, paths)
    hosts = [[server.get("url") for server in contract.root.get("servers", ())] for contract in both.contracts]
    if hosts[0] != hosts[1]:
        text = f"servers {shown(hosts[0])} -> {shown(hosts[1])}"
        yield both.request("servers", "unclear", text, (("servers",), ("servers",)))


def _info(contract: Contract, keyword: str) -> SchemaPath:
    return ("info", keyword) if keyword in contract.root.get("info", {}) else ("info",)


def _task_types(old: Contract, new: Contract) -> Iterator[Difference]:
    bodies = old.body_path(None) or (), new.body_path(None) or ()
    for name, path in old.task_paths.items():
        both = Both(old, new, name)
        if name not in new.task_paths:
            item = simplest(place_at(old.root, path))
            example = both.refused([item], "unserved-task", "/0/taskType", f"there is no task type {name!r}")
            taken = not task_side(old.document, old.form, path).refusals(item)
            text = "the task type is gone"
            yield both.request("taskType", "breaking", text, (path, bodies[1]), example if taken else None)
    for name, path in new.task_paths.items():
        if name not in old.task_paths:
            yield Both(old, new, name).request("taskType", "compatible", "the task type is new", (bodies[0], path))


def _media(both: Both) -> Iterator[Difference]:
    homes = both.homes
    before, after = (media_types(c, (*c.operations[both.name], "requestBody")) for c in both.contracts)
    for name in [name for name in before if name not in after]:
        example = both.refused(_body(both.old, both.name, name), "http-media-type", "", f"{name} is not taken")
        text = f"bodies in {name} are no longer taken"
        yield both.request("content", "breaking", text, (before[name], homes[1]), example)
    for name in [name for name in after if name not in before]:
        yield both.request("content", "compatible", f"bodies in {name} are taken now", (homes[0], after[name]))


def _needed_body(both: Both) -> Iterator[Difference]:
    was, is_now = (_needs_body(contract, both.name) for contract in both.contracts)
    if is_now and not was:
        example = both.refused(None, "http-body", "", "a body must be sent")
        yield both.request("requestBody", "breaking", "a body must be sent now", both.homes, example)
    elif was and not is_now:
        yield both.request("requestBody", "compatible", "a body need no longer be sent", both.homes)


def _needs_body(contract: Contract, operation: str) -> bool:
    path = contract.operations[operation]
    if "requestBody" not in at(contract.root, path):
        return False
    return bool(at(contract.root, contract.followed((*path, "requestBody"))).get("required"))


def _parameters(both: Both) -> Iterator[Difference]:
    before, after = (parameters(contract, both.name) for contract in both.contracts)
    for key in dict.fromkeys((*before, *after)):
        name = " ".join(key)
        was = key in before and bool(at(both.old.root, before[key]).get("required"))
        is_now = key in after and bool(at(both.new.root, after[key]).get("required"))
        paths = before.get(key, both.homes[0]), after.get(key, both.homes[1])
        if is_now and not was:
            example = both.refused({}, "http-parameter", "", f"{name} must be sent")
            yield both.request("parameters", "breaking", f"{name} must be sent now", paths, example)
        elif key not in after:
            yield both.request("parameters", "unclear", f"{name} is no longer declared", paths)
        elif key not in before:
            yield both.request("parameters", "compatible", f"{name} is new", paths)
        elif was and not is_now:
            yield both.request("parameters", "compatible", f"{name} need no longer be sent", paths)


def _security(both: Both) -> Iterator[Difference]:
    before, after = (security(contract, both.name) for contract in both.contracts)
    words = [" or ".join(" and ".join(sorted(way)) or "nothing" for way in ways) for ways in (before, after)]
    text = f"security {words[0]} -> {words[1]}"
    if any(not any(other <= way for other in after) for way in before):
        example = both.refused({}, "http-security", "", f"credentials are needed: {words[1]}")
        yield both.request("security", "breaking", text, both.homes, example)
    elif set(before) != set(after):
        yield both.request("security", "compatible", text, both.homes)


def _replies(both: Both) -> Iterator[Difference]:
    before, after = (statuses(contract, both.name) for contract in both.contracts)
    homes = [(*home, "responses") for home in both.homes]
    for key in dict.fromkeys((*before, *after)):
        if (key in before) == (key in after):
            continue
        paths = pointer_of(before.get(key, homes[0])), pointer_of(after.get(key, homes[1]))
        success: Verdict = "breaking" if key in before else "unclear"
        verdict: Verdict = success if key[0].startswith("2") else "compatible"
        text = f"{' '.join(key)} is {'gone' if key in before else 'new'}"
        yield Difference("reply", both.name, "", "responses", verdict, text, *paths)


def _body(contract: Contract, operation: str, media_type: str = "application/json") -> object:
    """Return a body that an operation takes in a media type, None where it takes none."""
    paths = media_types(contract, (*contract.operations[operation], "requestBody"))
    return simplest(place_at(contract.root, paths[media_type])) if media_type in paths else None
