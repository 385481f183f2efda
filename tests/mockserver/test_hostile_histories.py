"""Law 4 of the mock: the same requests, settings and history give the same bytes, in every process and store."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HISTORY = """
import asyncio, base64, hashlib, io, json, sys, threading, zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
from PIL import Image

from genmock.mockserver import Settings, create_app

told, got = [], []

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        got.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(204 if len(got) != 2 else 500)
        self.end_headers()
    do_PUT = do_POST
    def log_message(self, *_): pass

receiver = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
hook = f"http://127.0.0.1:{receiver.server_port}/"
name = "{}0000000-0000-4000-8000-000000000000".format
TASK = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "a fox", "width": 128, "height": 128}
FAULTS = [
    {"kind": "error", "code": "timeoutProvider", "probability": 0.5, "match": {"model": "runware:111@1"}},
    {"kind": "webhook_duplicate", "probability": 0.5},
]

def dataset():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for n in range(10):
            picture = io.BytesIO()
            Image.new("RGB", (64, 64), (n, 2 * n, 99)).save(picture, "BMP")
            file.writestr(zipfile.ZipInfo(f"{n}.bmp"), picture.getvalue())
    return base64.b64encode(buffer.getvalue()).decode()

async def work():
    settings = Settings(store=sys.argv[1], clock="virtual", public_url="http://mock.test", seed=4,
                        result_order="shuffled", result_progress="one-by-one")
    app = create_app(settings)
    headers = {"authorization": "Bearer any-key-0123456789"}
    options = {"transport": httpx.ASGITransport(app), "base_url": "http://mock.test", "headers": headers}
    async with httpx.AsyncClient(**options) as to:
        async def post(*tasks):
            reply = await to.post("/v1", json=list(tasks))
            told.append(reply.content)
            return reply.json().get("data", [])
        async def advance(seconds):
            await to.post("/__genmock__/clock/advance", json={"seconds": seconds})
        await to.post("/__genmock__/faults", json=FAULTS)
        for n in range(8):
            await post({**TASK, "taskUUID": name(n), "model": "runware:111@1", "numberResults": 2})
        later = {"deliveryMethod": "async", "numberResults": 3, "outputType": "base64Data"}
        await post({**TASK, "taskUUID": name("a"), **later})
        await post({**TASK, "taskUUID": name("b"), "webhookURL": hook, "uploadEndpoint": hook, "numberResults": 2})
        stored = {"taskType": "mediaStorage", "operation": "upload", "media": dataset()}
        upload = await post({**stored, "taskUUID": name("c")})
        await post({"taskType": "training", "taskUUID": name("d"), "model": "runware:qwen-image@style-lora-training",
                    "inputs": {"dataset": upload[0]["mediaUUID"]}, "triggerWord": "inkstyle",
                    "importModel": {"air": "acme:ink@1", "name": "Ink"}, "webhookURL": hook})
        for _ in range(8):
            await post({"taskType": "getResponse", "taskUUID": name("a")})
            await advance(0.25)
        for _ in range(400):
            await advance(1)
            await asyncio.sleep(0.02)
            listed = (await to.get("/__genmock__/deliveries")).json()["deliveries"]
            if all(each["state"] != "pending" for each in listed):
                break
        told.append(json.dumps([[each["id"], each["number"], each["state"]] for each in listed]).encode())
        await post({"taskType": "getResponse", "taskUUID": name("b")})
        done = await post({"taskType": "getResponse", "taskUUID": name("d")})
        told.append((await to.get(done[0]["outputs"]["files"][0]["url"])).content)
        await app.state.runtime.stop()

asyncio.run(work())
for data in told + sorted(got):
    print(len(data), hashlib.sha256(data).hexdigest(), data[:60])
"""


@pytest.fixture
def history(tmp_path: Path) -> Callable[[str, str], list[str]]:
    """Return a function that lives the history in a process of its own and returns a line for each thing it was told.

    history(store, hash_seed): the order of Python's sets and dicts of texts differs from seed to seed.
    """
    program = tmp_path / "history.py"
    program.write_text(HISTORY)

    def lived(store: str, hash_seed: str) -> list[str]:
        command = [sys.executable, str(program), store]
        made = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env={"PYTHONHASHSEED": hash_seed}
        )
        assert made.returncode == 0, made.stderr
        return made.stdout.splitlines()

    return lived


@pytest.mark.timeout(300)
def test_the_same_history_gives_the_same_bytes(history: Callable[[str, str], list[str]]) -> None:
    first = history("memory", "1")
    assert len(first) > 25
    assert history("memory", "2") == first
    assert history("sqlite:///history.db", "3") == first
