"""The operators change one thing inside a function, and the file stays Python."""

import pytest

from .operators import changes

SOURCE = '''LIMIT = 3

def first(text: str = "2", *, most: int = 5) -> int | None:
    """Return 1."""
    if len(text) > most and text:
        raise ValueError(f"at most {most + 1}")
    note(text)
    return len(text) + 1 if text != "é" else None
'''
EXPECTED = [
    ("condition", "    if (not (len(text) > most and text)):"),
    ("and/or", "    if (len(text) > most or text):"),
    ("comparison", "    if (len(text) >= most) and text:"),
    ("dropped statement", "        pass"),
    ("dropped statement", "    pass"),
    ("return None", "    return None"),
    ("condition", '    return len(text) + 1 if (not text != "é") else None'),
    ("sum", '    return (len(text) - 1) if text != "é" else None'),
    ("boundary", '    return len(text) + (2) if text != "é" else None'),
    ("comparison", '    return len(text) + 1 if (text == "é") else None'),
]


def mutants(source: str) -> list[tuple[str, str]]:
    """Return (operator, the line as it is then) for each change, quotes as they are in the source."""
    found = []
    for change in changes(source):
        changed = source[: change.start] + change.new + source[change.end :]
        compile(changed, "changed", "exec")
        found.append((change.operator, changed.splitlines()[change.line - 1].replace("'", '"')))
    return found


def test_every_operator_has_its_places() -> None:
    assert sorted(mutants(SOURCE)) == sorted(EXPECTED)


@pytest.mark.parametrize(
    "source",
    ["LIMIT = 3 + 4", "def f(most: int = 3) -> None: ...", '"""Text."""', "class A:\n    size: int = 3 if True else 4"],
)
def test_what_no_function_does_is_left_alone(source: str) -> None:
    assert mutants(source) == []
