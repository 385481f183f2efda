"""What a task that keeps its contract comes to, foretold from the task alone: names, seeds, costs, files."""

import base64
import io
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from genmock.specs import load_prices

LAWS = settings.get_profile("laws")
FEW = settings.get_profile("few")
MAX_SEED = 9_223_372_036_854_776_000
FORMATS = {"JPG": "JPEG", "PNG": "PNG", "WEBP": "WEBP"}
MEMBERS = {"URL": "imageURL", "base64Data": "imageBase64Data", "dataURI": "imageDataURI"}
BALANCE = 1_000_000.0


def kinds(task: Mapping[str, Any]) -> list[str]:
    """Return how the results of a task are asked for."""
    asked = task.get("outputType", "URL")
    return list(asked) if isinstance(asked, list) else [asked]


def scale(task: Mapping[str, Any]) -> int:
    """Return by how much pictures are enlarged."""
    hires = task.get("hiresFix")
    return int(hires.get("upscaleFactor", 4)) if isinstance(hires, dict) else 4 if hires else 1


def price(task: Mapping[str, Any]) -> float:
    """Return what one result costs, by the shipped table."""
    filled = {**({"steps": 20} if task["model"] == "runware:108@1" else {}), **task}
    size = {"width": int(task["width"]) * scale(task), "height": int(task["height"]) * scale(task)}
    return float(load_prices().cost(task["model"], **size, steps=filled.get("steps"), options=filled))


def files(world: Any, item: Mapping[str, Any]) -> list[bytes]:
    """Return the file of a result in each form that it has."""
    found = [world.file(item["imageURL"])] if "imageURL" in item else []
    if "imageDataURI" in item:
        found.append(base64.b64decode(item["imageDataURI"].partition(",")[2]))
    return found + ([base64.b64decode(item["imageBase64Data"])] if "imageBase64Data" in item else [])


def outline(value: Any) -> Any:
    """Return a value with its texts cut: the journal keeps the beginning of long ones."""
    if isinstance(value, dict):
        return {name: outline(member) for name, member in value.items()}
    return (
        [outline(each) for each in value]
        if isinstance(value, list)
        else value[:20]
        if isinstance(value, str)
        else value
    )


def test_results_are_those_that_the_task_asks_for(world: Callable[..., Any], tasks: Callable[..., Any]) -> None:
    @settings(LAWS)
    @given(tasks(), st.one_of(st.none(), st.sampled_from((0, 7, MAX_SEED - 1, MAX_SEED))))
    def law(found: list[dict[str, Any]], seed: int | None) -> None:
        task = {**found[0], **({} if seed is None else {"seed": seed})}
        items = world().data(task)
        assert len(items) == task.get("numberResults", 1)
        first = task.get("seed", items[0]["seed"])
        assert "seed" in task or 0 <= first < 2**32
        assert [item["seed"] for item in items] == [(first + n) % (MAX_SEED + 1) for n in range(len(items))]
        assert len({item["imageUUID"] for item in items}) == len(items)
        for item in items:
            assert (item["taskType"], item["taskUUID"]) == ("imageInference", task["taskUUID"])
            assert uuid.UUID(item["imageUUID"]).version == 4
            assert {name for name in MEMBERS.values() if name in item} == {MEMBERS[kind] for kind in kinds(task)}
            assert ("cost" in item) == bool(task.get("includeCost"))
            assert "cost" not in item or item["cost"] == price(task)
            safety = task.get("safety") or {}
            asked = safety.get("checkContent") or safety.get("mode") == "fast" or task.get("checkNSFW")
            assert ("NSFWContent" in item) == bool(asked)

    law()


def test_pictures_have_the_size_and_the_format_of_their_task(
    world: Callable[..., Any], tasks: Callable[..., Any]
) -> None:
    @settings(FEW)
    @given(tasks(), st.sampled_from(sorted(FORMATS)))
    def law(found: list[dict[str, Any]], format: str) -> None:
        task = {**found[0], "outputFormat": format, "outputType": ["URL", "base64Data", "dataURI"]}
        if task.get("layerDiffuse"):
            task["outputFormat"] = format = "PNG"
        task.pop("hiresFix", None)
        here, there = world(), world()
        items = here.data(task)
        assert there.data(task) == items
        seen = set()
        for item in items:
            made = files(here, item)
            assert len(made) == 3
            assert made == [made[0]] * 3 == files(there, item)
            image = Image.open(io.BytesIO(made[0]))
            assert (image.format, image.size) == (FORMATS[format], (task["width"], task["height"]))
            assert item["imageURL"].endswith(f"/{item['imageUUID']}.{format.lower()}")
            assert item["imageDataURI"].startswith(f"data:image/{FORMATS[format].lower()};base64,")
            seen.add(made[0])
        assert len(seen) == len(items)
        other = world().data({**task, "seed": (items[0]["seed"] + 100) % MAX_SEED, "taskUUID": task["taskUUID"]})
        assert other[0]["imageBase64Data"] not in {item["imageBase64Data"] for item in items}

    law()


def test_an_account_pays_for_each_result_and_for_nothing_else(
    world: Callable[..., Any], tasks: Callable[..., Any]
) -> None:
    @settings(LAWS)
    @given(tasks(most=3))
    def law(found: list[dict[str, Any]]) -> None:
        here = world()
        refused = {**found[0], "taskUUID": "c0000000-0000-4000-8000-000000000000", "steps": 0}
        here.post(*found, refused)
        here.post(refused)
        spent = sum(Decimal(str(price(task))) * task.get("numberResults", 1) for task in found)
        (account,) = here.data(
            {
                "taskType": "accountManagement",
                "taskUUID": "d0000000-0000-4000-8000-000000000000",
                "operation": "getDetails",
            }
        )
        assert account["usage"]["total"]["credits"] == float(spent)
        assert account["balance"]["amount"] == float(Decimal(str(BALANCE)) - spent)

    law()


def test_details_and_journal_tell_what_was_sent_and_answered(
    world: Callable[..., Any], tasks: Callable[..., Any]
) -> None:
    @settings(FEW)
    @given(tasks(most=2))
    def law(found: list[dict[str, Any]]) -> None:
        here = world()
        items = here.data(*found)
        (exchange,) = here.control("GET", "/journal")["exchanges"]
        told = here.control("GET", f"/journal/{exchange['id']}")
        assert told == exchange
        assert outline(told["request"]["body"]) == outline(found)
        assert outline(told["reply"]) == {"status": 200, "body": {"data": outline(items)}}
        assert {each["severity"] for each in told["violations"]} <= {"warning"}
        assert [task["taskUUID"] for task in told["tasks"]] == [task["taskUUID"] for task in found]
        assert sum(task["results"] for task in told["tasks"]) == len(items)
        for task in found:
            (detail,) = here.data({"taskType": "getTaskDetails", "taskUUID": task["taskUUID"]})
            assert detail["request"] == [task]
            mine = [item for item in items if item["taskUUID"] == task["taskUUID"]]
            inline = ("imageBase64Data", "imageDataURI")
            bare = [{name: value for name, value in item.items() if name not in inline} for item in mine]
            assert detail["response"] == {"data": bare}

    law()
