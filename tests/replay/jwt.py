"""What a token says, without asking who signed it: replays compare claims, other tests check signatures."""

import json
import re
from base64 import urlsafe_b64decode
from typing import Any

_JWT = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]+")
_TOKEN_MEMBERS = ("access_token", "id_token")


def is_jwt(value: str) -> bool:
    return _JWT.fullmatch(value) is not None


def decoded_tokens(body: Any) -> dict[str, Any]:
    """Return header and payload of every JWT in a token answer, by member name."""
    if not isinstance(body, dict):
        return {}
    found = {name: body.get(name) for name in _TOKEN_MEMBERS}
    return {name: _decoded(value) for name, value in found.items() if isinstance(value, str) and is_jwt(value)}


def _decoded(token: str) -> dict[str, Any]:
    header, payload, _ = token.split(".")
    return {"header": _segment(header), "payload": _segment(payload)}


def _segment(segment: str) -> Any:
    return json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
