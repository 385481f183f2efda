import hashlib
import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from genmock.mockserver.training import Dataset, DatasetImage, LoraRecipe, is_lora, lora_file, lora_of, recipe_of

RECIPE = LoraRecipe(
    trainer="runware:qwen-image@style-lora-training",
    base="Qwen/Qwen-Image",
    air="acme:ink@1",
    name="Ink",
    images=12,
    identity="ab" * 32,
    trigger_word="inkstyle",
    steps=300,
    learning_rate=0.0005,
)
DATASET = Dataset((DatasetImage("a.png", (16, 16)),) * 12, b"the dataset")
TASK: dict[str, Any] = {
    "taskType": "training",
    "taskUUID": "5f4ed4f6-1f3c-4a52-8d7c-2c7d3b4f9a10",
    "model": "runware:qwen-image@style-lora-training",
    "inputs": {"dataset": "https://example.org/set.zip"},
    "importModel": {"air": "acme:ink@1", "name": "Ink", "private": True},
    "learningRate": 0.0005,
    "trainingSteps": 300,
    "triggerWord": "inkstyle",
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lora") / "ink.safetensors"
    path.write_bytes(lora_file(RECIPE))
    return path


def test_the_safetensors_library_opens_it(file: Path) -> None:
    from safetensors import safe_open

    with safe_open(file, "np") as opened:
        names = set(opened.keys())
        shapes = {name: tuple(opened.get_slice(name).get_shape()) for name in names}
    assert len(names) == 60 * 4 * 2
    assert shapes["transformer.transformer_blocks.0.attn.to_q.lora_A.weight"] == (4, 3072)
    assert shapes["transformer.transformer_blocks.59.attn.to_out.0.lora_B.weight"] == (3072, 4)


def test_every_tensor_has_its_pair(file: Path) -> None:
    from safetensors import safe_open

    with safe_open(file, "np") as opened:
        shapes = {name: tuple(opened.get_slice(name).get_shape()) for name in opened.keys()}  # noqa: SIM118 - it is no dict
    for name, (rows, columns) in shapes.items():
        other = name.replace("lora_A", "lora_B") if "lora_A" in name else name.replace("lora_B", "lora_A")
        assert shapes[other] == (columns, rows)


def test_its_numbers_are_finite_small_and_differ(file: Path) -> None:
    import numpy
    from safetensors.numpy import load_file

    for tensor in load_file(file).values():
        assert tensor.dtype == numpy.float16
        assert numpy.isfinite(tensor).all()
        assert 0.0019 < abs(tensor).min() < abs(tensor).max() < 0.0313
        assert abs(tensor.astype(float).mean()) < 0.001
        assert len(numpy.unique(tensor)) > 500


def test_its_metadata_tells_what_it_was_trained_with(file: Path) -> None:
    from safetensors import safe_open

    with safe_open(file, "np") as opened:
        assert opened.metadata() == {
            "format": "pt",
            "base_model": "Qwen/Qwen-Image",
            "image_count": "12",
            "learning_rate": "0.0005",
            "model": "acme:ink@1",
            "name": "Ink",
            "rank": "4",
            "software": "genmock",
            "trained_by": "runware:qwen-image@style-lora-training",
            "training_steps": "300",
            "trigger_word": "inkstyle",
        }


def test_what_a_training_does_not_have_is_not_in_the_metadata() -> None:
    data = lora_file(replace(RECIPE, trigger_word=None, steps=None, learning_rate=None))
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert not {"trigger_word", "training_steps", "learning_rate"} & set(header["__metadata__"])


def test_the_numbers_begin_at_a_multiple_of_eight_and_fill_the_file(file: Path) -> None:
    data = file.read_bytes()
    size = int.from_bytes(data[:8], "little")
    last = max(tensor["data_offsets"][1] for tensor in json.loads(data[8 : 8 + size]).values() if "shape" in tensor)
    assert (size % 8, len(data)) == (0, 8 + size + last)
    assert len(data) < 12_000_000


def test_another_process_makes_the_same_bytes(file: Path) -> None:
    code = (
        "import hashlib, json, sys; from genmock.mockserver.training import LoraRecipe, lora_file;"
        "print(hashlib.sha256(lora_file(LoraRecipe(**json.loads(sys.argv[1])))).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(asdict(RECIPE))], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_recipe_comes_back_from_the_record_of_a_task() -> None:
    detail = json.loads(json.dumps(RECIPE.as_detail()))
    assert is_lora(detail)
    assert lora_of(detail) == RECIPE


def test_other_records_are_no_trainings() -> None:
    assert not is_lora({"medium": "image"})
    assert not is_lora({})


def test_a_recipe_has_what_the_task_says() -> None:
    recipe = recipe_of(TASK, DATASET, base="Qwen/Qwen-Image")
    assert recipe == replace(RECIPE, identity=recipe.identity)


@pytest.mark.parametrize(
    "change",
    [
        {"taskUUID": "6f4ed4f6-1f3c-4a52-8d7c-2c7d3b4f9a10"},
        {"webhookURL": "https://example.org/hook"},
        {"includeCost": True},
        {"deliveryMethod": "async"},
        {"inputs": {"dataset": "5f4ed4f6-1f3c-4a52-8d7c-2c7d3b4f9a11"}},
        {"trainingSteps": 300.0},
    ],
)
def test_what_says_nothing_of_the_training_does_not_change_the_file(change: dict[str, Any]) -> None:
    assert recipe_of(TASK | change, DATASET, base="b") == recipe_of(TASK, DATASET, base="b")


@pytest.mark.parametrize(
    "change", [{"trainingSteps": 301}, {"learningRate": 0.001}, {"triggerWord": "other"}, {"model": "exactly:x@1"}]
)
def test_what_is_learnt_changes_the_numbers(change: dict[str, Any]) -> None:
    assert recipe_of(TASK | change, DATASET, base="b").identity != recipe_of(TASK, DATASET, base="b").identity


def test_another_dataset_changes_the_numbers() -> None:
    other = replace(DATASET, identity=b"another")
    one, two = (recipe_of(TASK, each, base="b") for each in (DATASET, other))
    assert one.identity != two.identity
    assert lora_file(one)[-1000:] != lora_file(two)[-1000:]
