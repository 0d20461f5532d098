"""What providers of OAuth 2.0 have in common: the way out (RFC 6749 §4.1.1), the way back, tokens and PKCE."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from sekisho.connectors.kit.errors import ConnectorError, ErrorCode, ProviderFailed
from sekisho.connectors.kit.tools import HttpAnswer

_UNAUTHORIZED = 401
_MOST_TOLD = 1000


def build_url(endpoint: str, parameters: Mapping[str, str | None]) -> str:
    """Return an address with parameters in their order, encoded as a form; those that are None are left out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    # RFC 6749 §3.1: a query that the address has of its own is kept.
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(given)}"


def read_callback(callback: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    """Return texts that a provider must send back; raises `ConnectorError(GENERAL)`.

    A refusal of the provider (`error=access_denied`) brings no code, so it ends here.
    """
    values = tuple(value for name in names if isinstance(value := callback.get(name), str))
    if len(values) != len(names):
        raise ConnectorError(ErrorCode.GENERAL, dict(callback))
    return values


def remembered(session: Mapping[str, Any], name: str) -> str:
    """Return what was put into the session on the way out; raises `ConnectorError(GENERAL)`."""
    value = session.get(name)
    if isinstance(value, str) and value:
        return value
    raise ConnectorError(ErrorCode.GENERAL, f"There is no {name} in the connector's session.")


def accepted(answer: HttpAnswer, *, on_401: ErrorCode = ErrorCode.ACCESS_TOKEN_INVALID) -> HttpAnswer:
    """Return an answer unless it refuses, as user-info calls do (connectors.md §2): raises `ConnectorError`."""
    if answer.is_success:
        return answer
    if answer.status == _UNAUTHORIZED:
        raise ConnectorError(on_401)
    raise ConnectorError(ErrorCode.GENERAL, answer.text[:_MOST_TOLD])


def delivered(answer: HttpAnswer, *, by: str) -> HttpAnswer:
    """Return an answer unless it refuses, where the reference has no code for that: raises `ProviderFailed`."""
    if answer.is_success:
        return answer
    raise ProviderFailed(f"{by} answered {answer.status}: {answer.text[:_MOST_TOLD]}")


def basic(client_id: str, client_secret: str) -> str:
    """Return an Authorization header (RFC 7617). The parts are not form-encoded first: providers do not expect it."""
    return f"Basic {b64encode(f'{client_id}:{client_secret}'.encode()).decode()}"


def code_challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2); `tools.ids.token()` makes verifiers."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
