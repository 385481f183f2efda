"""ONNX graphs without weights, traced from torch networks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import onnx
    import torch

Axes = dict[int, str]
_PREFIX = "network."


def write_graph(
    network: torch.nn.Module,
    call: Callable[..., torch.Tensor],
    inputs: Mapping[str, tuple[torch.Tensor, Axes]],
    outputs: Mapping[str, Axes],
    path: Path,
    *,
    changeable: Callable[[str], bool] = lambda _key: False,
) -> None:
    """Trace `call(network, *inputs)` and write the graph. inputs: an example and its named axes by name.

    changeable: says of a weight's key whether it is to be an input as well.
    """
    import io

    import onnx
    import torch

    class Traced(torch.nn.Module):  # type: ignore[misc]  # torch is not where types are checked
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, *values: torch.Tensor) -> torch.Tensor:
            return call(self.network, *values)

    file = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer's own, of shapes that are fixed by the configuration
        torch.onnx.export(
            Traced().eval().float(),
            tuple(example for example, _ in inputs.values()),
            file,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: axes for name, (_, axes) in inputs.items()} | dict(outputs),
            opset_version=18,
            do_constant_folding=False,
            dynamo=False,
        )
    model = onnx.load_from_string(file.getvalue())
    _lend_weights(model, set(network.state_dict()), changeable)
    path.write_bytes(model.SerializeToString())


def _lend_weights(model: onnx.ModelProto, keys: set[str], changeable: Callable[[str], bool]) -> None:
    """Rename the initializers to the weights' keys and take their values out."""
    import onnx

    renamed: dict[str, str] = {}
    for tensor in model.graph.initializer:
        key = tensor.name.removeprefix(_PREFIX)
        if key not in keys:
            continue
        renamed[tensor.name] = key
        tensor.name = key
        tensor.ClearField("raw_data")
        tensor.ClearField("float_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        del tensor.external_data[:]
        tensor.external_data.add(key="location", value="weights")
        if changeable(key):
            model.graph.input.append(onnx.helper.make_tensor_value_info(key, tensor.data_type, list(tensor.dims)))
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = renamed.get(name, name)
        node.ClearField("doc_string")
