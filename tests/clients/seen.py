"""What was seen of a flow, by the caller of the client and by the server, and how it is held to what it promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageChops, ImageStat

from .flows import SIZE, Flow
from .registry import Column
from .servers import Served

PIXELS = (SIZE["width"], SIZE["height"])
CLOSE = 12.0  # mean difference of pixels, 0 to 255, that JPEG alone makes at most


class Unmet(AssertionError):
    """A client's caller saw something else than it should have."""


@dataclass(frozen=True)
class Seen:
    """What was seen of a flow: by the caller of the client (``printed``), and by the server."""

    flow: Flow
    column: Column
    printed: Mapping[str, Any]
    server: Served

    @property
    def results(self) -> list[dict[str, Any]]:
        """The results that the caller got. Raises Unmet when it got an error instead."""
        expect("results" in self.printed, f"results, and not {self.printed}")
        return list(self.printed["results"])

    @property
    def result(self) -> dict[str, Any]:
        """The only result that the caller got."""
        expect(len(self.results) == 1, f"one result, and not {len(self.results)}: {self.printed}")
        return self.results[0]

    def told(self, name: str) -> Any:
        """Return a member of its own that a driver prints in this flow. Raises Unmet when there is none."""
        expect(name in self.printed, f"{name}, and not {self.printed}")
        return self.printed[name]

    def tasks(self, task_type: str) -> list[dict[str, Any]]:
        """Return the tasks of a type that the client sent."""
        return self.server.of_type(task_type)


def expect(holds: object, expected: str) -> None:
    """Raise Unmet when something does not hold. expected: what should have been."""
    if not holds:
        raise Unmet(f"expected {expected}")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures' pixels, 0 to 255."""
    means = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean
    return sum(means) / len(means)


def local_picture(seen: Seen, name: str = "image") -> Image.Image:
    """Return a local picture that a flow was given."""
    with Image.open(seen.server.files[name]) as image:
        return image.convert("RGB")
