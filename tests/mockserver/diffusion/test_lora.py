import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from genmock.mockserver.diffusion import OnnxMaker
from genmock.mockserver.diffusion.lora import merged
from genmock.mockserver.diffusion.onnx_engine import OnnxEngine
from genmock.mockserver.makers import LoraWeights, Sampling

Asked = Callable[..., np.ndarray[Any, Any]]
FEW = Sampling(steps=4, cfg_scale=1.0)
RANK = 4
BASE: dict[str, dict[str, Any]] = {
    "unet": {"mid.attn.to_q.weight": np.ones((6, 8), np.float32), "mid.conv.weight": np.ones((6, 4, 3, 3), np.float32)},
    "text_encoder": {"layers.0.q_proj.weight": np.ones((8, 8), np.float32)},
}
DOWN, UP = np.full((RANK, 8), 0.5, np.float32), np.full((6, RANK), 0.25, np.float32)
CHANGE = UP @ DOWN


def file(tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> bytes:
    return bytes(save(dict(tensors), dict(metadata) if metadata else None))


def strong(maker: OnnxMaker) -> bytes:
    """Return a LoRA on every weight of the shipped model's denoiser that may be changed."""
    engine: OnnxEngine = maker._engine
    chance = np.random.RandomState(1)
    tensors: dict[str, Any] = {}
    for name, weight in engine.replaceable("unet").items():
        module = f"unet.{name.removesuffix('.weight')}"
        up = np.zeros((len(weight), RANK, *[1] * (weight.ndim - 2)))
        tensors[f"{module}.lora_A.weight"] = chance.standard_normal((RANK, *weight.shape[1:])).astype(np.float32)
        tensors[f"{module}.lora_B.weight"] = (up + 0.2 * weight.std()).astype(np.float32)
    return file(tensors)


@pytest.mark.parametrize(
    "tensors",
    [
        {"unet.mid.attn.to_q.lora_A.weight": DOWN, "unet.mid.attn.to_q.lora_B.weight": UP},
        {"unet.mid.attn.to_q.lora.down.weight": DOWN, "unet.mid.attn.to_q.lora.up.weight": UP},
        {"mid.attn.processor.to_q_lora.down.weight": DOWN, "mid.attn.processor.to_q_lora.up.weight": UP},
        {
            "base_model.model.mid.attn.to_q.lora_A.default.weight": DOWN,
            "base_model.model.mid.attn.to_q.lora_B.default.weight": UP,
        },
        {
            "lora_unet_mid_attn_to_q.lora_down.weight": DOWN,
            "lora_unet_mid_attn_to_q.lora_up.weight": UP,
            "lora_unet_mid_attn_to_q.alpha": np.float32(RANK),
        },
    ],
    ids=["diffusers", "older diffusers", "oldest diffusers", "peft", "kohya"],
)
@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_each_layout_changes_the_weight_that_it_names(tensors: Mapping[str, Any], kind: Any) -> None:
    data = file({name: np.asarray(value, kind) for name, value in tensors.items()})
    result = merged(BASE, [LoraWeights(data, 0.5)])
    assert list(result) == ["unet"]
    assert np.allclose(result["unet"].pop("mid.attn.to_q.weight"), 1 + 0.5 * CHANGE)
    assert result == {"unet": {}}


def test_alpha_scales_over_the_rank() -> None:
    pair = {"lora_unet_mid_attn_to_q.lora_down.weight": DOWN, "lora_unet_mid_attn_to_q.lora_up.weight": UP}
    told = file({**pair, "lora_unet_mid_attn_to_q.alpha": np.ones((), np.float32)})
    metadata = {"lora_adapter_metadata": json.dumps({"unet.r": RANK, "unet.lora_alpha": 1})}
    for data in (told, file(pair, metadata)):
        assert np.allclose(merged(BASE, [LoraWeights(data)])["unet"]["mid.attn.to_q.weight"], 1 + CHANGE / RANK)


def test_a_convolution_is_changed_too() -> None:
    down, up = np.ones((2, 4, 3, 3), np.float32), np.ones((6, 2, 1, 1), np.float32)
    data = file({"unet.mid.conv.lora_A.weight": down, "unet.mid.conv.lora_B.weight": up})
    assert np.array_equal(merged(BASE, [LoraWeights(data)])["unet"]["mid.conv.weight"], np.full((6, 4, 3, 3), 3.0))


def test_the_text_encoder_is_changed_too() -> None:
    square = np.ones((8, RANK), np.float32)
    name = "text_encoder.text_model.layers.0.q_proj"
    data = file({f"{name}.lora_A.weight": square.T.copy(), f"{name}.lora_B.weight": square})
    assert np.array_equal(
        merged(BASE, [LoraWeights(data)])["text_encoder"]["layers.0.q_proj.weight"],
        1 + 4 * BASE["text_encoder"]["layers.0.q_proj.weight"],
    )


def test_several_add_up_in_any_order() -> None:
    data = file({"unet.mid.attn.to_q.lora_A.weight": DOWN, "unet.mid.attn.to_q.lora_B.weight": UP})
    loras = [LoraWeights(data, 0.5), LoraWeights(data, 2.0), LoraWeights(data, -0.5)]
    for ordered in (loras, loras[::-1]):
        assert np.allclose(merged(BASE, ordered)["unet"]["mid.attn.to_q.weight"], 1 + 2 * CHANGE)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (
            file({"unet.mid.attn.to_q.lora_A.weight": DOWN[:, :5].copy(), "unet.mid.attn.to_q.lora_B.weight": UP}),
            "it is of another architecture, the model has no place for 'unet.mid.attn.to_q.lora_A.weight'",
        ),
        (
            file({"transformer.blocks.0.lora_A.weight": DOWN, "transformer.blocks.0.lora_B.weight": UP}),
            "it is of another architecture, the model has no place for 'transformer.blocks.0.lora_A.weight'",
        ),
        (file({"embedding": DOWN}), "it is of another architecture, the model has no place for 'embedding'"),
        (b"GIF89a", "no safetensors file of weights: its header is torn"),
        (b"\xff" * 20, "no safetensors file of weights: its header is torn"),
        (b"\x02" + bytes(7) + b"{}", "it is of another architecture, the model has no place for 'no tensor at all'"),
    ],
)
def test_a_foreign_file_has_no_effect_and_is_logged(data: bytes, why: str, caplog: pytest.LogCaptureFixture) -> None:
    assert merged(BASE, [LoraWeights(data)]) == {}
    assert caplog.messages == [f"a LoRA has no effect: {why}"]


def test_any_header_is_survived(caplog: pytest.LogCaptureFixture) -> None:
    for text in (
        "[]",
        "null",
        '{"a": 1}',
        '{"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}',
        '{"a.alpha": {}}',
    ):
        data = len(text).to_bytes(8, "little") + text.encode()
        assert merged(BASE, [LoraWeights(data)]) == {}
    assert len(caplog.messages) == 5


def test_weight_0_is_the_base_and_the_effect_grows(maker: OnnxMaker, asked: Asked) -> None:
    data = strong(maker)

    def made(*weights: float) -> Any:
        return asked(sampling=replace(FEW, loras=tuple(LoraWeights(data, weight) for weight in weights)))

    base = asked()
    changes = [np.abs(made(weight) - base).mean() for weight in (0.25, 0.5, 1.0)]
    assert np.array_equal(made(0.0), base)
    assert 0 < changes[0] < changes[1] < changes[2]
    assert np.abs(made(0.25, 0.25) - made(0.5)).max() <= 1
    assert np.array_equal(made(0.5, -0.5), base) or np.abs(made(0.5, -0.5) - base).max() <= 1
    assert np.array_equal(asked(), base)
