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
    array_path: ArrayPath = field(
        default="dots",
        metadata=_help(
            "how errors name array elements: dots (lora.0.weight), or brackets (lora[0].weight)", inferred=True
        ),
    )
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
    allow_host: tuple[str, ...] = field(
        default=(), metadata=_help("host from which input images may be fetched (repeatable); this server's own always")
    )
    max_body: int = field(default=64 * 1024 * 1024, metadata=_help("largest request body in bytes; more gets 413"))
    max_image_pixels: int = field(default=64_000_000, metadata=_help("largest input image in pixels"))
    max_media: int = field(
        default=256 * 1024 * 1024, metadata=_help("bytes of uploads kept in memory; the least recently used go first")
    )
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
