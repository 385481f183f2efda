"""Operators of torch's backward pass in terms of those that ONNX has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def decompositions() -> Mapping[Any, Callable[..., Any]]:
    """Return how operators are written in others, ours last: where torch's own would use what ONNX does not have."""
    import torch
    from torch._decomp import get_decompositions

    aten = torch.ops.aten
    named = (
        "native_group_norm_backward native_layer_norm_backward _softmax_backward_data gelu_backward slice_backward "
        "select_backward addmm baddbmm embedding_dense_backward split mse_loss_backward unbind"
    )
    return dict(get_decompositions([getattr(aten, name) for name in named.split()])) | {
        aten.convolution_backward.default: _convolution_backward,
        aten.native_group_norm.default: _group_norm,
        aten.native_layer_norm.default: _layer_norm,
        aten.upsample_nearest2d.default: _enlarge,
        aten.upsample_nearest2d_backward.default: _enlarge_backward,
        aten.silu_backward.default: _silu_backward,
    }


def _convolution_backward(
    gradient: torch.Tensor,
    image: torch.Tensor,
    weight: torch.Tensor,
    _bias: object,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    _output_padding: Sequence[int],
    groups: int,
    asked: Sequence[bool],
) -> tuple[torch.Tensor, None, None]:
    """Return the gradient by a convolution's input, the only one that is ever asked for: its weights stay."""
    import torch

    if transposed or groups != 1 or any(asked[1:]):
        raise NotImplementedError("the step's graph covers plain convolutions whose weights are not trained")
    missing = [
        image.shape[2 + axis]
        - ((gradient.shape[2 + axis] - 1) * stride[axis] - 2 * padding[axis] + weight.shape[2 + axis])
        for axis in (0, 1)
    ]
    return torch.ops.aten.convolution(gradient, weight, None, stride, padding, dilation, True, missing, 1), None, None


def _group_norm(
    image: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    rows: int,
    channels: int,
    _area: int,
    groups: int,
    eps: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    grouped = image.reshape(rows, groups, -1)
    mean = grouped.mean(2, keepdim=True)
    scale = ((grouped - mean).square().mean(2, keepdim=True) + eps).rsqrt()
    shape = [1, channels] + [1] * (image.dim() - 2)
    normal = ((grouped - mean) * scale).reshape(image.shape)
    return normal * weight.reshape(shape) + bias.reshape(shape), mean.reshape(rows, groups), scale.reshape(rows, groups)


def _layer_norm(
    values: torch.Tensor, _shape: Sequence[int], weight: torch.Tensor, bias: torch.Tensor, eps: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    mean = values.mean(-1, keepdim=True)
    scale = ((values - mean).square().mean(-1, keepdim=True) + eps).rsqrt()
    return (values - mean) * scale * weight + bias, mean, scale


def _enlarge(image: torch.Tensor, size: Sequence[int], *_scales: object) -> torch.Tensor:
    rows, channels, height, width = image.shape
    apart = image.reshape(rows, channels, height, 1, width, 1)
    spread = apart.expand(rows, channels, height, size[0] // height, width, size[1] // width)
    return spread.reshape(rows, channels, *size)


def _enlarge_backward(
    gradient: torch.Tensor, size: Sequence[int], shape: Sequence[int], *_scales: object
) -> torch.Tensor:
    rows, channels, height, width = shape
    return gradient.reshape(rows, channels, height, size[0] // height, width, size[1] // width).sum((3, 5))


def _silu_backward(gradient: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    share = values.sigmoid()
    return gradient * (share * (1 + values * (1 - share)))
