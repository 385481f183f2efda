"""How Runware's API is spoken to: arrays of tasks, acknowledgements that are polled, media by URL or inline.

Source: docs/providers/runware.md, "Tasks", "Images as inputs" and "Errors".
"""

import base64
import binascii
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from genmock.validators import check_request, find_rule, is_url, is_uuid

from .findings import Broken, Case
from .inputs import data_uri, dataset, picture
from .laws import copied, drawn, fits, is_large, leads_there, parts, unanswered
from .plain import Plain, accepted_wrongly, members
from .runware_tasks import ASKING, RESIZING, SIDE_PX, belongs, fresh, limit, of_result, parameters, pointer_of, size_of
from .target import Reply

IMAGES = frozenset({"seedImage", "maskImage", "guideImage", "guideImages", "images", "masks", "image", "media"})
DELIVERIES = ("webhookURL", "uploadEndpoint")
SEED = 4242
TASK_TIMEOUT_S = 60.0
POLL_S = 0.1


class Runware(Plain):
    """The platform's one operation, with tasks of the document."""

    has_arrays = True

    @property
    def operations(self) -> Sequence[str]:
        """The task types of the document."""
        return self.document.entry.task_types

    def prepare(self) -> None:
        """Upload a dataset where tasks are trained by one, and have a task to ask for."""
        self._image = data_uri("image/png", picture())
        self._dataset, self._task = "", ""
        if "training" in self.operations:
            order = {"taskType": "mediaStorage", "taskUUID": str(uuid.uuid4()), "operation": "upload"}
            reply = self._post([{**order, "media": data_uri("application/zip", dataset())}])
            found = members(reply.json, "data")
            self._dataset = str(found[0].get("mediaUUID", "")) if found else ""
        if not set(ASKING).isdisjoint(self.operations):
            self._task = str(uuid.uuid4())
            order = {"taskType": "imageInference", "taskUUID": self._task, "model": "runware:111@1"}
            self._post([{**order, "positivePrompt": "a fox", "width": SIDE_PX, "height": SIDE_PX}])

    def filled(self, operation: str, item: Any, spared: str = "") -> Any:  # noqa: ANN401
        """Return a task whose references lead to what is there."""
        result = copied(item)
        if not isinstance(result, dict):
            return result
        self._lead(result, [], parts(spared))
        if spared != "/apiKey" and "apiKey" in result and isinstance(result["apiKey"], str):
            result["apiKey"] = self.target.key or "any"
        result.pop("connectionSessionUUID", None) if spared != "/connectionSessionUUID" else None
        if "outpaint" in result and "seedImage" in str(result) and not spared.startswith("/outpaint"):
            del result["outpaint"]  # the sides would have to be the image's, and the extensions
        if spared != "/numberResults":
            limit(result)
        if operation in ASKING and "taskUUID" in result and spared != "/taskUUID":
            result["taskUUID"] = self._task
        if operation == "imageInference" and not result.keys() & {"width", "height"} and "seedImage" not in str(result):
            sized = {**result, "width": SIDE_PX, "height": SIDE_PX}
            result = sized if not spared.startswith(("/width", "/height")) else result
        return result

    def _lead(self, value: Any, path: list[str], spared: list[str]) -> None:  # noqa: ANN401
        """Replace references within an object or array, in place."""
        rows = value.items() if isinstance(value, dict) else enumerate(value)
        for name, member in list(rows):
            here = [*path, str(name)]
            if here == spared:
                continue
            if isinstance(member, dict | list):
                self._lead(member, here, spared)
            elif isinstance(member, str) and (is_url(member) or is_uuid(member) or name in (*DELIVERIES, "dataset")):
                found = self._reference(here, member)
                if found:
                    value[name] = found
                else:
                    del value[name]

    def _reference(self, path: Sequence[str], text: str) -> str:
        """Return what stands for a reference; "" for nothing."""
        name = next(part for part in reversed(path) if not part.isdecimal())
        if name in DELIVERIES:
            return self.receiver
        if name == "dataset":
            return self._dataset or text
        return self._image if name in IMAGES else text

    def is_valid(self, operation: str, item: Any) -> bool:  # noqa: ANN401
        """Return whether a task keeps its contract."""
        found = check_request(self.document, [item], rules=not self.published)
        return not any(violation.severity == "error" for violation in found)

    def send(self, operation: str, item: Any) -> Reply:  # noqa: ANN401
        """Send a task, or an array of tasks."""
        return self._post([fresh(each) for each in (item if isinstance(item, list) else [item])])

    def _post(self, tasks: Sequence[Any]) -> Reply:
        return self.target.send("POST", "/", list(tasks))

    def refused(self, case: Case, reply: Reply) -> Iterator[Broken]:
        """Yield what is wrong with the reply to a task, or an array, of which one breaks its contract."""
        body = reply.json
        errors = members(body, "errors")
        yield from unanswered(reply)
        if reply.is_success and not errors:
            yield accepted_wrongly(case, reply)
        elif reply.status and reply.status < 500:
            yield from fits(self.document, None, reply, "error", published=self.published)
            if errors:
                yield from self.place(case, body)
            if isinstance(case.item, list):
                yield from self._scope(case, reply, errors)

    def place(self, case: Case, body: Any) -> Iterator[Broken]:  # noqa: ANN401
        """Yield it when no error leads to where the task breaks its contract."""
        told = [name for error in members(body, "errors") for name in parameters(error)]
        item = case.item[int(case.pointer.split("/")[1])] if isinstance(case.item, list) else case.item
        alone = Case("", case.operation, item, case.rule, self._inside(case), case.member)
        rule = find_rule(self.document, item, case.rule)
        also = [*rule.also, *rule.needs, rule.at] if rule else []
        if not any(leads_there(name.replace("[", ".").replace("]", "").split("."), alone, also) for name in told):
            shown = ", ".join(dict.fromkeys(told)) or "nothing"
            yield Broken("place", case.rule, self._inside(case), f"{case.name}: the error names {shown}")

    def _inside(self, case: Case) -> str:
        """Return the pointer within the task that breaks its contract."""
        if not isinstance(case.item, list):
            return case.pointer
        return "".join(f"/{part}" for part in case.pointer.split("/")[2:])

    def _scope(self, case: Case, reply: Reply, errors: Sequence[Mapping[str, Any]]) -> Iterator[Broken]:
        """Yield what is wrong with the answers to the other tasks of an array."""
        broken = int(case.pointer.split("/")[1])
        told = [item.get("taskUUID") if isinstance(item, dict) else None for item in reply.sent.body]
        named = {error.get("taskUUID") for error in errors}
        own = told[broken]
        if isinstance(own, str) and is_uuid(own) and own not in named:
            yield Broken("scope", "taskUUID", "", "no error names the task that breaks its contract")
        if named & {each for index, each in enumerate(told) if index != broken and each}:
            yield Broken("scope", "others", "", "an error names a task that keeps its contract")
        answered = {item.get("taskUUID") for item in members(reply.json, "data")}
        if reply.is_success and (
            missing := [each for i, each in enumerate(told) if i != broken and each not in answered]
        ):
            yield Broken("scope", "answered", "", f"{len(missing)} tasks that keep their contract were not answered")

    def accepted(self, case: Case, reply: Reply) -> Iterator[Broken]:
        """Yield what is wrong with the reply to a task, or an array, that keeps its contract."""
        errors = members(reply.json, "errors")
        yield from unanswered(reply)
        if not reply.status or reply.status >= 500:
            return
        if errors or not reply.is_success:
            yield self.refused_wrongly(reply)
            return
        wrong = list(fits(self.document, None, reply, "reply", published=self.published))
        yield from wrong
        for task in reply.sent.body if not wrong else ():
            yield from self._results(task, reply)

    def refused_wrongly(self, reply: Reply) -> Broken:
        """Return the finding of a valid task that was refused."""
        error: Mapping[str, Any] = next(iter(members(reply.json, "errors")), {})
        pointer = next((found for name in parameters(error) if (found := pointer_of(reply.sent.body, name))), "")
        text = f"it was refused with status {reply.status}: {str(error.get('message', ''))[:200]}"
        return Broken("accepted", str(error.get("code", reply.status)), pointer, text)

    def _results(self, task: Mapping[str, Any], reply: Reply) -> Iterator[Broken]:
        """Yield what is wrong with the results of one task; they are waited for where it was only acknowledged."""
        own = [item for item in members(reply.json, "data") if belongs(item, task)]
        if not own:
            yield Broken("echo", "taskUUID", "/data", "no result carries the taskType and the taskUUID of the task")
            return
        if task["taskType"] != "imageInference":
            return
        if task.get("deliveryMethod") == "async" or "webhookURL" in task:
            own, why = self._awaited(task)
            if why:
                yield Broken("task", "end", "", why)
                return
        if len(own) != (wanted := task.get("numberResults", 1)):
            yield Broken("count", "numberResults", "/data", f"there are {len(own)} results, not {wanted}")
        yield from of_result(task, own[0])
        size = size_of(task)
        data = None if size is not None and is_large(size) else self._first(own[0])
        if isinstance(data, str):
            yield Broken("picture", "fetched", "", data)
        elif data is not None:
            yield from drawn(data, task.get("outputFormat", "JPG"), size)

    def _awaited(self, task: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], str]:
        """Poll until a task has its results; return them, and why there are none."""
        ends = time.monotonic() + TASK_TIMEOUT_S
        while time.monotonic() < ends:
            reply = self._post([{"taskType": "getResponse", "taskUUID": task["taskUUID"]}])
            own = [item for item in members(reply.json, "data") if belongs(item, task)]
            done = [item for item in own if item.get("status", "success") != "processing"]
            if not reply.is_success or members(reply.json, "errors"):
                return [], f"the task failed, or cannot be asked for: status {reply.status}, {reply.sent.reply[:200]}"
            if len(done) >= int(task.get("numberResults", 1)):
                return done, ""
            time.sleep(POLL_S)
        return [], f"there is no result after {TASK_TIMEOUT_S:g} s"

    def _first(self, item: Mapping[str, Any]) -> bytes | str | None:
        """Return the bytes of a result's picture, why it cannot be had, or None where there is none."""
        if isinstance(item.get("imageURL"), str):
            reply = self.target.fetch(item["imageURL"])
            return reply.data if reply.is_success else f"{item['imageURL']}: status {reply.status}, {reply.sent.reply}"
        text = item.get("imageBase64Data") or str(item.get("imageDataURI", "")).partition(",")[2]
        try:
            return base64.b64decode(text) if text else None
        except (binascii.Error, ValueError) as error:
            return f"it is no base64: {error}"

    def modest(self, operation: str, item: Any) -> Any:  # noqa: ANN401
        """Return a task with small pictures, where they are large."""
        size = size_of({**item, **dict.fromkeys(RESIZING)}) if isinstance(item, dict) else None
        if size is None or not is_large(size):
            return item
        small = {**item, "width": SIDE_PX, "height": SIDE_PX}
        return small if self.is_valid(operation, small) else item

    def repeatable(self, operation: str, item: Any) -> Any:  # noqa: ANN401
        """Return a task with a seed and one result that is answered at once."""
        if operation != "imageInference":
            return None
        left = {name: value for name, value in item.items() if name not in (*DELIVERIES, "deliveryMethod")}
        task = {**left, "seed": item.get("seed", SEED), "numberResults": 1, "includeCost": True}
        return task if self.is_valid(operation, task) else None

    def picture(self, operation: str, item: Any, reply: Reply) -> bytes | None:  # noqa: ANN401
        """Return the first picture of a reply."""
        found = members(reply.json, "data")
        data = self._first(found[0]) if found else None
        return data if isinstance(data, bytes) else None
