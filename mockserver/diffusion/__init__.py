"""A small real diffusion pipeline: the same weights on two engines, ONNX Runtime and diffusers."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .onnx_maker import OnnxMaker
    from .unusable import ModelUnusable

__all__ = ["ModelUnusable", "OnnxMaker"]
_HOMES = {"ModelUnusable": "unusable", "OnnxMaker": "onnx_maker"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever it is the name of
    """Return a public name, loaded when it is asked for: the engines' packages come with extras, and take time."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
