"""The training step of a LoRA as an ordinary ONNX graph: loss and gradients, so that training needs no torch.

torch traces the denoiser forwards and backwards into one graph of plain operators. What ONNX has no operator for (the
backward pass of a convolution, of an enlargement) is written here in those that it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .onnx_graphs import write_graph

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from diffusers import UNet2DConditionModel

BATCH = 8  # rows of a step; fixed, since the backward pass is traced for one shape
TOKENS = 32
GRADIENT = "gradient/"  # what the name of an output begins with; the weight's key follows


def export_lora_step(unet: UNet2DConditionModel, path: Path) -> None:
    """Write the graph of one step. Its weights are external, as in unet.onnx; those that are trained are inputs too.

    Inputs: sample, target [B,4,h,w]; timestep [B]; encoder_hidden_states [B,32,D]; row_weight [B]. Outputs: loss, the
    weighted mean of the rows' squared errors, and "gradient/<key>" for each weight that a LoRA changes. B is 8, h and w
    are those that the model was trained at.
    """
    import torch

    network = _prepared(unet)
    keys = [key for key in network.state_dict() if is_trained(key)]
    latents = torch.randn(BATCH, network.config.in_channels, network.config.sample_size, network.config.sample_size)
    inputs = {
        "sample": latents,
        "timestep": torch.linspace(0, 999, BATCH),
        "encoder_hidden_states": torch.randn(BATCH, TOKENS, network.config.cross_attention_dim),
        "target": torch.randn_like(latents),
        "row_weight": torch.ones(BATCH),
    }
    write_graph(
        _traced(network, keys, tuple(inputs.values())),
        lambda step, *values: step(*values),
        {name: (example, {}) for name, example in inputs.items()},
        {"loss": {}} | {GRADIENT + key: {} for key in keys},
        path,
        changeable=is_trained,
    )


def is_trained(key: str) -> bool:
    """Say whether a LoRA trains this weight of the denoiser: the attention's and the feed-forward layers'."""
    return key.endswith(".weight") and ".transformer_blocks." in key and ".norm" not in key


def _prepared(unet: UNet2DConditionModel) -> UNet2DConditionModel:
    """Return a copy with other weights: they are not written, and the exporter would merge two that are equal."""
    import copy

    import torch
    from diffusers.models.attention_processor import AttnProcessor

    network = copy.deepcopy(unet).float().cpu().eval()
    network.set_attn_processor(AttnProcessor())  # in plain operators; the fused ones have no plain backward pass
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.requires_grad_(False).normal_(std=0.02)
    return network


def _traced(network: UNet2DConditionModel, keys: list[str], examples: tuple[torch.Tensor, ...]) -> torch.fx.GraphModule:
    """Return the step as a module of plain operators, with the network's own names for its weights."""
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    weights = {key: value.detach() for key, value in network.named_parameters()}
    trained = {key: weights[key] for key in keys}
    frozen = {key: value for key, value in weights.items() if key not in trained}

    def step(trained: dict[str, Any], frozen: dict[str, Any], *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        trained = {key: value.detach().requires_grad_() for key, value in trained.items()}
        loss = _loss(trained | frozen, network, values)
        return (loss.detach(), *torch.autograd.grad(loss, list(trained.values())))

    graph = make_fx(step, decomposition_table=_decompositions())(trained, frozen, *examples)
    return _with_own_weights(graph, network, [*trained, *frozen])


def _loss(weights: dict[str, Any], network: UNet2DConditionModel, values: Any) -> Any:
    import torch

    sample, timestep, text, target, row_weight = values
    predicted = torch.func.functional_call(network, weights, (sample, timestep, text)).sample
    return ((predicted - target) ** 2).mean((1, 2, 3)).mul(row_weight).mean()


def _with_own_weights(
    module: torch.fx.GraphModule, network: UNet2DConditionModel, keys: list[str]
) -> torch.fx.GraphModule:
    """Return the graph with its first inputs, the weights, read from the network instead."""
    import torch

    graph = module.graph
    inputs = [node for node in graph.nodes if node.op == "placeholder"]
    for node, key in zip(inputs[: len(keys)], keys, strict=True):
        with graph.inserting_before(node):
            node.replace_all_uses_with(graph.get_attr(key))
        graph.erase_node(node)
    graph.set_codegen(torch.fx.graph.CodeGen())  # inputs and outputs as they stand: no nested values
    step = torch.fx.GraphModule(network, graph)
    _simplify(step.graph)
    step.recompile()
    return step


def _simplify(graph: torch.fx.Graph) -> None:
    """Name the operators as the exporter knows them; what is said of memory alone goes."""
    import torch

    aten = torch.ops.aten
    renamed = {
        aten._unsafe_view.default: aten.reshape.default,
        aten.as_strided.default: aten.reshape.default,  # traced where an array is read as it lies, in another shape
        aten.view.default: aten.reshape.default,
        aten._softmax.default: aten.softmax.int,
    }
    for node in list(graph.nodes):
        if node.target in (aten.clone.default, aten.detach.default, aten.alias.default):
            node.replace_all_uses_with(node.args[0])
        elif node.target in renamed:
            node.target, node.args = renamed[node.target], node.args[:2]
    graph.eliminate_dead_code()


def _decompositions() -> dict[Any, Any]:
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
    gradient: Any, image: Any, weight: Any, _bias: Any, stride: Any, padding: Any, dilation: Any, *rest: Any
) -> tuple[Any, None, None]:
    """Return the gradient by a convolution's input, the only one that is ever asked for: its weights stay."""
    import torch

    transposed, _, groups, (_, by_weight, by_bias) = rest
    if transposed or groups != 1 or by_weight or by_bias:
        raise NotImplementedError("the step's graph covers plain convolutions whose weights are not trained")
    missing = [
        image.shape[2 + axis]
        - ((gradient.shape[2 + axis] - 1) * stride[axis] - 2 * padding[axis] + weight.shape[2 + axis])
        for axis in (0, 1)
    ]
    return torch.ops.aten.convolution(gradient, weight, None, stride, padding, dilation, True, missing, 1), None, None


def _group_norm(image: Any, weight: Any, bias: Any, rows: int, channels: int, _area: int, groups: int, eps: float) -> Any:
    grouped = image.reshape(rows, groups, -1)
    mean = grouped.mean(2, keepdim=True)
    scale = ((grouped - mean).square().mean(2, keepdim=True) + eps).rsqrt()
    shape = [1, channels] + [1] * (image.dim() - 2)
    normal = ((grouped - mean) * scale).reshape(image.shape)
    return normal * weight.reshape(shape) + bias.reshape(shape), mean.reshape(rows, groups), scale.reshape(rows, groups)


def _layer_norm(values: Any, _shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    mean = values.mean(-1, keepdim=True)
    scale = ((values - mean).square().mean(-1, keepdim=True) + eps).rsqrt()
    return (values - mean) * scale * weight + bias, mean, scale


def _enlarge(image: Any, size: Any, *_scales: Any) -> Any:
    rows, channels, height, width = image.shape
    apart = image.reshape(rows, channels, height, 1, width, 1)
    spread = apart.expand(rows, channels, height, size[0] // height, width, size[1] // width)
    return spread.reshape(rows, channels, *size)


def _enlarge_backward(gradient: Any, size: Any, shape: Any, *_scales: Any) -> Any:
    rows, channels, height, width = shape
    return gradient.reshape(rows, channels, height, size[0] // height, width, size[1] // width).sum((3, 5))


def _silu_backward(gradient: Any, values: Any) -> Any:
    share = values.sigmoid()
    return gradient * (share * (1 + values * (1 - share)))
