"""How kiapi is spoken to: one body an operation, raw bytes or a job, files by their ids.

Source: docs/providers/kiapi.md, "Requests", "Replies", "Jobs" and "File references".
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from .findings import Broken, Case
from .inputs import data_uri, picture
from .laws import copied, drawn, fits, is_large, leads_there, parts, unanswered
from .plain import PICTURES, Plain, accepted_wrongly
from .target import Reply

REFERENCES = ("init_image", "images", "loras")
SIDE_PX = 1024  # of a picture whose sides are left out
SMALL_PX = 256
SEED = 4242
JOB_TIMEOUT_S = 60.0
POLL_S = 0.1


class Kiapi(Plain):
    """kiapi's operations that take JSON."""

    def prepare(self) -> None:
        """Upload a picture."""
        reply = self.target.upload("/v1/files", "a.png", picture(), "image/png")
        found = reply.json
        self._file = str(found.get("file_id", "")) if isinstance(found, dict) else ""
        self._inline = data_uri("image/png", picture())

    def filled(self, operation: str, item: Any, spared: str = "") -> Any:  # noqa: ANN401
        """Return a body whose files are there, and whose model is the operation's own."""
        result = copied(item)
        if not isinstance(result, dict):
            return result
        if isinstance(result.get("model"), str) and spared != "/model":
            del result["model"]  # which names there are, no schema says
        for name in REFERENCES:
            if name in result:
                result[name] = self._led(result[name], [name], parts(spared))
        return result

    def modest(self, operation: str, item: Any) -> Any:  # noqa: ANN401
        """Return a body that asks for a small picture, where it asks for a large one or, mostly, for no size."""
        width, height = item.get("width"), item.get("height")
        if width is None and height is None:
            is_fine = len(item.get("prompt", "")) % 8 == 0
        else:
            is_fine = not is_large((int(width or SIDE_PX), int(height or SIDE_PX)))
        return item if is_fine else {**item, "width": SMALL_PX, "height": SMALL_PX}

    def _led(self, value: Any, path: list[str], spared: list[str]) -> Any:  # noqa: ANN401
        """Return a value whose references lead to what is there."""
        if path == spared:
            return value
        if isinstance(value, list):
            return [self._led(each, [*path, str(index)], spared) for index, each in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if "file" in value:
            return {**value, "file": self._led(value["file"], [*path, "file"], spared)}
        kind = value.get("type")
        is_whole = isinstance(kind, str) and isinstance(value.get(kind), str) and value[kind] != ""
        if not is_whole or kind not in ("file_id", "url", "data_url") or spared[: len(path)] == path:
            return value
        there = {"type": "file_id", "file_id": self._file}
        return there if kind == "file_id" else {"type": "data_url", "data_url": self._inline}

    def place(self, case: Case, body: Any) -> Iterator[Broken]:  # noqa: ANN401
        """Yield it when no detail leads to where the body breaks its contract; a text leads nowhere."""
        details = body.get("detail") if isinstance(body, dict) else None
        if not isinstance(details, list):
            return
        told = [[str(part) for part in each.get("loc", ())[1:]] for each in details if isinstance(each, dict)]
        if not any(self._leads(loc, case) for loc in told):
            shown = ", ".join(".".join(loc) for loc in told) or "nothing"
            yield Broken("place", case.rule, case.pointer, f"{case.name}: the details name {shown}")

    def _leads(self, loc: list[str], case: Case) -> bool:
        """Return whether a loc leads there; below a reference it names the kind besides."""
        without = [part for index, part in enumerate(loc) if index == 0 or loc[index - 1] != part]
        kinds = [
            part
            for index, part in enumerate(loc)
            if part not in ("file_id", "url", "data_url") or index == len(loc) - 1
        ]
        place = parts(case.pointer)
        if place[-1:] == ["type"] and loc == place[:-1]:  # which kind it is, an error says of the reference as a whole
            return True
        return any(leads_there(each, case) or each[: len(place)] == place for each in (loc, without, kinds))

    def accepted(self, case: Case, reply: Reply) -> Iterator[Broken]:
        """Yield what is wrong with the reply to a body that keeps its contract."""
        yield from unanswered(reply)
        if 300 <= reply.status < 500:
            yield self.refused_wrongly(reply)
        if not reply.is_success:
            return
        if reply.media_type not in PICTURES:
            yield from fits(self.document, case.operation, reply, "reply", published=self.published)
        if reply.status != (wanted := 202 if case.item.get("mode") == "async" else 200):
            yield Broken("status", "mode", "/mode", f"the status is {reply.status}, not {wanted}")
        size = int(case.item.get("width") or SIDE_PX), int(case.item.get("height") or SIDE_PX)
        if is_large(size):
            return
        data = self.picture(case.operation or "", case.item, reply)
        if data is None:
            yield Broken("task", "end", "", f"there is no file after {JOB_TIMEOUT_S:g} s")
            return
        yield from drawn(data, case.item.get("format") or "png", size)

    def refused_wrongly(self, reply: Reply) -> Broken:
        """Return the finding of a valid body that was refused."""
        body = reply.json
        detail = body.get("detail") if isinstance(body, dict) else None
        first: Mapping[str, Any] = (
            detail[0] if isinstance(detail, list) and detail and isinstance(detail[0], dict) else {}
        )
        pointer = "".join(f"/{part}" for part in first.get("loc", ())[1:])
        text = str(first.get("msg") or detail or "")[:200]
        return Broken(
            "accepted", str(first.get("type", reply.status)), pointer, f"it was refused with {reply.status}: {text}"
        )

    def refused(self, case: Case, reply: Reply) -> Iterator[Broken]:
        """Yield what is wrong with the reply to a body that breaks its contract."""
        if reply.is_success:
            yield accepted_wrongly(case, reply)
            return
        yield from super().refused(case, reply)

    def repeatable(self, operation: str, item: Any) -> Any:  # noqa: ANN401
        """Return a body with a seed that is answered with the job at once."""
        seed = item.get("seed")
        return {**item, "seed": SEED if seed is None else seed, "mode": "sync"}

    def picture(self, operation: str, item: Any, reply: Reply) -> bytes | None:  # noqa: ANN401
        """Return the file that a reply is, or leads to; None when there is none in time."""
        if reply.media_type in PICTURES:
            return reply.data
        job = reply.json
        ends = time.monotonic() + JOB_TIMEOUT_S
        while isinstance(job, dict):
            artifacts = job.get("artifacts")
            if isinstance(artifacts, list) and artifacts:
                found = self.target.send("GET", f"/v1/files/{artifacts[0]}/download")
                return found.data if found.is_success else b""
            name = job.get("job_id") or job.get("id")
            if not name or job.get("status") == "failed" or time.monotonic() > ends:
                break
            time.sleep(POLL_S)
            job = self.target.send("GET", f"/v1/jobs/{name}").json
        return None
