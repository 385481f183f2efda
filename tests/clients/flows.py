"""The flows that every official client is taken through: what each does, with which task, on which server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KEY = "key-of-the-client-tests-0123456789abcdef"  # ComfyUI-Runware takes no key of 24 characters or fewer
BAD_KEY = "bad-key-of-the-client-tests-0123456789"
POOR_KEY = "poor-key-of-the-client-tests-0123456789"
LORA = "civitai:120096@135931"
TRAINED = "acme:clients@1"
PROMPT = "a red fox in the snow"
MODEL = "runware:111@1"  # FLUX.1 [dev] SRPO, which has both strength and a mask
SIZE = {"width": 512, "height": 384}
TASK: Mapping[str, Any] = {"model": MODEL, "positivePrompt": PROMPT, **SIZE}


@dataclass(frozen=True)
class Flow:
    """One thing that a user does with a client.

    task: members of the imageInference task as the API names them (of the training, in that flow). second: the other
    task, where there are two. key: the API key that the client is given. settings: the server's, beside those of every
    flow. faults: what the server is told to do wrong, by transport; "" holds for those that are not named.
    """

    name: str
    sentence: str
    task: Mapping[str, Any] = field(default_factory=lambda: TASK)
    second: Mapping[str, Any] = field(default_factory=dict)
    key: str = KEY
    settings: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def faults_on(self, transport: str) -> Sequence[Mapping[str, Any]]:
        """Return the faults that the server is given when the client speaks over a transport."""
        return self.faults.get(transport, self.faults.get("", ()))


_RATE_LIMIT = {"kind": "error", "code": "rateLimitExceeded", "retryAfter": 1, "times": 1}
_UNAVAILABLE = {"kind": "error", "code": "serviceUnavailable", "times": 1}
_IMAGES = {"match": {"taskType": "imageInference"}}
_POLLS = {"match": {"taskType": "getResponse"}}

_ALL = (
    Flow("text-to-image-sync", "A picture of a prompt, in the reply to the request.", {**TASK, "seed": 7}),
    Flow("text-to-image-async", "The same, acknowledged first and asked for until it is there.", {**TASK, "seed": 7}),
    Flow("number-results-4", "Four pictures of one prompt.", {**TASK, "numberResults": 4}),
    Flow("base64", "A picture as base64 text.", {**TASK, "outputType": "base64Data"}),
    Flow("data-uri", "A picture as a data URI.", {**TASK, "outputType": "dataURI", "outputFormat": "PNG"}),
    Flow("include-cost", "A picture and what it costs.", {**TASK, "includeCost": True}),
    Flow("upload-image-to-image", "A local picture is uploaded, then drawn anew.", {**TASK, "strength": 0.4}),
    Flow("inpainting", "Half of a local picture is drawn anew, the other half stays.", {**TASK, "strength": 1.0}),
    Flow("lora", "A picture with a LoRA.", {**TASK, "lora": [{"model": LORA, "weight": 0.8}]}),
    Flow(
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
    Flow("get-response", "The results of a task that was ordered before are asked for by its taskUUID."),
    Flow(
        "two-tasks-at-once",
        "Two pictures are ordered at the same time, and each caller gets its own.",
        {**TASK, "seed": 7},
        second={**TASK, "seed": 8, "positivePrompt": "a blue whale"},
    ),
    Flow("invalid-parameter", "A width that the model does not take is refused.", {**TASK, "width": 100}),
    Flow("bad-key", "A key that is not valid is refused.", key=BAD_KEY),
    Flow("insufficient-credits", "An account without credits is refused.", key=POOR_KEY),
    Flow(
        "rate-limit-retry",
        "The first request is told that there are too many; the client tries again by itself.",
        faults={"": [{**_RATE_LIMIT, **_IMAGES}]},
    ),
    Flow(
        "drop-and-resume",
        "The connection is lost on the way to a result; the client gets the result all the same.",
        faults={"rest": [{"kind": "drop", "times": 1, **_POLLS}], "": [{"kind": "drop", "times": 1, **_IMAGES}]},
    ),
    Flow(
        "503-then-success",
        "The first request is answered with 503; the client tries again by itself.",
        faults={"": [{**_UNAVAILABLE, **_IMAGES}]},
    ),
)
FLOWS: Mapping[str, Flow] = {flow.name: flow for flow in _ALL}
SETTINGS: Mapping[str, Any] = {  # of every flow's server; clients ask for results a second after they have ordered
    "port": 0,
    "quiet": True,
    "api_key": (KEY, POOR_KEY),
    "bad_key": (BAD_KEY,),
    "key_balance": {POOR_KEY: 0.0},
    "duration": {"imageInference": 0.6, "training": 1.0},
    "check_replies": True,
}
