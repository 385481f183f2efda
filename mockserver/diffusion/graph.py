"""What an ONNX graph calls its weights, read without the onnx package: three levels of protobuf, nothing more.

Source of the field numbers: onnx.proto3 of https://github.com/onnx/onnx (ModelProto.graph 7, GraphProto.initializer 5,
TensorProto.name 8).
"""

from collections.abc import Iterator

_GRAPH, _INITIALIZER, _NAME = 7, 5, 8
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def initializers(model: bytes) -> list[str]:
    """Return the names of a model's initializers. Raises ValueError when it is no ONNX file."""
    try:
        graph = next(_fields(model, _GRAPH))
        return [next(_fields(tensor, _NAME)).decode() for tensor in _fields(graph, _INITIALIZER)]
    except (IndexError, StopIteration):
        raise ValueError("no ONNX graph, or a torn one") from None


def _fields(message: bytes, wanted: int) -> Iterator[bytes]:
    """Yield the values of a field that holds bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, kind = key >> 3, key & 7
        if kind == _VARINT:
            _, at = _varint(message, at)
        elif kind == _BYTES:
            size, at = _varint(message, at)
            if at + size > len(message):
                raise ValueError("no ONNX graph, or a torn one")
            if field == wanted:
                yield message[at : at + size]
            at += size
        elif kind in (_FIXED32, _FIXED64):
            at += 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"no ONNX graph: a field of kind {kind}")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
