"""Run schemathesis against a real server, by each document that the server serves: docs/contract-tests.md.

python tests/contract/run.py --max-examples 200

Needs genmock installed with its extra ``fuzz``. Exits with 1 when anything failed.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

HOOKS = Path(__file__).with_name("hooks.py")
SCRIPTS = Path(sys.executable).parent  # not resolved: a virtual environment's scripts stand beside its own link
CONTROL = "genmock-control"
BASES = {"runware-utilities": "/v1", "qwen-image": "/v1", "flux-1-dev-srpo": "/v1", CONTROL: "/__genmock__"}
KEY = "key-of-the-contract-runs"
# Two settings have defaults that no schema can say: a task without a size is refused, and of an array with one broken
# task the others are answered.
SETTINGS = ("--api-key", KEY, "--missing-dimensions", "default", "--mixed-status", "error")


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
        with server(folder) as url:
            chosen = options.documents or list(BASES)
            runs = [Run(name, url, folder, options.max_examples, options.seed) for name in chosen]
            failed = [run.name for run in runs if not run.passes()]
    say(f"failed: {', '.join(failed)}" if failed else f"passed: {', '.join(chosen)}")
    return 1 if failed else 0


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Serve on a free port, log into a folder, and yield the server's URL. Exits when it does not start."""
    command = [str(SCRIPTS / "genmock"), "serve", "--port", "0", "--log-format", "plain", *SETTINGS]
    out, err = subprocess.PIPE, subprocess.STDOUT
    with (
        (folder / "server.log").open("w", encoding="utf-8") as log,
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


@dataclass(frozen=True)
class Run:
    """One run of schemathesis: by which document, against which server, with files in which folder."""

    name: str
    url: str
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
        return told | {"CONTRACT_KEY": KEY, "SCHEMATHESIS_HOOKS": str(HOOKS)}

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


def environment() -> dict[str, str]:
    """Return the environment without settings of its own for genmock and schemathesis."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GENMOCK_", "SCHEMATHESIS_"))}


def say(text: str) -> None:
    """Print at once, so that a person can follow."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
