"""The server of a flow: genmock in a thread of this process, set up as the flow wants it, and the local files."""

import io
import json
import logging
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from genmock.mockserver import Exchange, ServerThread, Settings, create_app

from .flows import SETTINGS, SIZE, Flow

LOGGED = 600  # characters of a logged error that are kept
PICTURES = 12  # of the dataset: Exactly Illustrative takes 10 to 50
PIXELS = (SIZE["width"], SIZE["height"])


@dataclass(frozen=True)
class Served:
    """A running server. url: without a path. exchanges: what it was asked and answered so far, oldest first.

    files: the paths of the local files of the flows. errors: what its log has of errors, which should be nothing.
    """

    url: str
    exchanges: Sequence[Exchange]
    files: Mapping[str, str]
    errors: Sequence[str]

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The tasks that came, in the order of the exchanges that they are part of."""
        bodies = [exchange.body for exchange in self.exchanges]
        return [task for body in bodies for task in (body if isinstance(body, list) else [body]) if task]

    def of_type(self, task_type: str) -> list[dict[str, Any]]:
        """Return the tasks of a type that came."""
        return [task for task in self.sent if task.get("taskType") == task_type]


class _Errors(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the end of a record: what was raised."""
        self.texts.append(logging.Formatter().format(record)[-LOGGED:])


@contextmanager
def served(flow: Flow, transport: str, folder: Path) -> Iterator[Served]:
    """Run a server as a flow wants it. folder: where its files are written.

    Raises OSError when a fault of the flow cannot be set.
    """
    exchanges: list[Exchange] = []
    app = create_app(Settings(**{**SETTINGS[flow.provider], **flow.settings}), on_exchange=exchanges.append)
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    try:
        with ServerThread(app) as server:
            for fault in flow.faults_on(transport):
                _post(f"{server.url}/__genmock__/faults", fault)
            yield Served(server.url, exchanges, write_files(folder), errors.texts)
    finally:
        logging.getLogger().removeHandler(errors)


def write_files(folder: Path) -> dict[str, str]:
    """Write the local files of the flows and return their paths: image, mask (white: drawn anew) and dataset."""
    image = Image.new("RGB", PIXELS, (230, 120, 40))
    ImageDraw.Draw(image).ellipse((60, 60, 300, 300), fill=(250, 250, 250))
    image.save(folder / "fox.png")
    mask = Image.new("L", PIXELS, 0)
    mask.paste(255, (PIXELS[0] // 2, 0, *PIXELS))
    mask.save(folder / "mask.png")
    with zipfile.ZipFile(folder / "pictures.zip", "w") as archive:
        for number in range(PICTURES):
            buffer = io.BytesIO()
            Image.new("RGB", (128, 128), (20 * number, 80, 200)).save(buffer, "PNG")
            archive.writestr(f"picture-{number}.png", buffer.getvalue())
    names = {"image": "fox.png", "mask": "mask.png", "dataset": "pictures.zip"}
    return {kind: str(folder / name) for kind, name in names.items()}


def _post(url: str, value: object) -> None:
    body = json.dumps(value).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10):
        pass
