"""The flows that the client of kiapi is taken through: what each does, with which request, on which server."""

from collections.abc import Mapping, Sequence
from typing import Any

from .flow import PROMPT, SIZE, Flow

REQUEST: Mapping[str, Any] = {"prompt": PROMPT, **SIZE, "steps": 4, "seed": 7}
OTHER: Mapping[str, Any] = {**REQUEST, "prompt": "a blue whale", "seed": 8}
NOBODYS_FILE = "file_00000000000000000000000000000000"


def _flow(name: str, sentence: str, request: Mapping[str, Any] = REQUEST, **members: Any) -> Flow:
    return Flow(name, sentence, "kiapi", request, **members)


KIAPI: Sequence[Flow] = (
    _flow("generate", "A picture of a prompt."),
    _flow(
        "generate-defaults", "A picture of a prompt and nothing else: 1024 by 1024 pixels, a PNG.", {"prompt": PROMPT}
    ),
    _flow("generate-jpeg", "A picture as JPEG of a quality.", {**REQUEST, "format": "jpeg", "quality": 40}),
    _flow("generate-webp", "A picture as WebP.", {**REQUEST, "format": "webp"}),
    _flow(
        "generate-from-picture",
        "A local picture is drawn anew, once a little and once a lot.",
        {**REQUEST, "image_strength": 0.2},
        second={**REQUEST, "image_strength": 0.9},
    ),
    _flow("generate-with-lora", "A picture with the weights of a local file."),
    _flow("edit-one", "A local picture is uploaded and edited."),
    _flow("edit-two", "Two local pictures are uploaded and edited into one."),
    _flow("edit-webp", "A local picture is edited into a WebP file.", {**REQUEST, "format": "webp"}),
    _flow("two-at-once", "Two pictures are ordered at once; they are drawn one by one.", second=OTHER),
    _flow("asynchronous", "A picture is ordered, asked for until it is there, and fetched."),
    _flow("refused-shape", "A request that breaks the document is refused.", {**REQUEST, "steps": 0}),
    _flow("refused-meaning", "A size that the model does not draw is refused.", {**REQUEST, "width": 100}),
    _flow("refused-model", "A model that there is not is refused.", {**REQUEST, "model": "image-9"}),
    _flow(
        "refused-file",
        "A file that nobody uploaded is refused.",
        {**REQUEST, "init_image": {"type": "file_id", "file_id": NOBODYS_FILE}},
    ),
    _flow(
        "refused-token",
        "A server that asks for a token refuses a client that has none.",
        settings={"kiapi_token": "s3"},
    ),
    _flow(
        "engine-fails",
        "The engine fails while it draws.",
        faults={"": [{"kind": "error", "code": "engineFailed", "times": 1}]},
    ),
    _flow(
        "weights-missing",
        "The model's weights were never downloaded.",
        faults={"": [{"kind": "error", "code": "weightsMissing", "times": 1}]},
    ),
    _flow(
        "sync-timeout",
        "The server stops waiting before the picture is drawn.",
        settings={"kiapi_sync_timeout": 0.2, "duration": {"job": 2.0}},
    ),
)
KIAPI_SETTINGS: Mapping[str, Any] = {"duration": {"job": 0.3}}
