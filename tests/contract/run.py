"""Run schemathesis against a real server, by each document that the server serves: docs/contract-tests.md.

python tests/contract/run.py --max-examples 200

Needs genmock installed with its extra ``fuzz``. Exits with 1 when anything failed.
"""

import argparse
import base64
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
from PIL import Image

HOOKS, KIAPI_HOOKS = (Path(__file__).with_name(name) for name in ("hooks.py", "kiapi_hooks.py"))
SCRIPTS = Path(sys.executable).parent  # not resolved: a virtual environment's scripts stand beside its own link
CONTROL = "genmock-control"
TRAININGS = ("runware-qwen-image-style-lora-training", "exactly-illustrative-training")
IMAGES = ("qwen-image", "flux-1-dev-srpo")
KIAPI = ("kiapi-qwen", "kiapi-common")
BASES = {
    **dict.fromkeys(("runware-utilities", *IMAGES, *TRAININGS), "/v1"),
    CONTROL: "/__genmock__",
    **dict.fromkeys(KIAPI, ""),
}
KEY = "key-of-the-contract-runs"
UPLOAD = "5f4ed4f6-1f3c-4a52-8d7c-2c7d3b4f9a10"  # the taskUUID
# Three settings have defaults that no schema can say: a task without a size is refused, of an array with one broken
# task the others are answered, and a taskUUID can be used once; schemathesis sends some again and again.
DEFAULTS = ("--missing-dimensions", "default", "--mixed-status", "error", "--reused-task-uuid", "allow")
SETTINGS = ("--api-key", KEY, *DEFAULTS)
# kiapi takes numbers in texts and the like, which its schemas refuse: here it does not. Pictures may be fetched from
# the receiver, and a job takes no time.
KIAPI_SETTINGS = ("--kiapi-token", KEY, "--contract", "strict", "--allow-host", "127.0.0.1", "--duration", "job=0")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit status."""
    parser = argparse.ArgumentParser(description="Run schemathesis against a genmock server.")
    parser.add_argument("documents", nargs="*", metavar="DOCUMENT", help=f"of {', '.join(BASES)}; default: all")
    parser.add_argument("--max-examples", type=int, default=200, help="cases to generate in each phase [200]")
    parser.add_argument("--seed", type=int, default=1, help="what the generated cases derive from [1]")
    parser.add_argument("--folder", type=Path, help="where documents, reports and logs are kept; default: nowhere")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.documents) - set(BASES))
    if unknown:
        parser.error(f"there is no document {unknown[0]!r} here; known are {', '.join(BASES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then too
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        chosen = options.documents or list(BASES)
        failed = []
        with receiver() as taker:
            for settings, names in groups(chosen):
                with server(folder, settings) as url:
                    runs = [Run(name, url, taker, folder, options.max_examples, options.seed) for name in names]
                    failed += [run.name for run in runs if not run.passes()]
    say(f"failed: {', '.join(failed)}" if failed else f"passed: {', '.join(chosen)}")
    return 1 if failed else 0


def groups(names: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Yield (settings, documents) for each server that the documents need.

    Those of kiapi have one each: its lists have no pages, and would be long after another run.
    """
    others = [name for name in names if name not in KIAPI]
    if others:
        yield SETTINGS, others
    yield from ((KIAPI_SETTINGS, [name]) for name in names if name in KIAPI)


@contextmanager
def server(folder: Path, settings: Sequence[str]) -> Iterator[str]:
    """Serve on a free port, log into a folder, and yield the server's URL. Exits when it does not start."""
    command = [str(SCRIPTS / "genmock"), "serve", "--port", "0", "--log-format", "plain", *settings]
    out, err = subprocess.PIPE, subprocess.STDOUT
    with (
        (folder / "server.log").open("a", encoding="utf-8") as log,
        subprocess.Popen(command, cwd=folder, env=environment(), stdout=out, stderr=err, text=True) as process,
    ):
        assert process.stdout is not None
        banner = process.stdout.readline()
        if "http://" not in banner:
            sys.exit(f"the server did not start: {banner}{process.stdout.read()}")
        drain = threading.Thread(target=log.writelines, args=(process.stdout,), daemon=True)
        drain.start()  # a full pipe would stop the server
        try:
            yield banner.split()[-1]
        finally:
            process.terminate()
            process.wait()
            drain.join()


class Taker(BaseHTTPRequestHandler):
    """Takes whatever is delivered to it, and has a picture for whoever asks."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Read the body and say that it was taken."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(204)
        self.end_headers()

    do_POST = do_PUT

    def do_GET(self) -> None:
        """Send a picture."""
        data = picture(0)
        self.send_response(200)
        self.send_header("content-type", "image/png")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def receiver() -> Iterator[str]:
    """Take uploads and webhooks on a free port, have a picture there, and yield where."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/"
        listening.shutdown()


