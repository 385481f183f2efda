"""The training step of a LoRA as an ordinary ONNX graph: loss and gradients, so that training needs no torch.

torch traces the denoiser forwards and backwards into one graph of plain operators. It depends on the denoiser's shape
and on none of its weights: `python -m training.lora_export` writes it for a model that lies in its folder.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .lora_operators import decompositions
from .onnx_graphs import write_graph

if TYPE_CHECKING:
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


def main(folder: Path) -> None:
    """Write the graph of the model in a folder, beside its others."""
    import torch
    from diffusers import UNet2DConditionModel

    torch.manual_seed(0)
    export_lora_step(UNet2DConditionModel.from_pretrained(folder / "unet"), folder / "onnx" / "lora_step.onnx")


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

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer looks for modules where a graph has only weights
        graph = make_fx(step, decomposition_table=decompositions())(trained, frozen, *examples)
        return _with_own_weights(graph, network, [*trained, *frozen])


def _loss(weights: dict[str, Any], network: UNet2DConditionModel, values: tuple[torch.Tensor, ...]) -> torch.Tensor:
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


if __name__ == "__main__":
    from .export import MODEL

    main(Path(sys.argv[1]) if len(sys.argv) > 1 else MODEL)
