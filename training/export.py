"""Write a model where the server reads it: a diffusers directory in fp16, and ONNX graphs that borrow its weights.

A graph's weights are not in it: they are external initializers named by the keys of the safetensors file of the same
part, handed in when a session is made. Those that a LoRA may change are inputs too, so that other values can be fed.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .layout import LATENT_CHANNELS, SIZES_PX, TEXT_WIDTH, TOKENS, WORK_AREA, make_scheduler
from .onnx_graphs import write_graph

if TYPE_CHECKING:
    from diffusers import AutoencoderTiny, UNet2DConditionModel
    from transformers import CLIPTextModel

MODEL = Path(__file__).parents[1] / "mockserver" / "diffusion" / "model"


@dataclass(frozen=True, slots=True)
class Parts:
    """A model's networks, in fp32, and the folder of its tokenizer."""

    tokenizer: Path
    text_encoder: CLIPTextModel
    unet: UNet2DConditionModel
    vae: AutoencoderTiny


def export(parts: Parts, folder: Path = MODEL, *, version: str, trained: str) -> None:
    """Write the model. version: of the weights; trained: what they have seen, in words, for genmock.json."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_graphs(parts, folder / "onnx")
    _write_diffusers(parts, folder)
    described = {
        "name": "genmock-tiny",
        "version": version,
        "trained": trained,
        "work_area": WORK_AREA,
        "multiple_px": 16,
        "sizes": [list(size) for size in SIZES_PX],
    }
    (folder / "genmock.json").write_text(json.dumps(described, indent=2) + "\n")


def _write_diffusers(parts: Parts, folder: Path) -> None:
    import copy

    import torch

    for name in ("text_encoder", "unet", "vae"):
        part = copy.deepcopy(getattr(parts, name)).to(torch.float16)
        part.save_pretrained(folder / name)
    make_scheduler().save_pretrained(folder / "scheduler")
    if parts.tokenizer.resolve() != (folder / "tokenizer").resolve():
        shutil.copytree(parts.tokenizer, folder / "tokenizer", dirs_exist_ok=True)
    (folder / "model_index.json").write_text(json.dumps(_index(), indent=2) + "\n")


def _index() -> dict[str, object]:
    import diffusers

    return {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": diffusers.__version__,
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderTiny"],
    }


def _write_graphs(parts: Parts, folder: Path) -> None:
    """Write the four graphs; what they take and give is in docs/pipeline-model.md."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    batch, spatial = {0: "batch"}, {0: "batch", 2: "height", 3: "width"}
    ids = torch.zeros(2, TOKENS, dtype=torch.int64)
    write_graph(
        parts.text_encoder,
        lambda model, input_ids: model(input_ids).last_hidden_state,
        {"input_ids": (ids, batch)},
        {"last_hidden_state": batch},
        folder / "text_encoder.onnx",
    )
    latents, image = torch.randn(2, LATENT_CHANNELS, 14, 18), torch.rand(2, 3, 112, 144)
    write_graph(
        parts.unet,
        lambda model, sample, timestep, text: model(sample, timestep, text).sample,
        {
            "sample": (latents, spatial),
            "timestep": (torch.tensor([999.0, 1.0]), batch),
            "encoder_hidden_states": (torch.randn(2, TOKENS, TEXT_WIDTH), batch),
        },
        {"out_sample": spatial},
        folder / "unet.onnx",
        changeable=_is_changeable,
    )
    write_graph(
        parts.vae,
        lambda model, image: model.encoder(image),
        {"image": (image, spatial)},
        {"latents": spatial},
        folder / "vae_encoder.onnx",
    )
    write_graph(
        parts.vae,
        lambda model, latents: model.decoder(latents),
        {"latents": (latents, spatial)},
        {"image": spatial},
        folder / "vae_decoder.onnx",
    )


def _is_changeable(key: str) -> bool:
    """Say whether a LoRA may change this weight of the denoiser: the attention's own and its feed-forward layers'."""
    return key.endswith(".weight") and ".transformer_blocks." in key and ".norm" not in key
