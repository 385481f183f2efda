"""What holds of every provider's replies: they fit the document, errors lead to the place, pictures are as ordered."""

import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from genmock.specs import Document
from genmock.validators import check_response, is_keyword

from .findings import Broken, Case
from .target import NONE, Reply

FORMATS = {"JPG": "JPEG", "JPEG": "JPEG", "PNG": "PNG", "WEBP": "WEBP"}
LARGE_PX = 2**18  # pixels
OF_OBJECTS = frozenset({"required", "dependentRequired", "not", "anyOf", "oneOf", "minProperties"})


def unanswered(reply: Reply) -> Iterator[Broken]:
    """Yield it when a request got no answer, or one that blames the server."""
    if reply.status == 0:
        yield Broken("answer", "none", "", f"there was no answer: {reply.data.decode()}")
    elif reply.status >= 500:
        yield Broken("answer", str(reply.status), "", f"the server answered with status {reply.status}")


def fits(document: Document, operation: str | None, reply: Reply, law: str, *, published: bool) -> Iterator[Broken]:
    """Yield how a reply's JSON breaks the document. law: what to name it by, unless its status is not declared."""
    body = reply.json
    if body is NONE:
        yield Broken(law, "json", "", f"the reply of status {reply.status} is no JSON")
        return
    for found in check_response(document, body, operation=operation, status=reply.status, rules=not published):
        if found.severity == "error":
            undeclared = found.rule == "undeclared-status"
            rule = str(reply.status) if undeclared else found.rule
            yield Broken("status" if undeclared else law, rule, found.pointer, found.message)


def parts(pointer: str) -> list[str]:
    """Return the parts of a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def leads_there(told: Sequence[str], case: Case, also: Collection[Sequence[str]] = ()) -> bool:
    """Return whether the path that an error names leads to where a request breaks its contract.

    told: the parts of the path. also: further members that the rule reads, "[]" for an index.
    """
    place = parts(case.pointer)
    if list(told) in (place, [*place, case.member]):
        return True
    if case.rule in OF_OBJECTS and not case.member:  # which of the members is the one, is a matter of taste
        return list(told[: len(place)]) == place and len(told) <= len(place) + 1
    if is_keyword(case.rule):
        return False
    return any(_alike(told, path) for path in also) or (not also and bool(told) and told[:1] == place[:1])


def _alike(told: Sequence[str], path: Sequence[str]) -> bool:
    return len(told) == len(path) and all(one == other or other == "[]" for one, other in zip(told, path, strict=True))


def drawn(data: bytes, form: str | None, size: tuple[int, int] | None) -> Iterator[Broken]:
    """Yield what is wrong with a picture. form: as it was ordered; size: (width, height) px, None for any."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            found, sides = image.format, image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        yield Broken("picture", "decodes", "", f"the picture cannot be decoded: {str(error)[:120]}")
        return
    wanted = FORMATS.get((form or "").upper())
    if wanted and found != wanted:
        yield Broken("picture", "format", "", f"the picture is {found}, not {wanted}")
    if size is not None and sides != size:
        text = f"the picture is {sides[0]}x{sides[1]}, not {size[0]}x{size[1]}"
        yield Broken("picture", "size", "", text)


def is_large(size: tuple[int, int]) -> bool:
    """Return whether a picture of that size takes its time, and is none of those about one in eight that are made."""
    width, height = size
    return width * height > LARGE_PX and (width // 16 + height // 16) % 8 != 0


def json_operations(document: Document) -> list[str]:
    """Return the operations of a document that take a JSON body, like "POST /v1/image/qwen/generate"."""
    found = []
    for path, item in document.effective.get("paths", {}).items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, Mapping) else {}
            if "application/json" in content:
                found.append(f"{method.upper()} {path}")
    return found


def copied(item: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value that may be changed."""
    return json.loads(json.dumps(item))
