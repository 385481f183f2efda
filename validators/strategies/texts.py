"""Texts that fit: a pool of tellable ones, and generators beside it. Pictures in it are real and tiny."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from .choices import Choices
from .meeting import can_judge, looks, meets
from .merging import NOTS, TEXTS

# One pixel each: PNG, WebP, GIF, JPEG.
PICTURES = {
    "png": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGM4AQAAygDJmcpdfgAAAABJRU5ErkJggg==",
    "webp": "UklGRjAAAABXRUJQVlA4ICQAAABwAQCdASoBAAEADMDOJaACdAFAAAD+4uBJj0Vr+KHmt7B0wAA=",
    "gif": "R0lGODdhAQABAIEAAMjIyAAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw==",
    "jpeg": (
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////"
        "////////wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEG"
        "E1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJ"
        "ipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AHV//9k="
    ),
}
UUID4 = "7f3ebcb6-b777-4f2b-9a1e-0c5d6a1f8e11"
PLAIN = (
    *("a", "ab", "abc", "", "a fox in the snow", "ein Fuchs im Schnee, größer als 3 Bären"),
    *("狐が雪の中", "🦊🦊🦊", "fox\nin\tthe snow", "\"fox\" \\ & <b>'fox'</b> {fox} %s", " a ", "a\u0000b", "null"),
)
FORMED = (
    *(UUID4, UUID4.upper(), "7f3ebcb6-b777-1f2b-9a1e-0c5d6a1f8e11"),
    *("https://example.com/a.png", "http://localhost:8000/hook?task=1#fox", "https://example.com/f%C3%BCchse"),
    *(f"data:image/{kind};base64,{data}" for kind, data in PICTURES.items()),
    *PICTURES.values(),
    *("runware:504@1", "civitai:1@2", "acme:fox@1.0", "acme:fox_2/pose@v1", "fox.v1"),
    *("2024-02-29", "2024-02-29T12:30:00Z", "12:30:00Z", "P1D", "fox@example.com", "example.com", "192.0.2.1"),
    *("2001:db8::1", "/a/0", "^a+$", "/{a}", "Zm94"),
)
LOOSE = ("data:,", "fox", "no reference!", "https://", "a b", "://", "a:b", "-1", "{}", "7f3ebcb6-b777-4f2b-9a1e")
MAX_FREE = 12  # characters of a free text beyond the least


@dataclass(frozen=True)
class Texts:
    """The texts that a flat schema allows. pool: written out, the simplest first. others: strategies beside them."""

    pool: tuple[str, ...]
    others: tuple[st.SearchStrategy[str], ...]

    @property
    def choices(self) -> Choices[str]:
        """All of them; empty when there are none."""
        return Choices(self.pool, self.others, less=4)


def texts_of(flat: Mapping[str, Any]) -> Texts:
    """Return the texts that a flat schema allows. Every one fits by construction, or was tried."""
    facts = flat.get(TEXTS, [])
    good = fitting(flat)
    if ("format", "uuid") in facts and good(UUID4):
        return Texts((), (_uuids(good(UUID4.upper())),))
    least, most = flat.get("minLength", 0), flat.get("maxLength")
    lengths = {least: "a" * least, least + 1: "a" * (least + 1)}
    lengths |= {} if most is None else {most - 1: "a" * (most - 1), most: "a" * most}
    asked = FORMED if facts else (*PLAIN, *LOOSE, *FORMED) if NOTS in flat else PLAIN
    pool = tuple(dict.fromkeys(text for text in (*lengths.values(), *asked, *flat.get("examples", ())) if good(text)))
    return Texts(pool, tuple(_others(flat, good, pool)))


def _others(
    flat: Mapping[str, Any], good: Callable[[object], bool], pool: Sequence[str]
) -> Iterator[st.SearchStrategy[str]]:
    facts, least = flat.get(TEXTS, []), flat.get("minLength", 0)
    if not facts:
        most = min(flat.get("maxLength", least + MAX_FREE), least + MAX_FREE)
        free = st.text(st.characters(codec="utf-8"), min_size=least, max_size=most)
        yield free.filter(good) if NOTS in flat else free
        return
    numbers = st.integers(1, 10**9)
    for made in ("https://example.com/{}.png", "acme:{}@1"):
        if good(made.format(1)) and good(made.format(10**9)):
            yield numbers.map(made.format)
    if good(UUID4):
        yield _uuids(upper=False)
    patterns = [value for keyword, value in facts if keyword == "pattern"]
    if patterns and not pool:
        yield st.from_regex(patterns[0]).filter(good)


def _uuids(upper: bool) -> st.SearchStrategy[str]:
    """Fresh version 4 UUIDs, every eighth in capitals where that is allowed: one choice each."""
    return st.integers(0, 2**125 - 1).map(lambda n: _uuid(n, upper))


def _uuid(number: int, upper: bool) -> str:
    text = str(UUID(int=number >> 3 << 6, version=4))
    return text.upper() if upper and number & 7 == 7 else text


def fitting(flat: Mapping[str, Any]) -> Callable[[object], bool]:
    """Return whether a text fits a flat schema, judged by ourselves: lengths in code points, each fact by its own."""
    own = {key: flat[key] for key in ("minLength", "maxLength") if key in flat}
    facts, barred = flat.get(TEXTS, []), [part for part in flat.get(NOTS, ()) if can_judge(part)]

    def good(text: object) -> bool:
        fits = isinstance(text, str) and meets(own, text) and all(looks(key, value, text) for key, value in facts)
        return fits and not any(meets(part, text) for part in barred)

    return good
