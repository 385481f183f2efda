"""What the banner says of kiapi, and the line that orders a first picture."""

import shlex
from collections.abc import Sequence

from ...runtime import Runtime
from .authentication import MASK
from .capability import capabilities

PICTURE = "/tmp/genmock.png"  # of the machine where the line is pasted
BODY = '{"prompt":"A lighthouse at sunset, a sign says \\"HELLO\\"","width":768,"height":512}'


def about(runtime: Runtime, url: str) -> Sequence[tuple[str, str]]:
    """Return the rows of the banner."""
    paths = [operation.path for capability in capabilities(runtime.catalog) for operation in capability.operations]
    return [("kiapi", f"POST {', '.join(paths)}; files, jobs, {url}/docs")]


def credentials(runtime: Runtime) -> str:
    """Return what the banner says of the token."""
    settings = runtime.settings
    if not settings.kiapi_token:
        return "kiapi token: none needed"
    return "kiapi token: its mask" if settings.kiapi_token_mask else "kiapi token: as set"


def example(runtime: Runtime, url: str) -> Sequence[str]:
    """Return lines for a POSIX shell that order a picture and open it."""
    settings = runtime.settings
    token = MASK if settings.kiapi_token and settings.kiapi_token_mask else settings.kiapi_token
    header = f" -H {shlex.quote(f'Authorization: Bearer {token}')}" if token else ""
    order = f"curl -s {url}/v1/image/qwen/generate{header} -H 'Content-Type: application/json' -d {shlex.quote(BODY)}"
    return [f"{order} -o {PICTURE}", f"python3 -m webbrowser file://{PICTURE}"]
