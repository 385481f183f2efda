"""wrk as the load tool: a script for each load, and its figures.

wrk runs in one thread beside the server. The script writes whole requests with fresh UUIDs and looks at no answer, as
that would cost more than sending: wrk itself counts those of 400 and above, and what came of the connections.
"""

import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from .bodies import HEADERS, UUID, Body, body
from .loads import POLL_LAG, Driven, LoadError

POLL = body({"taskType": "getResponse", "taskUUID": UUID})
DONE = """
done = function(summary, latency, requests)
  local e = summary.errors
  local broken = e.connect + e.read + e.write + e.timeout
  io.write(string.format("figures requests=%d us=%d p50=%d p99=%d refused=%d broken=%d\\n", summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), e.status, broken))
end
"""
FIGURES = re.compile(r"figures requests=(\d+) us=(\d+) p50=(\d+) p99=(\d+) refused=(\d+) broken=(\d+)")
GRACE_S = 30


def installed() -> bool:
    """Return whether wrk can be run."""
    return shutil.which("wrk") is not None


def version() -> str:
    """Return wrk's version, as it says it, or "" where there is none."""
    if not installed():
        return ""
    text = subprocess.run(["wrk", "--version"], capture_output=True, text=True).stdout
    return text.partition("[")[0].strip()


def post_script(path: str, content: Body, run: int, *, polled: bool = False) -> str:
    """Return the Lua script that posts a body, each time with fresh UUIDs of this run.

    wrk itself takes the first request, to see whether it is one, and does not send it: no poll asks for that.
    """
    poll = _maker("poll", path, POLL) if polled else ""
    request = "function() n = n + 1; return make(n) end"
    if polled:
        turn = f"if n % 2 == 0 and n > {2 * POLL_LAG + 2} then return poll(n / 2 - {POLL_LAG}) end"
        request = f"function() n = n + 1; {turn}; return make(n % 2 == 1 and (n + 1) / 2 or n + 2 ^ 40) end"
    counted = f'local n, format, concat = 0, string.format, table.concat\nlocal run = "{run:08x}-0000-4000-8000-"\n'
    return counted + _maker("make", path, content) + poll + f"request = {request}\n" + DONE


def get_script(paths: list[str]) -> str:
    """Return the Lua script that gets these paths one after the other, and from the start again."""
    listed = ",\n".join(f'"{path}"' for path in paths)
    head = "".join(f"{name}: {value}\\r\\n" for name, value in {"host": "127.0.0.1", **_AUTHORIZED}.items())
    return (
        f"local paths, n = {{{listed}}}, 0\nrequest = function() n = n + 1\n"
        f'  return "GET " .. paths[(n - 1) % #paths + 1] .. " HTTP/1.1\\r\\n{head}\\r\\n"\nend\n{DONE}'
    )


def drive(port: int, script: str, seconds: float, connections: int = 8) -> Driven:
    """Run a script for some seconds and return what wrk found. Raises LoadError when wrk says nothing."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "load.lua")
        file.write_text(script, "utf-8")
        duration = str(max(1, round(seconds)))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{duration}s", "--timeout", "20s", "-s", str(file)]
        command.append(f"http://127.0.0.1:{port}")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + GRACE_S)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = figures_of(done.stdout + done.stderr)
    took = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return replace(found, tool_cores=took / found.seconds if found.seconds else 0.0)


def figures_of(output: str) -> Driven:
    """Return the figures in what wrk wrote. Raises LoadError when there are none."""
    found = FIGURES.search(output)
    if found is None:
        raise LoadError(f"wrk gave no figures. It wrote:\n{output[-1000:]}")
    requests, us, p50, p99, refused, broken = map(int, found.groups())
    return Driven(requests, us / 1e6, p50 / 1000, p99 / 1000, refused, broken)


_AUTHORIZED: Mapping[str, str] = {"authorization": HEADERS["authorization"]}


def _maker(name: str, path: str, content: Body) -> str:
    """Return a Lua function that writes a whole request; its UUIDs count up from `number` times their count."""
    length = sum(len(text.encode()) for text in content.texts) + 36 * content.fresh
    fields = {"host": "127.0.0.1", **HEADERS, "content-length": str(length)}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{key}: {value}\r\n" for key, value in fields.items()) + "\r\n"
    first, *rest = (_quoted(text) for text in (head + content.texts[0], *content.texts[1:]))
    words = [first]
    for place, text in enumerate(rest):
        words += [f'run .. format("%012x", number * {content.fresh} + {place})', text]
    return f"local function {name}(number)\n  return concat({{{', '.join(words)}}})\nend\n"


def _quoted(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
    return '"' + "".join(escapes.get(letter, letter) for letter in text) + '"'
