"""Reading a request's body without ever holding more of it than is allowed."""

from starlette.requests import ClientDisconnect, Request


class BodyTooLarge(Exception):
    """A body is larger than the limit. limit: bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")
        self.limit = limit


async def read_body(request: Request, limit: int) -> bytes:
    """Return a request's body. Raises BodyTooLarge when its header says so, or once ``limit`` bytes have passed."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise BodyTooLarge(limit)
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge(limit)
            chunks.append(chunk)
    except ClientDisconnect:
        return b"".join(chunks)
    return b"".join(chunks)
