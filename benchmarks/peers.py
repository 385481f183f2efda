"""Other mock servers, where they can be installed: Prism, Scalar and Steady, serving the same document.

They are npm packages, in the versions below, in a folder outside the checkout. npm also brings the Node.js that they
ask for. One that does not install, or does not start, is left out with a line that says so.
"""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from .bodies import HEADERS, TASK, body, uuid_of
from .processes import PORT, ROOT, Program, serving

FOLDER = Path.home() / ".cache" / "genmock-benchmarks" / "peers"
DOCUMENT = ROOT / "specs" / "runware" / "flux-1-dev-srpo.json"
PACKAGES = {
    "node": "24",
    "@stoplight/prism-cli": "5.16.0",
    "@scalar/mock-server": "0.14.4",
    "@hono/node-server": "1",
    "@stdy/cli": "0.22.2",
}
INSTALL_S = 600
SCALAR = """
import { readFileSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { createMockServer } from '@scalar/mock-server'
const document = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const app = await createMockServer({ document })
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.argv[3]) })
"""
NAMES = ("Prism", "Scalar", "Steady")


def programs(folder: Path, say: Callable[[str], None]) -> list[Program]:
    """Return how the peers that work here are started, installing them into a folder where they are not yet."""
    if not (folder / "node_modules" / ".bin" / "node").exists() and not _install(folder, say):
        return []
    (folder / "scalar.mjs").write_text(SCALAR, "utf-8")
    modules = folder / "node_modules"
    node, served = str(modules / ".bin" / "node"), str(DOCUMENT)
    prism = str(modules / "@stoplight" / "prism-cli" / "dist" / "index.js")
    steady = str(modules / ".bin" / "steady")
    found = [
        Program("Prism, silent", (node, prism, "mock", "-v", "silent", "-h", "127.0.0.1", "-p", PORT, served), "/"),
        Program("Scalar", (node, str(folder / "scalar.mjs"), served, PORT), "/"),
        Program("Steady, quiet", (node, steady, "--quiet", "--host", "127.0.0.1", "--port", PORT, served), "/"),
    ]
    return [program for program in found if _works(program, say)]


def _install(folder: Path, say: Callable[[str], None]) -> bool:
    npm = shutil.which("npm")
    if npm is None:
        say("no npm: the peers are left out")
        return False
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": PACKAGES}), "utf-8")
    say(f"npm installs the peers into {folder}")
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, timeout=INSTALL_S
        )
        if done.returncode == 0:
            return True
        say(done.stderr.strip()[-300:])
    say("npm could not install the peers: they are left out")
    return False


def _works(program: Program, say: Callable[[str], None]) -> bool:
    content = body(TASK).with_uuids([uuid_of(0, 0)]).encode()
    try:
        with serving(program) as server:
            status, _ = server.ask("POST", server.path, content, HEADERS)
    except (OSError, SystemExit) as error:
        say(f"{program.name} is left out: {error}")
        return False
    if status != 200:
        say(f"{program.name} is left out: it answers the valid item with {status}")
    return status == 200
