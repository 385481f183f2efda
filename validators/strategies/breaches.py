"""Every way to break a document once: a keyword or a rule, the place, and how a valid message is changed there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .faulty import Fault, faults_of
from .making import Maker, below
from .merging import CONST, DECIDING, LEFT_OUT, same
from .nodes import ANY, Array, Draw, Node, Object, Want
from .places import Path, drop, lookup, put

DEPTH = 6  # members deep; only a schema that contains itself goes further
Change = Callable[[Draw, Any], None]
Inside = Callable[[Mapping[str, Want]], Want]  # from what the parts of a value must have to what the message must


@dataclass(frozen=True)
class Breach:
    """One way to break a message.

    name: like ``lora[].weight maximum``. rule: the keyword or the rule's id that the verdict names. at: the path that
    it points to, "[]" being the first element. want: what the message must have before. change: breaks it in place.
    member: the name that is missing or too many.
    """

    name: str
    rule: str
    at: Path
    want: Want
    change: Change = field(compare=False)
    member: str = ""

    @property
    def kept(self) -> frozenset[Path]:
        """The members that may not be left out of the message."""
        return frozenset(_paths(self.want, ()))


def breaches_of_schema(maker: Maker) -> Iterator[Breach]:
    """Yield the ways to break the keywords of a message's schema, each once."""
    seen = set()
    for breach in _of_node((maker.node, maker.free), (), lambda want: want, tag=maker.tag):
        if breach.name not in seen:
            seen.add(breach.name)
            yield breach


def _of_node(
    place: tuple[Node, Node], path: Path, wanted: Callable[[Want], Want], *, tag: str = "", is_tag: bool = False
) -> Iterator[Breach]:
    """Yield the ways to break what stands at a path.

    place: with the rules of one member, and by the schema alone. wanted: from what is wanted there to what is wanted of
    the message. tag: the member that tells messages apart. is_tag: it tells which alternative is meant, so that another
    value is none of the constants, whatever its type.
    """
    node, free = place
    if len(path) > DEPTH:
        return
    if path:
        for fault in faults_of(free):
            yield _replacing(replace(fault, rule="const") if is_tag else fault, path, wanted(ANY))
    tags = {tag} if tag else _tags(node)
    for number, way in enumerate(node.alternatives):

        def inside(parts: Mapping[str, Want], number: int = number) -> Want:
            return wanted(Want(number, parts))

        if isinstance(way, Object):
            yield from _of_object(node, way, path, inside)
        elif isinstance(way, Array):
            yield from _of_array(free, path, inside)
        for part in way.members if isinstance(way, Object) else ("[]",) if isinstance(way, Array) else ():
            child, freely = below(way, part), _freely(free, number, part)
            ends = part in way.flat.get(DECIDING, ())
            if (
                child is not None and freely is not None and not ends
            ):  # what decides on a condition would break what hangs on it too

                def within(want: Want, part: str = part, inside: Inside = inside) -> Want:
                    return inside({part: want})

                yield from _of_node((child, freely), (*path, part), within, is_tag=part in tags)


def _freely(free: Node, number: int, part: str) -> Node | None:
    """Return the place of a part by the schema alone: of the same alternative, where rules have left that."""
    ways = free.alternatives
    found = below(ways[number], part) if number < len(ways) else None
    return found or next((each for way in ways if (each := below(way, part))), None)


def _all_of(schema: Any) -> Sequence[Any]:  # noqa: ANN401 - any schema
    return schema.get("allOf", ()) if isinstance(schema, Mapping) else ()


def _tags(node: Node) -> set[str]:
    """Return the members that are another constant in each of several kinds of object."""
    objects = [way for way in node.alternatives if isinstance(way, Object)]
    constants: list[set[str]] = [
        {name for name, child in way.members.items() if len(child.flats) == 1 and CONST in child.flats[0]}
        for way in objects
    ]
    return set.intersection(*constants) if len(objects) > 1 else set()


def _replacing(fault: Fault, path: Path, want: Want) -> Breach:
    def change(draw: Draw, item: Any) -> None:  # noqa: ANN401
        put(item, path, 0, draw(fault.values))

    return Breach(f"{shown(path)} {fault.name}", fault.rule, (*path, *fault.below), want, change)