@dataclass(frozen=True)
class Run:
    """One run of schemathesis: by which document, against which server, with files in which folder.

    taker: the URL of a receiver of results.
    """

    name: str
    url: str
    taker: str
    folder: Path
    max_examples: int
    seed: int

    def file(self, ending: str) -> Path:
        """Return the path of one of the run's files."""
        return self.folder / f"{self.name}.{ending}"

    def passes(self) -> bool:
        """Run, print what was found, and return whether everything passed."""
        say(f"\n{self.name}: {self.max_examples} examples, seed {self.seed}")
        shown = httpx.get(f"{self.url}/__genmock__/specs/{self.name}").raise_for_status()
        self.file("json").write_bytes(shown.content)
        self.file("dropped.jsonl").write_text("")
        env = environment() | self._told()
        done = subprocess.run(self._command(), cwd=self.folder, env=env, capture_output=True, text=True)
        self.file("txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode:
            say(done.stdout + done.stderr)
        if self.file("report.json").exists():
            say(self._summary())
        return done.returncode == 0

    def _command(self) -> list[str]:
        """Return the command: every phase, every check."""
        return [
            *(str(SCRIPTS / "schemathesis"), "--no-color", "run", str(self.file("json"))),
            *("--url", self.url + BASES[self.name], "--header", f"Authorization: Bearer {KEY}"),
            *("--phases", "examples,coverage,fuzzing,stateful", "--checks", "all", "--continue-on-failure"),
            *("--max-examples", str(self.max_examples), "--seed", str(self.seed), "--generation-database", "none"),
            *("--report-json-path", str(self.file("report.json"))),
        ]

    def _told(self) -> dict[str, str]:
        """Return what the hooks are told."""
        told = {"CONTRACT_DOCUMENT": self.name, "CONTRACT_DROPPED": str(self.file("dropped.jsonl"))}
        if self.name == CONTROL:
            told["CONTRACT_TRAFFIC_URL"] = f"{self.url}/v1"
        if self.name in TRAININGS:
            told["CONTRACT_DATASET"] = uploaded(self.url, dataset())
        if self.name in KIAPI:
            told["CONTRACT_REFERENCES"] = json.dumps(references(self.url, self.taker))
            told["CONTRACT_JOB"] = job(self.url)
        hooks = str(KIAPI_HOOKS if self.name in KIAPI else HOOKS)
        return told | {"CONTRACT_KEY": KEY, "CONTRACT_RECEIVER": self.taker, "SCHEMATHESIS_HOOKS": hooks}

    def _summary(self) -> str:
        """Return what the run came to: phases, cases, and how many were dropped for each prose rule."""
        report = json.loads(self.file("report.json").read_text())
        cases = [json.loads(line) for line in self.file("dropped.jsonl").read_text().splitlines()]
        rules = Counter(rule for case in cases for rule in case["rules"])
        tolerated = sum(not case["published"] for case in cases)
        phases = ", ".join(f"{name} {phase['status']}" for name, phase in report["phases"].items())
        found = f"{len(report['failures'])} failures, {len(report['errors'])} errors"
        lines = [
            f"  phases   {phases}",
            f"  cases    {report['test_cases']['generated']} sent, {found}",
            f"  dropped  {len(cases)} for prose rules alone, {tolerated} of them with members that are only tolerated",
        ]
        return "\n".join([*lines, *(f"  {count:7}  {rule}" for rule, count in rules.most_common())])


def dataset() -> bytes:
    """Return a ZIP file of twelve small pictures: what both trainings take."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for number in range(12):
            file.writestr(f"{number}.png", picture(number))
    return archive.getvalue()


def picture(number: int) -> bytes:
    """Return a small PNG file; each number has its own colour."""
    file = io.BytesIO()
    Image.new("RGB", (16, 16), (20 * number, 90, 200)).save(file, "PNG")
    return file.getvalue()


def references(url: str, elsewhere: str) -> dict[str, str]:
    """Upload a picture to kiapi, and return what refers to it, by kind of reference. elsewhere: a URL that has it."""
    data, sent = picture(0), {"authorization": f"Bearer {KEY}"}
    reply = httpx.post(f"{url}/v1/files", files={"file": ("a.png", data, "image/png")}, headers=sent).raise_for_status()
    inline = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    return {"file_id": str(reply.json()["file_id"]), "data_url": inline, "url": elsewhere}


def uploaded(url: str, data: bytes) -> str:
    """Upload a ZIP file and return its UUID."""
    media = f"data:application/zip;base64,{base64.b64encode(data).decode()}"
    task = {"taskType": "mediaStorage", "taskUUID": UPLOAD, "operation": "upload", "media": media}
    reply = httpx.post(f"{url}/v1", json=[task], headers={"authorization": f"Bearer {KEY}"}).raise_for_status()
    return str(reply.json()["data"][0]["mediaUUID"])


def job(url: str) -> str:
    """Have kiapi draw a picture, and return the id of its job."""
    sent, body = {"authorization": f"Bearer {KEY}"}, {"prompt": "a", "width": 16, "height": 16}
    reply = httpx.post(f"{url}/v1/image/qwen/generate", json=body, headers=sent).raise_for_status()
    return str(reply.headers["x-kiapi-job-id"])


def environment() -> dict[str, str]:
    """Return the environment without settings of its own for genmock and schemathesis."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GENMOCK_", "SCHEMATHESIS_"))}


def say(text: str) -> None:
    """Print at once, so that a person can follow."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
