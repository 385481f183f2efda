"""What valid requests refer to: a picture, a dataset, and a receiver that takes deliveries on this machine."""

import base64
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SIDE_PX = 16
PICTURES = 12  # of a dataset; every shipped training takes as many


def picture(number: int = 0) -> bytes:
    """Return a small PNG file; each number has its own colour."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (SIDE_PX, SIDE_PX), (20 * number, 90, 200)).save(file, "PNG")
    return file.getvalue()


def dataset() -> bytes:
    """Return a ZIP file of small pictures."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(PICTURES):
            archive.writestr(f"{number}.png", picture(number))
    return file.getvalue()


def data_uri(media_type: str, data: bytes) -> str:
    """Return a file as a data URI."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


class _Taker(BaseHTTPRequestHandler):
    """Takes whatever is delivered to it."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Read the body and say that it was taken."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(204)
        self.end_headers()

    do_POST = do_PUT

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def receiver() -> Iterator[str]:
    """Take webhooks and uploads on a free port of this machine, and yield the URL for them."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Taker) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}/"
        finally:
            listening.shutdown()
