"""Bodies made to hide a member that stands twice, whatever fast path looks for it; and to take long."""

import json
import os
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from genmock.mockserver.decode import FEW_COLONS, decode_json

FULL = os.environ.get("GENMOCK_SCALE") == "full"
NAMES = st.text('":\\ a\n', max_size=3)
PAIRS = st.lists(st.tuples(NAMES, st.one_of(NAMES, st.integers(0, 9))), max_size=5)
COLONS = st.sampled_from([":", " :", "\n:", ": ", "\t: "])
MANY_COLONS = ":" * (FEW_COLONS + 1)
LONG_S = 5.0  # a hundred times what it takes


@settings(max_examples=20_000 if FULL else 2_000, deadline=None)
@given(PAIRS, COLONS, st.sampled_from(["", "a:b", MANY_COLONS]))
def test_a_member_that_stands_twice_is_always_found(pairs: list[tuple[str, object]], colon: str, text: str) -> None:
    members = [("text", text), *pairs]
    data = f"{{{','.join(f'{json.dumps(name)}{colon}{json.dumps(value)}' for name, value in members)}}}".encode()
    names = [name for name, _ in members]
    decoded = decode_json(data)
    assert decoded.value == dict(members)
    assert bool(decoded.warnings) == (len(set(names)) < len(names))


def test_a_body_of_megabytes_is_read_fast() -> None:
    data = json.dumps([{"image": "data:image/png;base64," + "iVBORw0K" * 4_000_000, "note": "a:b"}]).encode()
    began = time.perf_counter()
    decode_json(data)
    assert time.perf_counter() - began < LONG_S
