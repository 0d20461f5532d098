"""What passes between the server process and its child: JSON, each with its length in four bytes before it."""

import json
import struct
from typing import Any

#: More than a script, its input or an answer to `fetch` may have: whoever sends more is broken.
MOST_BYTES = 8 * 1024 * 1024
LENGTH = struct.Struct(">I")


class BadFrame(Exception):
    """The other side does not keep to the protocol."""


def pack(message: dict[str, Any]) -> bytes:
    # ASCII, so that a lone surrogate is an escape and no encoding error.
    body = json.dumps(message).encode("ascii")
    return LENGTH.pack(len(body)) + body


def length_of(head: bytes) -> int:
    """Return the length that stands before a frame."""
    (length,) = LENGTH.unpack(head)
    if length > MOST_BYTES:
        raise BadFrame(f"a frame of {length} bytes")
    return int(length)


def unpack(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadFrame("a frame that is no JSON") from error
    if not isinstance(message, dict):
        raise BadFrame("a frame that is no object")
    return message
