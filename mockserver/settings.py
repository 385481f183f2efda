"""The server's settings: one frozen value, every field described once.

A field ``max_body`` is the option ``--max-body``, the variable ``GENMOCK_MAX_BODY`` and the key ``max_body`` of
``genmock.toml``. How those are read and which wins is in ``configuration``; docs/settings.md is the table for users.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

ContractMode = Literal["strict", "provider", "report"]
ErrorShape = Literal["observed", "published"]
LogFormat = Literal["auto", "rich", "plain", "json"]
MissingDimensions = Literal["error", "default"]
ResultOrder = Literal["request", "shuffled"]
ResultSeeds = Literal["consecutive", "derived"]
MixedStatus = Literal["success", "error"]
KeyFrom = Literal["header", "task"]
AuthenticationReply = Literal["alone", "always"]
ArrayPath = Literal["dots", "brackets"]
UnknownTask = Literal["error", "empty"]
ClockKind = Literal["real", "virtual"]
ResultProgress = Literal["together", "one-by-one"]
PollFailures = Literal["errors", "data"]
ReusedTaskUUID = Literal["error", "allow"]
SocketKeyError = Literal["errors", "error"]
SocketBadKey = Literal["open", "close"]
WebhookBody = Literal["wrapped", "flat"]
KiapiJobs = Literal["forget", "keep"]
Mode = Literal["fake", "pipeline"]
Engine = Literal["onnx", "diffusers"]
Offload = Literal["none", "model", "sequential"]
PROVIDERS = ("runware", "kiapi")

# Seconds that an asynchronous task takes; a "job" is one of kiapi's.
DURATIONS: Mapping[str, float] = {"imageInference": 1.5, "training": 10.0, "job": 1.5}


def _listed(amounts: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={amount:g}" for name, amount in amounts.items())


def _help(text: str, *, inferred: bool = False, example: str = "") -> dict[str, Any]:
    """Return a field's metadata. inferred: no source tells what the provider does, so the setting decides."""
    return {"help": text, "inferred": inferred, "example": example}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a server is started with. Sizes are in bytes, money in USD, times in seconds."""

    host: str = field(default="127.0.0.1", metadata=_help("address to listen on"))
    port: int = field(default=8321, metadata=_help("port to listen on; 0 picks a free one"))
    public_url: str = field(
        default="", metadata=_help("how clients reach this server, for image URLs; else the request's Host header")
    )
    provider: tuple[str, ...] = field(
        default=(),
        metadata=_help(
            f"serve this provider alone: {', '.join(PROVIDERS)}, or one that is installed (repeatable); default: both"
        ),
    )
    seed: int = field(default=0, metadata=_help("what identifiers and seeds that a request does not give derive from"))
    contract: ContractMode = field(
        default="provider",
        metadata=_help("strict refuses what is only tolerated; provider warns of it; report answers whatever comes"),
    )
    errors: ErrorShape = field(
        default="observed",
        metadata=_help("observed: error bodies as live replies were seen; published: exactly as the documents say"),
    )
    missing_dimensions: MissingDimensions = field(
        default="error",
        metadata=_help(
            "a task without width, height and seed image: error (missingDimensionParameters), or default (1024x1024)",
            inferred=True,
        ),
    )
    result_order: ResultOrder = field(
        default="request",
        metadata=_help("results in the order of the request, or shuffled (by hash, the same each time)", inferred=True),
    )
    result_seeds: ResultSeeds = field(
        default="consecutive",
        metadata=_help("seeds of several results: seed, seed + 1, ... or each derived from the first", inferred=True),
    )
    mixed_status: MixedStatus = field(
        default="success",
        metadata=_help("when some tasks fail: success (200, both), or error (the whole request fails)", inferred=True),
    )
    key_from: KeyFrom = field(
        default="header",
        metadata=_help("which key counts when a request has two: the header's, or the task's", inferred=True),
    )
    authentication_reply: AuthenticationReply = field(
        default="alone",
        metadata=_help("an item for the authentication task: when it is alone, or always", inferred=True),
    )
    unknown_task: UnknownTask = field(
        default="error",
        metadata=_help("a poll for a task that is not known: error (404 taskNotFound), or empty data", inferred=True),
    )
    reused_task_uuid: ReusedTaskUUID = field(
        default="error",
        metadata=_help("a taskUUID that the key has used before: error (conflictTaskUUID), or allow"),
    )
    poll_failures: PollFailures = field(
        default="errors",
        metadata=_help("a failed result in a poll: in errors, or in data with status error", inferred=True),
    )
    result_progress: ResultProgress = field(
        default="together",
        metadata=_help(
            "results of an asynchronous task finish together, or one-by-one over its duration", inferred=True
        ),
    )
    webhook_body: WebhookBody = field(
        default="wrapped",
        metadata=_help('a webhook\'s body: wrapped ({"data": [item]}), or flat (the item itself)', inferred=True),
    )
    retention: float = field(
        default=86_400.0, metadata=_help("seconds for which the results of a task can be asked for", inferred=True)
    )
    array_path: ArrayPath = field(
        default="dots",
        metadata=_help(
            "how errors name array elements: dots (lora.0.weight), or brackets (lora[0].weight)", inferred=True
        ),
    )
    clock: ClockKind = field(
        default="real",
        metadata=_help("real, or virtual: a clock that stands still until the control API or a poll moves it"),
    )
    tick_per_poll: float = field(
        default=0.0,
        metadata=_help("seconds by which each poll moves a virtual clock: getResponse, or asking after jobs"),
    )
    duration: Mapping[str, float] = field(
        default_factory=dict,
        metadata=_help(
            f"seconds that asynchronous tasks of a type take (repeatable); else {_listed(DURATIONS)}",
            example="imageInference=3",
        ),
    )
    scenario: tuple[str, ...] = field(
        default=(), metadata=_help("faults to start with: the name of a shipped scenario, or a YAML file (repeatable)")
    )
    rate_limit: str = field(
        default="", metadata=_help("requests that each key may make, like 10/s, 600/min or 1000/h; more get 429")
    )
    mode: Mode = field(
        default="fake",
        metadata=_help("fake: pictures are drawn; pipeline: a small diffusion model makes them"),
    )
    model_mode: Mapping[str, Mode] = field(
        default_factory=dict,
        metadata=_help("the mode of one model, by its AIR or name (repeatable)", example="runware:101@1=pipeline"),
    )
    pipeline_engine: Engine = field(
        default="onnx", metadata=_help("what runs the model: onnx (genmock[pipeline]), diffusers ([pipeline-torch])")
    )
    pipeline_model: str = field(
        default="",
        metadata=_help("folder of another model; for diffusers also a hub id, which is downloaded"),
    )
    pipeline_offload: Offload = field(
        default="model", metadata=_help("what diffusers keeps off an accelerator until it is used; a CPU needs none")
    )
    pipeline_workers: int = field(
        default=1, metadata=_help("processes that make the pipeline's pictures; 0: those of genmock worker")
    )
    pipeline_queue: int = field(
        default=32, metadata=_help("pictures that may wait for the pipeline; tasks beyond them get 503")
    )
    pipeline_timeout: float = field(
        default=120.0, metadata=_help("seconds after which a picture of the pipeline is given up, and its task fails")
    )
    pipeline_steps: int = field(default=50, metadata=_help("denoising steps of a picture; more are not made"))
    pipeline_training_steps: int = field(
        default=150, metadata=_help("steps of a training of the pipeline; more are not made")
    )
    webhook_timeout: float = field(default=5.0, metadata=_help("seconds that the receiver of a delivery has to answer"))
    webhook_attempts: int = field(default=7, metadata=_help("attempts that are made for a delivery", inferred=True))
    webhook_backoff: float = field(
        default=0.25, metadata=_help("seconds before the second attempt of a delivery; they double each time")
    )
    webhook_backoff_max: float = field(default=8.0, metadata=_help("longest pause between two attempts, in seconds"))
    deliveries_at_once: int = field(default=8, metadata=_help("tasks whose results are delivered at the same time"))
    store: str = field(
        default="memory",
        metadata=_help("where state is kept: memory, sqlite:///FILE, or redis://HOST:PORT/NUMBER"),
    )
    workers: int = field(default=1, metadata=_help("processes that serve; more than 1 need a store other than memory"))
    specs: tuple[Path, ...] = field(default=(), metadata=_help("folder with further model documents (repeatable)"))
    prices: Path | None = field(default=None, metadata=_help("price table (TOML) laid over the shipped one"))
    error_catalog: Path | None = field(default=None, metadata=_help("error catalogue (TOML) laid over the shipped one"))
    api_key: tuple[str, ...] = field(
        default=(), metadata=_help("the only keys that are accepted (repeatable); default: any key that is not empty")
    )
    bad_key: tuple[str, ...] = field(default=(), metadata=_help("a key that is always refused (repeatable)"))
    balance: float = field(default=1_000_000.0, metadata=_help("what each key's account holds at the start, in USD"))
    key_balance: Mapping[str, float] = field(
        default_factory=dict,
        metadata=_help("a key's own balance (repeatable)", example="poor-key=0.01"),
    )
    socket_key_error: SocketKeyError = field(
        default="errors",
        metadata=_help(
            'the frame for a bad key: errors ({"errors": [...]}, as documented), or error ({"error": {...}})',
            inferred=True,
        ),
    )
    socket_bad_key: SocketBadKey = field(
        default="open", metadata=_help("a socket whose key is refused stays open, or is closed", inferred=True)
    )
    socket_idle: float = field(
        default=120.0, metadata=_help("seconds without a message after which a socket is closed")
    )
    socket_resume: float = field(
        default=120.0, metadata=_help("seconds for which what could not be sent waits for its session to come back")
    )
    socket_deflate: bool = field(default=True, metadata=_help("compress frames for clients that offer it"))
    max_frame: int = field(
        default=64 * 1024 * 1024, metadata=_help("largest frame of a socket in bytes; more closes it with 1009")
    )
    max_sockets: int = field(default=10_000, metadata=_help("sockets that one process takes; more are turned away"))
    max_in_flight: int = field(
        default=1_000, metadata=_help("tasks that a socket may have under way; more get rateLimitExceeded")
    )
    kiapi_token: str = field(
        default="", metadata=_help("the bearer token that kiapi asks for; default: it asks for none")
    )
    kiapi_token_mask: bool = field(
        default=False,
        metadata=_help("compare with the mask of the token, ten asterisks, as kiapi 0.5.0 does, not with the token"),
    )
    kiapi_sync_timeout: float = field(
        default=600.0, metadata=_help("seconds after which a synchronous kiapi request gets 504; its job goes on")
    )
    kiapi_jobs: KiapiJobs = field(
        default="forget", metadata=_help("kiapi's jobs at a restart: forget, as kiapi does, or keep what the store has")
    )
    allow_host: tuple[str, ...] = field(
        default=(),
        metadata=_help(
            "host from which inputs may be fetched and to which results may be delivered (repeatable); deliveries to "
            "this machine and private networks need no leave"
        ),
    )
    max_body: int = field(default=64 * 1024 * 1024, metadata=_help("largest request body in bytes; more gets 413"))
    max_image_pixels: int = field(default=64_000_000, metadata=_help("largest input image in pixels"))
    max_media: int = field(
        default=256 * 1024 * 1024, metadata=_help("bytes of uploads kept in memory; the least recently used go first")
    )
    max_tasks: int = field(default=100_000, metadata=_help("tasks that the memory store keeps; the oldest go first"))
    max_pictures: int = field(
        default=10_000, metadata=_help("produced images whose URL still answers; the oldest go first")
    )
    journal_size: int = field(default=10_000, metadata=_help("exchanges that the journal keeps"))
    check_replies: bool = field(
        default=False, metadata=_help("check every reply against the documents too, and journal what breaks them")
    )
    log_format: LogFormat = field(
        default="auto", metadata=_help("auto: rich in a terminal and plain otherwise; json: one object a line")
    )
    quiet: bool = field(default=False, metadata=_help("log nothing but errors"))

    @property
    def durations(self) -> Mapping[str, float]:
        """Seconds that asynchronous tasks take, by task type."""
        return {**DURATIONS, **self.duration}
