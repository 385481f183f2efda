"""The files endpoints: upload, list, metadata, download, delete. Each is a step that leaves a reply.

Source: docs/providers/kiapi.md, "Files".
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from ...pipeline import Call, Reply
from .body import received
from .downloads import file_reply
from .errors import Refused, refusal
from .files import FileRecord, Files, file_bytes, new_file_id
from .identifiers import path_id
from .uploads import read_form, sent_file, shown


async def decode_upload(call: Call) -> None:
    """Read the form of an upload, before the token is looked at. Raises Refused for one that cannot be read."""
    call.data = await received(call)
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
    records = await _files(call).list()
    found = await asyncio.gather(*(_told(call, record) for record in records))  # several are drawn at a time
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
    file_id = path_id(call, "file")
    if not await _files(call).delete(file_id):
        raise _unknown(call)
    call.reply = Reply(200, {"deleted": True, "file_id": file_id})


def _files(call: Call) -> Files:
    return Files(call.world.store, call.world.clock)


async def _record(call: Call) -> FileRecord:
    record = await _files(call).get(path_id(call, "file"))
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
