"""The tutorial's code is that of the examples."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
FILES = [path for path in (ROOT / "examples").rglob("*") if path.suffix in (".py", ".mjs", ".sh", ".toml", ".yml")]
OWN = [path for path in FILES if "node_modules" not in path.parts]
BLOCKS = re.findall(r"^```(python|js|sh|toml|yaml)\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", [code for _, code in BLOCKS], ids=lambda code: str(code).split("\n")[0][:40])
def test_a_block_of_the_tutorial_is_in_an_example(block: str) -> None:
    assert any(f"\n{block}" in f"\n{path.read_text('utf-8')}" for path in OWN)


def test_the_tutorial_has_a_text_for_each_planted_mistake_and_no_other() -> None:
    planted = list((ROOT / "examples").glob("*/bugs/*.patch"))
    assert TUTORIAL.count("\n```text\n") == len(planted)
    assert [path for path in planted if f"]({Path('..') / path.relative_to(ROOT)})" not in TUTORIAL] == []