def _of_object(node: Node, way: Object, path: Path, inside: Inside) -> Iterator[Breach]:
    for name in _always_needed(node, way):
        yield _dropping(path, name, "required", inside({name: ANY}))
    for name, others in way.flat.get("dependentRequired", {}).items():
        for other in others:
            if other not in way.needed and other in way.members:
                yield _dropping(path, other, "dependentRequired", inside({name: ANY, other: ANY}))
    if way.flat.get("additionalProperties") is False:
        for name in ("fox", *(each[:-1] for each in list(way.members)[:1])):
            if name not in way.flat.get("properties", {}):
                yield _adding(path, name, "additionalProperties", inside({}), lambda draw: "a fox")
    for group in way.excluded:
        yield _excluding(way, path, sorted(group), inside)
    for name, part in way.flat.get("properties", {}).items():
        if name not in way.members and part != LEFT_OUT and LEFT_OUT not in _all_of(part):
            sibling = next((each for other in node.alternatives if (each := below(other, name))), None)
            value = sibling.draw if sibling is not None else lambda draw: "a fox"
            yield _adding(path, name, "not-allowed", inside({}), value)
    yield from _of_size(way, path, inside)


def _always_needed(node: Node, way: Object) -> Iterator[str]:
    """Yield the required members that no other branch of an anyOf or oneOf does without."""
    tags = _tags(node)
    rivals = [
        other
        for other in node.alternatives
        if isinstance(other, Object)
        and {"anyOf", "oneOf"} & node.followed.keys()
        and all(same(_only(way, tag), _only(other, tag)) for tag in tags)
    ]
    for name in way.flat.get("required", ()):
        if all(name in rival.flat.get("required", ()) for rival in rivals):
            yield name


def _only(way: Object, name: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the constant that a member is."""
    return way.members[name].flats[0]["enum"][0]


def _of_size(way: Object, path: Path, inside: Inside) -> Iterator[Breach]:
    least = way.flat.get("minProperties", 0)
    if least and not way.flat.get("required"):

        def empty(draw: Draw, item: Any) -> None:  # noqa: ANN401
            found = lookup(item, path)
            for name in list(found)[least - 1 :]:
                del found[name]

        yield Breach(f"{shown(path)} minProperties", "minProperties", path, inside({}), empty)


def _of_array(free: Node, path: Path, inside: Inside) -> Iterator[Breach]:
    way = next((each for each in free.alternatives if isinstance(each, Array)), None)
    flat = way.flat if way else {}
    for keyword, beyond in (("minItems", -1), ("maxItems", 1)):
        count = flat.get(keyword, 0) + beyond
        if keyword in flat and count >= 0:
            yield Breach(f"{shown(path)} {keyword}", keyword, path, inside({"[]": ANY}), _resized(path, count))
    if flat.get("uniqueItems"):

        def repeat(draw: Draw, item: Any) -> None:  # noqa: ANN401
            found = lookup(item, path)
            found.append(found[0])

        yield Breach(f"{shown(path)} uniqueItems", "uniqueItems", path, inside({"[]": ANY}), repeat)


def _resized(path: Path, count: int) -> Change:
    def change(draw: Draw, item: Any) -> None:  # noqa: ANN401
        found = lookup(item, path)
        found[:] = (found * (count + 1))[:count]

    return change


def _dropping(path: Path, name: str, rule: str, want: Want) -> Breach:
    def change(draw: Draw, item: Any) -> None:  # noqa: ANN401
        drop(item, (*path, name), 0)

    label = "missing" if rule == "required" else rule
    return Breach(f"{shown((*path, name))} {label}", rule, path, want, change, name)


def _adding(path: Path, name: str, rule: str, want: Want, value: Callable[[Draw], Any]) -> Breach:
    def change(draw: Draw, item: Any) -> None:  # noqa: ANN401
        put(item, (*path, name), 0, value(draw))

    return Breach(f"{shown((*path, name))} {rule}", rule, (*path, name), want, change, name)


def _excluding(way: Object, path: Path, group: list[str], inside: Inside) -> Breach:
    def change(draw: Draw, item: Any) -> None:  # noqa: ANN401
        for name in group:
            if name not in lookup(item, path):
                put(item, (*path, name), 0, way.members[name].draw(draw))

    return Breach(f"{shown(path)} {' with '.join(group)}".lstrip(), "not", path, inside({group[0]: ANY}), change)


def shown(path: Path) -> str:
    """Return a path as people write it: ``controlNet[].endStep``."""
    return ".".join(path).replace(".[]", "[]")


def _paths(want: Want, path: Path) -> Iterator[Path]:
    for part, inner in want.parts.items():
        yield (*path, part)
        yield from _paths(inner, (*path, part))
