"""The anchors: what the same server costs when it does nothing.

    python -m benchmarks.anchors starlette --port 8000

Each answers every task with a constant, in a process of its own, under uvicorn with httptools and uvloop and without an
access log. `starlette` is the unit of every ratio: a route that reads the body and answers a JSON object. `raw` is the
same without Starlette. `starlette` also has a WebSocket that answers every message, and serves the files of a folder.
"""

import argparse
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from .processes import PORT, Program

NAMES = ("starlette", "raw")
REPLY = {
    "data": [{"taskType": "imageInference", "imageURL": "http://127.0.0.1/image/ws/2/ii/constant.png", "seed": 42}]
}
BODY = bytes(JSONResponse(REPLY).body)


async def answer(request: Request) -> Response:
    """Read the request and answer the constant."""
    await request.body()
    return JSONResponse(REPLY)


async def talk(socket: WebSocket) -> None:
    """Answer every message with the constant."""
    await socket.accept()
    async for _ in socket.iter_text():
        await socket.send_bytes(BODY)


def starlette(files: Path | None) -> ASGIApp:
    """Return the bare application. files: the folder that it serves at /static, if any."""
    routes = [Route("/v1", answer, methods=["POST"]), WebSocketRoute("/v1", talk)]
    static = [Mount("/static", StaticFiles(directory=files))] if files else []
    return Starlette(routes=[*routes, *static])


async def raw(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the constant without any framework."""
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


def bare(name: str, files: Path | None = None) -> Program:
    """Return how an anchor is started."""
    served = ("--files", str(files)) if files else ()
    shown = {"starlette": "uvicorn + Starlette (= 1)", "raw": "uvicorn, raw ASGI"}[name]
    return Program(shown, (sys.executable, "-m", "benchmarks.anchors", name, "--port", PORT, *served))


def main() -> None:
    """Serve until the process is stopped."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--files", type=Path)
    options = parser.parse_args()
    app = starlette(options.files) if options.name == "starlette" else raw
    uvicorn.run(
        app, port=options.port, loop="uvloop", http="httptools", lifespan="off", access_log=False, log_config=None
    )


if __name__ == "__main__":
    main()
