"""The file of a trained LoRA: safetensors in the layout that diffusers writes for Stable Diffusion.

Written here and not by the safetensors library, whose serialiser puts metadata in another order each time: the same
training gives the same bytes. Source of the format: https://github.com/huggingface/safetensors, "Format". Source of
the names: ``convert_state_dict_to_diffusers`` of github.com/huggingface/diffusers, utils/state_dict_utils.py.
"""

import json
from collections.abc import Mapping

from .noise import Array


def lora_bytes(factors: Mapping[str, tuple[Array, Array]], metadata: Mapping[str, str]) -> bytes:
    """Return the file. factors: (down, up) by the key of the denoiser's weight; kept in half precision."""
    tensors = {}
    for key, (down, up) in sorted(factors.items()):
        module = f"unet.{key.removesuffix('.weight')}.lora"
        tensors[f"{module}.down.weight"] = down.astype("<f2")
        tensors[f"{module}.up.weight"] = up.astype("<f2")
    header: dict[str, object] = {"__metadata__": {"format": "pt", **metadata}}
    start = 0
    for name, values in tensors.items():
        end = start + values.nbytes
        header[name] = {"dtype": "F16", "shape": values.shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the format asks for numbers at multiples of eight
    return len(text).to_bytes(8, "little") + text + b"".join(each.tobytes() for each in tensors.values())
