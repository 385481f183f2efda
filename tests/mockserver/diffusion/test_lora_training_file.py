import pytest

from genmock.mockserver.diffusion.lora_training_file import lora_bytes

np = pytest.importorskip("numpy")
safetensors = pytest.importorskip("safetensors.numpy")

FACTORS = {"mid.to_q.weight": (np.full((2, 5), 0.5, np.float32), np.full((3, 2), -1.25, np.float32))}


def test_the_library_reads_what_was_written() -> None:
    tensors = safetensors.load(lora_bytes(FACTORS, {}))
    assert {name: values.shape for name, values in tensors.items()} == {
        "unet.mid.to_q.lora.down.weight": (2, 5),
        "unet.mid.to_q.lora.up.weight": (3, 2),
    }
    assert (tensors["unet.mid.to_q.lora.up.weight"] == -1.25).all()


def test_the_file_says_of_itself_what_it_was_given() -> None:
    assert b'"__metadata__":{"format":"pt","trigger_word":"zorp"}' in lora_bytes(FACTORS, {"trigger_word": "zorp"})


def test_numbers_begin_at_a_multiple_of_eight() -> None:
    assert int.from_bytes(lora_bytes(FACTORS, {"x": "abc"})[:8], "little") % 8 == 0
