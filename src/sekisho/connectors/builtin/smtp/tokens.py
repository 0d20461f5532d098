"""Access tokens for mail servers that sign in with OAuth 2.0: given, renewed, or bought with a signed statement."""

from datetime import timedelta
from typing import assert_never

from sekisho.connectors.builtin.smtp.config import PrivateKey, ServiceAccountAuth, TokenAuth
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.mail import Secret
from sekisho.connectors.kit.tools import HttpAnswer, Tools

TOKEN_ENDPOINT = "https://accounts.google.com/o/oauth2/token"  # noqa: S105 — an address
_SCOPE = "https://mail.google.com/"
_STATEMENT_LIFETIME = timedelta(minutes=5)
_MOST_SAID = 300


async def access_token(auth: TokenAuth | ServiceAccountAuth, *, tools: Tools, renews: bool = False) -> Secret:
    """Return a token that works now, as far as we can tell. `renews`: the one that was given did not."""
    match auth:
        case TokenAuth():
            given = None if renews else _given(auth, tools=tools)
            return given or await _renewed(auth, tools=tools)
        case ServiceAccountAuth():
            return await _bought(auth, tools=tools)
        case _:
            assert_never(auth)


def may_renew(auth: TokenAuth | ServiceAccountAuth, *, tools: Tools) -> bool:
    """Whether another token can be had than the one that was used."""
    return isinstance(auth, TokenAuth) and bool(auth.refresh_token) and _given(auth, tools=tools) is not None


def _given(auth: TokenAuth, *, tools: Tools) -> Secret | None:
    if not auth.access_token:
        return None
    now = tools.clock.now().timestamp() * 1000
    is_over = auth.expires is not None and auth.expires <= now
    return Secret(auth.access_token) if not (is_over and auth.refresh_token) else None


async def _renewed(auth: TokenAuth, *, tools: Tools) -> Secret:
    if not auth.refresh_token:
        raise ConnectorError(ErrorCode.GENERAL, "auth has neither an accessToken nor a refreshToken.")
    form = {
        "client_id": auth.client_id or "",
        "client_secret": auth.client_secret or "",
        "refresh_token": auth.refresh_token,
        "grant_type": "refresh_token",
    }
    return _token(await tools.http.request("POST", auth.access_url or TOKEN_ENDPOINT, form=form))


async def _bought(auth: ServiceAccountAuth, *, tools: Tools) -> Secret:
    endpoint = auth.access_url or TOKEN_ENDPOINT
    statement = _statement(auth, endpoint=endpoint, tools=tools)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": statement}
    return _token(await tools.http.request("POST", endpoint, form=form))


def _statement(auth: ServiceAccountAuth, *, endpoint: str, tools: Tools) -> str:
    """Return who asks for which mailbox, signed (RFC 7523 §3)."""
    # Loaded by the few who sign.
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import RSAKey  # noqa: PLC0415

    given = auth.private_key
    pem, passphrase = (given.key, given.passphrase) if isinstance(given, PrivateKey) else (given, None)
    now = tools.clock.now()
    claims = {
        "iss": auth.service_client,
        "scope": _SCOPE,
        "sub": auth.user,
        "aud": endpoint,
        "iat": int(now.timestamp()),
        "exp": int((now + _STATEMENT_LIFETIME).timestamp()),
    }
    try:
        key = load_pem_private_key(pem.encode(), password=None if passphrase is None else passphrase.encode())
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(plain), algorithms=["RS256"])
    except (ValueError, TypeError, JoseError) as error:
        raise ConnectorError(ErrorCode.GENERAL, "auth.privateKey is no RSA key in PEM that can be opened.") from error


def _token(answer: HttpAnswer) -> Secret:
    document = answer.json()
    token = document.get("access_token") if isinstance(document, dict) else None
    if not answer.is_success or not isinstance(token, str) or not token:
        told = document.get("error_description") or document.get("error") if isinstance(document, dict) else None
        said = told[:_MOST_SAID] if isinstance(told, str) else f"status {answer.status}"
        raise ConnectorError(ErrorCode.GENERAL, f"The token endpoint gave no access token: {said}")
    return Secret(token)
