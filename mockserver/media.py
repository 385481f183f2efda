"""Media that the server holds: what was uploaded, as bytes; what it produced, as the means to draw it again."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from .derive import digest

NAME_BYTES = 512  # what a name costs, about; without it empty uploads would be free


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that a client sent. media_type: like "image/png"."""

    data: bytes
    media_type: str


class Recipe(Protocol):
    """How a produced image is drawn.

    identity: bytes that differ whenever the pixels may. weight: bytes of input files that it holds on to.
    """

    @property
    def identity(self) -> bytes:
        """Bytes that differ whenever the pixels may."""
        ...

    @property
    def weight(self) -> int:
        """Bytes of input files that the recipe holds on to."""
        ...

    def render(self, format: str, quality: int) -> bytes:
        """Return the image file."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """A produced image, not drawn yet.

    format: "JPG", "PNG" or "WEBP". expires_at: Unix seconds, or None for as long as it is kept.
    """

    recipe: Recipe
    format: str
    quality: int
    expires_at: float | None = None


class Uploads:
    """Uploaded bytes by UUID, at most ``limit`` bytes in all; the least recently used go first.

    The same bytes under two names are kept once; each name counts for itself.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._contents: dict[bytes, tuple[Upload, int]] = {}

    def put(self, name: str, upload: Upload) -> None:
        """Keep an upload under a UUID, in place of what was there."""
        self.delete(name)
        content = digest(upload.media_type, upload.data)
        _, uses = self._contents.get(content, (upload, 0))
        self._held += NAME_BYTES + (0 if uses else len(upload.data))
        self._contents[content] = (upload, uses + 1)
        self._names[name.lower()] = content
        while self._held > self._limit and len(self._names) > 1:
            self.delete(next(iter(self._names)))

    def get(self, name: str) -> Upload | None:
        """Return the upload of that UUID, or None."""
        content = self._names.get(name.lower())
        if content is None:
            return None
        self._names.move_to_end(name.lower())
        return self._contents[content][0]

    def delete(self, name: str) -> bool:
        """Forget an upload and return whether there was one."""
        content = self._names.pop(name.lower(), None)
        if content is None:
            return False
        upload, uses = self._contents.pop(content)
        self._held -= NAME_BYTES
        if uses > 1:
            self._contents[content] = (upload, uses - 1)
        else:
            self._held -= len(upload.data)
        return True

    def __len__(self) -> int:
        return len(self._names)


class Pictures:
    """Produced images by UUID, at most ``limit``, with at most ``max_bytes`` of input files; the oldest go first."""

    def __init__(self, limit: int, max_bytes: int) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._held = 0
        self._pictures: OrderedDict[str, Picture] = OrderedDict()

    def put(self, name: str, picture: Picture) -> None:
        """Keep a picture under a UUID, in place of what was there."""
        old = self._pictures.pop(name.lower(), None)
        self._held += picture.recipe.weight - (old.recipe.weight if old else 0)
        self._pictures[name.lower()] = picture
        while len(self._pictures) > 1 and (len(self._pictures) > self._limit or self._held > self._max_bytes):
            _, dropped = self._pictures.popitem(last=False)
            self._held -= dropped.recipe.weight

    def get(self, name: str, now: float) -> Picture | None:
        """Return the picture of that UUID, or None when there is none or its time has run out."""
        picture = self._pictures.get(name.lower())
        if picture is None or (picture.expires_at is not None and now >= picture.expires_at):
            return None
        return picture

    def __len__(self) -> int:
        return len(self._pictures)


class FileCache:
    """Drawn files by what they were drawn from, at most ``limit`` bytes; the least recently used go first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._files: OrderedDict[bytes, bytes] = OrderedDict()

    def get(self, key: bytes) -> bytes | None:
        """Return a file, or None."""
        if key in self._files:
            self._files.move_to_end(key)
        return self._files.get(key)

    def put(self, key: bytes, data: bytes) -> None:
        """Keep a file, unless it alone is larger than the limit."""
        if len(data) > self._limit or key in self._files:
            return
        self._files[key] = data
        self._held += len(data)
        while self._held > self._limit:
            self._held -= len(self._files.popitem(last=False)[1])
