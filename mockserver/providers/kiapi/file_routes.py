"""The files endpoints: upload, list, metadata, download, delete. Each is a step that leaves a reply.

Source: docs/providers/kiapi.md, "Files".
"""

import re
from collections.abc import Mapping
from typing import Any

from ...body import BodyTooLarge, read_body
from ...pipeline import Call, Reply
from .details import Detail
from .downloads import file_reply
from .errors import Refused, refusal
from .files import FileRecord, Files, file_bytes, new_file_id
from .uploads import read_form, sent_file, shown

ID_PATTERN = "^file_[0-9a-f]+$"


async def decode_upload(call: Call) -> None:
    """Read the form of an upload, before the token is looked at. Raises Refused for one that cannot be read."""
    try:
        call.data = await read_body(call.request, call.runtime.settings.max_body)
    except BodyTooLarge as error:
        refused = refusal(call.errors, "payloadTooLarge", max=error.limit)
        refused.headers = {"connection": "close"}  # the rest of the body is not read
        raise refused from None
    call.body = await read_form(call.data, call.request.headers, call.errors)
    call.exchange.body = shown(call.body)


async def upload(call: Call) -> None:
    """Keep the file of the form that ``decode_upload`` read. Raises Refused when it has none."""
    sent = sent_file(call.body)
    world = call.world
    record = await Files(world.store, world.clock).put(
        sent.data,
        filename=sent.filename,
        content_type=sent.content_type,
        file_id=await new_file_id(world.store, call.runtime.settings.seed),
    )
    call.reply = Reply(200, record.as_json())


async def list_files(call: Call) -> None:
    """Tell of all files. One that can no longer be drawn, so that its size is unknown, is left out."""
    found = [await _told(call, record) for record in await _files(call).list()]
    call.reply = Reply(200, {"object": "list", "data": [told for told in found if told is not None]})


async def get_file(call: Call) -> None:
    """Tell of one file. Raises Refused."""
    told = await _told(call, await _record(call))
    if told is None:
        raise _unknown(call)
    call.reply = Reply(200, told)


async def download_file(call: Call) -> None:
    """Send the bytes of a file, or the ranges that were asked for. Raises Refused."""
    record = await _record(call)
    data = await file_bytes(call.world, record)
    if data is None:
        raise _unknown(call)
    call.reply = file_reply(data, record, call.request.headers).reply


async def delete_file(call: Call) -> None:
    """Forget a file; jobs go on naming it. Raises Refused."""
    file_id = _file_id(call)
    if not await _files(call).delete(file_id):
        raise _unknown(call)
    call.reply = Reply(200, {"deleted": True, "file_id": file_id})


def _files(call: Call) -> Files:
    return Files(call.world.store, call.world.clock)


def _file_id(call: Call) -> str:
    """Return the id in the path. Raises Refused for what has not the form of one."""
    file_id: str = call.request.path_params["file_id"]
    if re.fullmatch(ID_PATTERN.strip("^$"), file_id) is None:
        text = f"String should match pattern '{ID_PATTERN}'"
        detail = Detail("string_pattern_mismatch", ("path", "file_id"), text, file_id, {"pattern": ID_PATTERN})
        raise Refused(422, [detail.as_json()])
    return file_id


async def _record(call: Call) -> FileRecord:
    record = await _files(call).get(_file_id(call))
    if record is None:
        raise _unknown(call)
    return record


async def _told(call: Call, record: FileRecord) -> Mapping[str, Any] | None:
    """Return what clients are told of a file, or None when its size can no longer be known."""
    if record.size is None:
        from .drawing import Gone  # here: pictures load late, so that the first answer comes early

        try:
            record = await _files(call).sized(call.world, record)
        except Gone:
            return None
    return record.as_json()


def _unknown(call: Call) -> Refused:
    return refusal(call.errors, "unknownFile", value=call.request.path_params["file_id"])
