"""Mixed load with faults for minutes: nothing fails that was not told to, and memory stays flat after warm-up.

    python benchmarks/soak.py --minutes 10

Starts `genmock serve` with small stores, so that they fill up early, sets faults of every kind, and sends from several
threads: synchronous and asynchronous tasks with polls, webhooks, uploads, trainings, pictures, wrong requests. Prints a
table of memory over time, and what was answered. Exits with 1 for a 5xx, a broken connection or a time-out beyond
those ordered, and when memory grows by more than --growth MB from warm-up (a third of the time) to the end.
"""
# ruff: noqa: ANN401 - any JSON value

import argparse
import base64
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

GENMOCK = str(Path(sys.executable).parent / "genmock")
ORDERED = "ordered by the soak"  # the message of every error that a fault makes
TASK = {"taskType": "imageInference", "model": "runware:108@1", "positivePrompt": "a fox", "width": 256, "height": 256}
TRAINING = {
    "taskType": "training",
    "model": "runware:qwen-image@style-lora-training",
    "importModel": {"air": "soak:style@1", "name": "Soak style"},
    "webhookURL": "",
}
OPTIONS = (
    *("--port", "0", "--log-format", "plain", "--quiet", "--max-tasks", "2000", "--max-pictures", "1000"),
    *("--max-media", str(32 * 1024 * 1024), "--journal-size", "500", "--webhook-backoff", "0.05"),
    *("--webhook-timeout", "0.5", "--retention", "60", "--duration", "imageInference=0.3", "--duration", "training=1"),
)
EVERY = {"match": {"when": "has(task.seed) && task.seed == 13"}}  # tasks that ask for trouble, and only those
ERRORS = [
    {"kind": "error", "code": code, "message": ORDERED, "scope": scope, "probability": chance} | EVERY
    for code, scope, chance in (
        ("serviceUnavailable", "request", 0.2),
        ("internalServerError", "task", 0.1),
        ("rateLimitExceeded", "request", 0.1),
        ("providerTimeout", "result", 0.1),
    )
]
FAULTS = [
    *ERRORS,
    {"kind": "task_fail", "at": 50, "code": "timeoutProvider", "message": ORDERED, "probability": 0.1} | EVERY,
    {"kind": "latency", "seconds": 0.05, "spread": 0.04, "distribution": "uniform", "probability": 0.3} | EVERY,
    {"kind": "drop", "at": "body", "probability": 0.1} | EVERY,
    {"kind": "stall", "seconds": 0.3, "probability": 0.05} | EVERY,
    {"kind": "webhook_duplicate", "copies": 2, "probability": 0.2} | EVERY,
    {"kind": "webhook_lose", "probability": 0.1} | EVERY,
]


class Soak:
    """A load on one server. counts: what was answered. wrong: what should not have been."""

    def __init__(self, url: str, hook: str) -> None:
        self.url, self.hook = url, hook
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.done = threading.Event()
        self._lock = threading.Lock()

    def work(self, number: int) -> None:
        """Send until the end. Each thread has its own key, so that taskUUIDs do not meet."""
        choices = random.Random(number)
        headers = {"authorization": f"Bearer soak-key-{number}"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=30) as client:
            while not self.done.is_set():
                action = choices.choice(
                    (self.sync, self.sync, self.later, self.later, self.wronged, self.upload, self.train)
                )
                trouble = choices.random() < 0.3
                try:
                    action(client, {"seed": 13 if trouble else choices.randrange(10**6) + 20})
                except httpx.TransportError as error:
                    self._count("dropped", None if trouble else f"{action.__name__}: {error!r}")

    def sync(self, client: httpx.Client, members: dict[str, Any]) -> None:
        """Order a picture and fetch it."""
        reply = self._post(client, TASK | members | {"numberResults": 2})
        for item in reply.get("data", ()):
            self._judge("picture", client.get(item["imageURL"]))

    def later(self, client: httpx.Client, members: dict[str, Any]) -> None:
        """Order pictures asynchronously, with a webhook, and poll."""
        name = str(uuid.uuid4())
        self._post(client, TASK | members | {"taskUUID": name, "deliveryMethod": "async", "webhookURL": self.hook})
        for _ in range(3):
            self._post(client, {"taskType": "getResponse", "taskUUID": name})
            time.sleep(0.1)

    def wronged(self, client: httpx.Client, members: dict[str, Any]) -> None:
        """Send what is refused."""
        self._post(client, TASK | members | {"width": 17})

    def upload(self, client: httpx.Client, members: dict[str, Any]) -> None:
        """Upload an image and start from it."""
        file = base64.b64encode(image(members["seed"])).decode()
        stored = self._post(client, {"taskType": "imageUpload", "image": file})
        for item in stored.get("data", ()):
            self._post(
                client, TASK | members | {"inputs": {"seedImage": item["imageUUID"]}, "outputType": "base64Data"}
            )

    def train(self, client: httpx.Client, members: dict[str, Any]) -> None:
        """Upload a dataset and train."""
        media = base64.b64encode(dataset(members["seed"])).decode()
        stored = self._post(client, {"taskType": "mediaStorage", "operation": "upload", "media": media})
        for item in stored.get("data", ()):
            air = {"air": f"soak:{members['seed']}@1", "name": "Soak style"}
            asked = {"inputs": {"dataset": item["mediaUUID"]}, "importModel": air, "webhookURL": self.hook}
            self._post(client, TRAINING | asked)

    def _post(self, client: httpx.Client, task: dict[str, Any]) -> Any:
        return self._judge(task["taskType"], client.post("/v1", json=[{"taskUUID": str(uuid.uuid4()), **task}]))

    def _judge(self, what: str, reply: httpx.Response) -> Any:
        ordered = ORDERED in reply.text if reply.headers.get("content-type") == "application/json" else False
        bad = reply.status_code >= 500 and not ordered
        self._count(f"{what} {reply.status_code}", f"{what} {reply.status_code}: {reply.text[:300]}" if bad else None)
        return reply.json() if reply.headers.get("content-type") == "application/json" else {}

    def _count(self, what: str, wrong: str | None) -> None:
        with self._lock:
            self.counts[what] += 1
            if wrong:
                self.wrong.append(wrong)


