"""Exports need torch: these tests run where it is installed."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from safetensors.numpy import load_file  # noqa: E402  # after the skips, as are the next

from training import layout  # noqa: E402
from training.export import Parts, export  # noqa: E402
from training.tokens import ids_of, make_tokenizer  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Parts, Path]:
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(3)
    tokenizer = make_tokenizer(folder / "tokenizer")
    unet = layout.make_denoiser(layout.VARIANTS["small"]).half().float()
    text = layout.make_text_encoder(len(tokenizer)).half().float()
    vae = layout.make_autoencoder().half().float()
    parts = Parts(folder / "tokenizer", text.eval(), unet.eval(), vae.eval())
    export(parts, folder, version="test", trained="nothing")
    return parts, folder


def run(folder: Path, graph: str, weights: str, **inputs: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    lent = {tensor.name for tensor in onnx.load(folder / "onnx" / graph, load_external_data=False).graph.initializer}
    found = {key: value.astype(np.float32) for key, value in load_file(folder / weights).items() if key in lent}
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in found.values()]
    options.add_external_initializers(list(found), values)
    session = onnxruntime.InferenceSession(folder / "onnx" / graph, options, providers=["CPUExecutionProvider"])
    output: np.ndarray = session.run(None, inputs)[0]
    return output


def test_the_denoisers_graph_computes_what_torch_computes(exported: tuple[Parts, Path]) -> None:
    parts, folder = exported
    sample, words = torch.randn(2, 4, 10, 20), torch.randn(2, 32, 128)
    times = torch.tensor([900.0, 10.0])
    with torch.no_grad():
        wanted = parts.unet(sample, times, words).sample.numpy()
    inputs = {"sample": sample, "timestep": times, "encoder_hidden_states": words}
    numpy_inputs = {name: value.numpy() for name, value in inputs.items()}
    got = run(folder, "unet.onnx", "unet/diffusion_pytorch_model.safetensors", **numpy_inputs)
    assert np.abs(got - wanted).max() < 1e-4


def test_the_autoencoders_graphs_compute_what_torch_computes(exported: tuple[Parts, Path]) -> None:
    parts, folder = exported
    image = torch.rand(1, 3, 96, 160) * 2 - 1
    with torch.no_grad():
        latents = parts.vae.encoder(image)
        wanted = parts.vae.decoder(latents).numpy()
    weights = "vae/diffusion_pytorch_model.safetensors"
    got = run(folder, "vae_encoder.onnx", weights, image=image.numpy())
    assert np.abs(got - latents.numpy()).max() < 1e-4
    assert np.abs(run(folder, "vae_decoder.onnx", weights, latents=got) - wanted).max() < 1e-4


def test_unknown_words_fall_to_bytes(exported: tuple[Parts, Path]) -> None:
    from training.tokens import load_tokenizer

    tokenizer = load_tokenizer(exported[1] / "tokenizer")
    ids = ids_of(tokenizer, ["xylophone 漢字", "a red fox"])
    assert ids.shape == (2, layout.TOKENS)
    assert tokenizer.convert_ids_to_tokens(ids[1])[1:4] == ["a</w>", "red</w>", "fox</w>"]
