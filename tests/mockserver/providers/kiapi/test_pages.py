"""What kiapi tells of itself: health, models, documents and pages."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from genmock.specs import load_catalog

BASE = "/v1/image/qwen"
MODELS = [
    {
        "name": "image",
        "family": "qwen",
        "domain": "image",
        "aliases": ["qwen-image", "Qwen/Qwen-Image"],
        "default": True,
        "features": ["image", "text"],
    },
    {
        "name": "edit-2509",
        "family": "qwen",
        "domain": "image",
        "aliases": ["qwen-edit", "qwen-image-edit", "Qwen/Qwen-Image-Edit-2509"],
        "default": False,
        "features": ["image", "text"],
    },
]


def test_the_models_are_a_bare_list(client: Any) -> None:
    reply = client.send("GET", f"{BASE}/models")
    assert json.dumps(reply.json()) == json.dumps(MODELS)


def test_there_are_no_chat_models(client: Any) -> None:
    assert client.get("/v1/models") == {"object": "list", "data": []}


def test_the_document_of_qwen_is_the_one_that_was_published(client: Any) -> None:
    document = client.get(f"{BASE}/openapi.json")
    assert document == load_catalog().get("kiapi-qwen").published
    told = [document[f"x-kiapi-{name}"] for name in ("capability", "domain", "root-openapi")]
    assert told == ["qwen", "image", "/openapi.json"]


def test_the_common_document_has_the_common_endpoints(client: Any) -> None:
    document = client.get("/openapi.json")
    assert document["info"]["title"] == "kiapi Common API"
    assert list(document) == ["openapi", "info", "paths", "components"]
    assert {"/health", "/v1/files", "/v1/jobs/{job_id}"} <= set(document["paths"])


def test_no_document_that_is_served_tells_of_our_overlays(client: Any) -> None:
    for path in ("/openapi.json", f"{BASE}/openapi.json"):
        assert "x-genmock" not in client.send("GET", path).text


@pytest.mark.parametrize("path", ["/docs", "/redoc", f"{BASE}/docs", f"{BASE}/redoc"])
def test_the_pages_show_their_document(client: Any, path: str) -> None:
    reply = client.send("GET", path)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f"{path.rpartition('/')[0]}/openapi.json" in reply.text
    assert reply.text.startswith("<!DOCTYPE html>")


def test_in_the_beginning_nothing_is_loaded_and_nobody_waits(client: Any) -> None:
    health = client.get("/health")
    assert health == {
        "status": "ok",
        "warm": True,
        "queue_len": 0,
        "memory": {"loaded": [], "resident_gb": 0, "budget_gb": 64.0},
        "relay": None,
    }


def test_a_model_that_was_used_stays_loaded_for_half_an_hour(client: Any, draw_file: Callable[..., bytes]) -> None:
    client.job()
    client.clock.advance(600)
    client.edit(draw_file())
    client.clock.advance(10)
    memory = client.get("/health")["memory"]
    assert memory["resident_gb"] == 44.0
    assert memory["loaded"][0] == {
        "name": "image",
        "family": "qwen",
        "domain": "image",
        "repo": "Qwen/Qwen-Image",
        "weight_gb": 22.0,
        "priority": 0,
        "idle_s": 610.1,
        "ttl_s": 1800.0,
        "expires_in_s": 1189.9,
    }
    client.clock.advance(1200)
    assert [model["name"] for model in client.get("/health")["memory"]["loaded"]] == ["edit-2509"]


def test_the_queue_is_as_long_as_jobs_wait(client: Any) -> None:
    told = []
    for _ in range(3):
        client.queue()
        told.append(client.get("/health")["queue_len"])
    assert told == [0, 1, 2]
    client.clock.advance(1.5)
    assert client.get("/health")["queue_len"] == 1