class Hook(BaseHTTPRequestHandler):
    """A receiver of webhooks that fails in turn: it answers 500, hangs, or takes them."""

    count = 0

    def do_POST(self) -> None:
        """Take a webhook."""
        self.rfile.read(int(self.headers["content-length"]))
        Hook.count += 1
        if Hook.count % 50 == 0:
            time.sleep(1)
        self.send_response(500 if Hook.count % 7 == 0 else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def image(seed: int) -> bytes:
    """Return a small image, another for each seed."""
    file = io.BytesIO()
    Image.new("RGB", (128, 128), (seed % 256, seed // 256 % 256, 7)).save(file, "PNG")
    return file.getvalue()


def dataset(seed: int) -> bytes:
    """Return a ZIP of two images."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(2):
            archive.writestr(f"{number}.png", image(seed + number))
    return file.getvalue()


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def main() -> int:
    """Run, print the tables, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--growth", type=float, default=25.0, help="MB that memory may grow after warm-up [25]")
    parser.add_argument("--store", default="memory")
    options = parser.parse_args()
    hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    hook.daemon_threads = True
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    command = [GENMOCK, "serve", *OPTIONS, "--store", options.store]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as server,
    ):
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        threading.Thread(target=server.stdout.read, daemon=True).start()
        try:
            httpx.post(f"{url}/__genmock__/faults", json=FAULTS).raise_for_status()
            soak = Soak(url, f"http://127.0.0.1:{hook.server_port}/hook")
            samples = soaked(soak, server.pid, options.minutes * 60, options.threads)
            state = httpx.get(f"{url}/__genmock__/deliveries?limit=1000").json()["deliveries"]
        finally:
            server.terminate()
            server.wait()
    return report(soak, samples, Counter(each["state"] for each in state), options.growth)


def soaked(soak: Soak, pid: int, seconds: float, threads: int) -> list[tuple[float, float, int]]:
    """Load the server, and return (seconds, memory in MB, requests so far) at thirty moments."""
    workers = [threading.Thread(target=soak.work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    started, samples = time.monotonic(), []
    for number in range(1, 31):
        time.sleep(max(started + seconds * number / 30 - time.monotonic(), 0))
        samples.append((time.monotonic() - started, rss_mb(pid), soak.counts.total()))
    soak.done.set()
    for worker in workers:
        worker.join()
    return samples


def report(soak: Soak, samples: list[tuple[float, float, int]], deliveries: Counter[str], growth: float) -> int:
    """Print what was measured and return the exit status."""
    print("seconds   MB     requests")
    for seconds, memory, requests in samples:
        print(f"{seconds:7.0f}  {memory:5.1f}  {requests:8d}")
    for what, count in sorted(soak.counts.items()):
        print(f"{count:8d}  {what}")
    print(f"webhooks received: {Hook.count}; newest deliveries: {json.dumps(deliveries)}")
    warm = [memory for _, memory, _ in samples[10:15]]
    late = [memory for _, memory, _ in samples[-5:]]
    grown = sorted(late)[2] - sorted(warm)[2]
    print(f"memory from warm-up to the end: {grown:+.1f} MB; not ordered: {len(soak.wrong)} {soak.wrong[:5]}")
    return 1 if soak.wrong or grown > growth else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
