import pytest

from genmock.mockserver.diffusion.graph import initializers
from genmock.mockserver.diffusion.model_folder import SHIPPED, ModelFolder


@pytest.mark.parametrize("name", ["text_encoder", "unet", "vae_encoder", "vae_decoder"])
def test_the_names_in_a_graph_are_found(name: str) -> None:
    found = initializers((SHIPPED / "onnx" / f"{name}.onnx").read_bytes())
    weights = ModelFolder(SHIPPED).weights(name if name in ("text_encoder", "unet") else "vae")
    assert len(found) == len(set(found)) > 10
    assert len(set(found) & set(weights)) > len(found) / 2


@pytest.mark.parametrize("data", [b"", b"torn", b"\x3a\x05", b"\xff" * 9, b"\x3a\x02\x2a\x00"])
def test_what_is_no_graph_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(ValueError, match="no ONNX graph"):
        initializers(data)
