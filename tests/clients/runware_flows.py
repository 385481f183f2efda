"""The flows that every client of Runware is taken through: what each does, with which task, on which server."""

from collections.abc import Mapping, Sequence
from typing import Any

from .flow import PROMPT, SIZE, Flow

KEY = "key-of-the-client-tests-0123456789abcdef"  # ComfyUI-Runware takes no key of 24 characters or fewer
BAD_KEY = "bad-key-of-the-client-tests-0123456789"
POOR_KEY = "poor-key-of-the-client-tests-0123456789"
LORA = "civitai:120096@135931"
TRAINED = "acme:clients@1"
MODEL = "runware:111@1"  # FLUX.1 [dev] SRPO, which has both strength and a mask
TASK: Mapping[str, Any] = {"model": MODEL, "positivePrompt": PROMPT, **SIZE}


def _flow(name: str, sentence: str, task: Mapping[str, Any] = TASK, key: str = KEY, **members: Any) -> Flow:
    return Flow(name, sentence, "runware", task, key=key, **members)


_RATE_LIMIT = {"kind": "error", "code": "rateLimitExceeded", "retryAfter": 1, "times": 1}
_UNAVAILABLE = {"kind": "error", "code": "serviceUnavailable", "times": 1}
_IMAGES = {"match": {"taskType": "imageInference"}}
_POLLS = {"match": {"taskType": "getResponse"}}

RUNWARE: Sequence[Flow] = (
    _flow("text-to-image-sync", "A picture of a prompt, in the reply to the request.", {**TASK, "seed": 7}),
    _flow("text-to-image-async", "The same, acknowledged first and asked for until it is there.", {**TASK, "seed": 7}),
    _flow("number-results-4", "Four pictures of one prompt.", {**TASK, "numberResults": 4}),
    _flow("base64", "A picture as base64 text.", {**TASK, "outputType": "base64Data"}),
    _flow("data-uri", "A picture as a data URI.", {**TASK, "outputType": "dataURI", "outputFormat": "PNG"}),
    _flow("include-cost", "A picture and what it costs.", {**TASK, "includeCost": True}),
    _flow("upload-image-to-image", "A local picture is uploaded, then drawn anew.", {**TASK, "strength": 0.4}),
    _flow("inpainting", "Half of a local picture is drawn anew, the other half stays.", {**TASK, "strength": 1.0}),
    _flow("lora", "A picture with a LoRA.", {**TASK, "lora": [{"model": LORA, "weight": 0.8}]}),
    _flow(
        "training",
        "A style is trained on a local ZIP file of pictures, until its file of weights is there.",
        {
            "model": "exactly:illustrative@training",
            "importModel": {
                "air": TRAINED,
                "name": "Clients",
                "uniqueIdentifier": "clients",
                "version": "1",
                "private": True,
            },
        },
    ),
    _flow("get-response", "The results of a task that was ordered before are asked for by its taskUUID."),
    _flow(
        "two-tasks-at-once",
        "Two pictures are ordered at the same time, and each caller gets its own.",
        {**TASK, "seed": 7},
        second={**TASK, "seed": 8, "positivePrompt": "a blue whale"},
    ),
    _flow("invalid-parameter", "A width that the model does not take is refused.", {**TASK, "width": 100}),
    _flow("bad-key", "A key that is not valid is refused.", key=BAD_KEY),
    _flow("insufficient-credits", "An account without credits is refused.", key=POOR_KEY),
    _flow(
        "rate-limit-retry",
        "The first request is told that there are too many; the client tries again by itself.",
        faults={"": [{**_RATE_LIMIT, **_IMAGES}]},
    ),
    _flow(
        "drop-and-resume",
        "The connection is lost on the way to a result; the client gets the result all the same.",
        faults={"rest": [{"kind": "drop", "times": 1, **_POLLS}], "": [{"kind": "drop", "times": 1, **_IMAGES}]},
    ),
    _flow(
        "503-then-success",
        "The first request is answered with 503; the client tries again by itself.",
        faults={"": [{**_UNAVAILABLE, **_IMAGES}]},
    ),
)
RUNWARE_SETTINGS: Mapping[str, Any] = {  # clients ask for results a second after they have ordered
    "api_key": (KEY, POOR_KEY),
    "bad_key": (BAD_KEY,),
    "key_balance": {POOR_KEY: 0.0},
    "duration": {"imageInference": 0.6, "training": 1.0},
}
