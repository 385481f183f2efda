from genmock.mockserver.pictures.noise import Stream, clouds, curve


def test_equal_keys_give_equal_rows() -> None:
    assert [Stream(b"k").between(0, 99) for _ in range(3)] == [Stream(b"k").between(0, 99) for _ in range(3)]
    assert Stream(b"k").bytes(4000) == Stream(b"k").bytes(4000) != Stream(b"l").bytes(4000)


def test_a_row_goes_on_past_its_blocks() -> None:
    stream = Stream(b"k")
    rows = [stream.bytes(300) for _ in range(5)]
    assert len(set(rows)) == 5


def test_children_are_independent_of_what_their_parent_has_drawn() -> None:
    used = Stream(b"k")
    used.bytes(99)
    assert used.child("sky").bytes(8) == Stream(b"k").child("sky").bytes(8) != Stream(b"k").child("sea").bytes(8)


def test_numbers_stay_within_their_bounds() -> None:
    stream = Stream(b"k")
    assert {stream.between(-1, 1) for _ in range(100)} == {-1, 0, 1}
    assert {stream.pick("abc") for _ in range(100)} == set("abc")


def test_curves_and_clouds_have_the_asked_size() -> None:
    line = curve(Stream(b"k"), 640, 5)
    assert (len(line), min(line) >= 0, max(line) <= 65535) == (640, True, True)
    assert clouds(Stream(b"k"), (33, 7), 4).size == (33, 7)
