"""What the base install takes on disk: the wheel in a clean virtual environment, a row for each package.

    python benchmarks/install_size.py

Twice: as unpacked (what `uv pip install` leaves) and with the byte code that pip compiles. pip and setuptools do not
count. MB are 1,000,000 bytes. Needs a package index, as pip is configured to reach it.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_BEHIND = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "tests", "benchmarks")
NEVER = ("pytest", "hypothesis", "schemathesis", "torch")  # what the base install does without
MEASURE = """
import importlib.metadata, json, os
def size(files, compiled):
    paths = [file.locate() for file in files or () if compiled == (file.suffix == ".pyc")]
    return sum(os.path.getsize(path) for path in paths if os.path.exists(path))
print(json.dumps({
    found.metadata["Name"]: [found.version, size(found.files, False), size(found.files, True)]
    for found in importlib.metadata.distributions()
}))
"""
Sizes = Mapping[str, tuple[str, int, int]]


def install(folder: Path) -> Path:
    """Build the wheel in a folder, install it there in a new environment, and return that environment's Python."""
    source, wheels = folder / "source", folder / "wheels"
    shutil.copytree(ROOT, source, ignore=LEFT_BEHIND)  # a build folder in the checkout may hold what is gone
    _run(sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", str(wheels), str(source))
    _run(sys.executable, "-m", "venv", str(folder / "venv"))
    python = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    _run(str(python), "-m", "pip", "install", "-qq", str(next(wheels.glob("*.whl"))))
    return python


def sizes(python: Path) -> Sizes:
    """Return (version, bytes as unpacked, bytes of byte code) of each package that is installed beside a Python."""
    out = subprocess.run([str(python), "-I", "-c", MEASURE], check=True, capture_output=True, text=True).stdout
    found = {name: (version, plain, code) for name, (version, plain, code) in json.loads(out).items()}
    return {name: row for name, row in found.items() if name.lower() not in ("pip", "setuptools")}


def table(found: Sizes) -> str:
    """Return the packages as text, the largest first, and their sums."""
    total = sum(plain for _, plain, _ in found.values())
    compiled = sum(code for _, _, code in found.values())
    lines = [f"{'package':<30}{'version':<14}{'MB':>8}{'share':>8}{'MB with byte code':>20}"]
    for name, (version, plain, code) in sorted(found.items(), key=lambda row: -row[1][1]):
        lines.append(f"{name:<30}{version:<14}{plain / 1e6:>8.2f}{plain / total:>8.1%}{(plain + code) / 1e6:>20.2f}")
    return "\n".join([*lines, f"{f'{len(found)} packages':<44}{total / 1e6:>8.2f}{(total + compiled) / 1e6:>28.2f}"])


def main() -> None:
    """Install, measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        found = sizes(install(Path(folder)))
    print(table(found))
    present = [name for name in NEVER if name in found]
    print(f"not wanted at the base: {', '.join(NEVER)}; present: {', '.join(present) or 'none'}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
