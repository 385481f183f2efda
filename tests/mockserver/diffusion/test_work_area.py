import pytest
from hypothesis import given
from hypothesis import strategies as st

from genmock.mockserver.diffusion.work_area import work_size

AREA = 128 * 128


@pytest.mark.parametrize(
    ("size", "work"),
    [
        ((128, 128), (128, 128)),
        ((2048, 2048), (128, 128)),
        ((1024, 768), (144, 112)),
        ((768, 1344), (96, 176)),
        ((2048, 128), (256, 64)),
        ((1, 8192), (64, 256)),
    ],
)
def test_a_picture_is_drawn_at_the_area_that_was_learned(size: tuple[int, int], work: tuple[int, int]) -> None:
    assert work_size(size, AREA) == work


@given(st.tuples(st.integers(1, 8192), st.integers(1, 8192)), st.sampled_from([AREA, 192 * 192, 256 * 256]))
def test_any_size_is_drawn_near_that_area(size: tuple[int, int], area: int) -> None:
    width, height = work_size(size, area)
    assert width % 16 == height % 16 == 0
    assert 0.8 * area <= width * height <= 1.25 * area
    assert (width >= height) == (size[0] >= size[1]) or width == height
