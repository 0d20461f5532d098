"""Proof of possession (RFC 9449): a request shows that its sender holds a key, and its tokens are bound to that key.

What it stops: a token that was stolen without the key is worth nothing. Off unless the tenant or the client asks for
it; then a header that nobody asked for is ignored.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sekisho.crypto.digests import digest
from sekisho.crypto.jws import InvalidSignature, verified
from sekisho.crypto.public_keys import PublicKey, UnusablePublicKey, read_public_key
from sekisho.oidc.errors import InvalidDpopProof
from sekisho.oidc.models import Client
from sekisho.oidc.options import DpopMode, ProviderOptions
from sekisho.oidc.ports import Ports
from sekisho.oidc.redirect_uris import Url
from sekisho.oidc.statements import BadStatement, Statement, read_statement

#: RFC 9449 §7.1: how a bound token is presented, and the `token_type` of one.
SCHEME = "DPoP"
#: What a proof may be signed with, as discovery says it: asymmetric, all of them.
ALGORITHMS: Sequence[str] = ("ES256", "ES384", "ES512", "Ed25519", "EdDSA", "PS256", "RS256")
#: How old a proof may be. It is good once in that time, so what this bounds is how long we remember it.
LIFETIME = timedelta(minutes=5)
#: How far a proof may be ahead of us: clocks of phones are. More would let a thief make proofs for later (§11.2).
AHEAD = timedelta(seconds=60)
_TYPE = "dpop+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a request shows: its `DPoP` headers, its method, and the URL it came to, without a query."""

    proofs: Sequence[str]
    method: str
    url: str


def is_on(options: ProviderOptions, client: Client) -> bool:
    """Tell whether keys mean anything to this client: its tenant switched them on, or it did so itself."""
    return client.requires_proof_key or options.dpop is not DpopMode.DISABLED


async def with_proof(ports: Ports, client: Client, proofs: Sequence[str]) -> Client:
    """Return the client with the key its token request proved to hold, if it did (RFC 9449 §5)."""
    options = await ports.options.get()
    if not is_on(options, client):
        return client
    if not proofs:
        # RFC 9449 §5.2
        if client.requires_proof_key or options.dpop is DpopMode.REQUIRED:
            raise InvalidDpopProof("a DPoP proof is required")
        return client
    shown = Shown(proofs=proofs, method="POST", url=ports.url("/token"))
    return replace(client, proof_key=await prove_key(ports, shown))


async def pushed_key(ports: Ports, client: Client, shown: Shown, *, named: str | None) -> str | None:
    """Return the key a pushed request binds its code to: proved by its sender, or only named (RFC 9449 §10.1)."""
    if not shown.proofs or not is_on(await ports.options.get(), client):
        return named
    proved = await prove_key(ports, shown)
    if named not in {None, proved}:
        raise InvalidDpopProof("dpop_jkt names another key than the DPoP proof")
    return proved


async def prove_key(ports: Ports, shown: Shown, *, access_token: str | None = None) -> str:
    """Check the proof of a request and use it up; return the thumbprint of its key (RFC 9449 §4.3, by its numbers)."""
    if len(shown.proofs) != 1:
        raise InvalidDpopProof("exactly one DPoP proof must be given")  # (1)
    proof = shown.proofs[0]
    try:
        statement = read_statement(proof)  # (2)
        key = _signer(statement)  # (4), (5), (7)
        verified(proof, key=key.key, algorithm=statement.algorithm)  # (6)
        issued_at = _check_claims(ports, shown, statement, access_token=access_token)  # (3), (8) to (12)
        jti = statement.jti
    except InvalidSignature as error:
        raise InvalidDpopProof("the DPoP proof is not signed by its key") from error
    except (BadStatement, UnusablePublicKey) as error:
        raise InvalidDpopProof(f"the DPoP proof is unusable: {error}") from error
    thumbprint = key.thumbprint
    # RFC 9449 §11.1. Attack: a proof that was overheard, sent once more while it is fresh.
    used = digest(json.dumps(["DPoP proof", thumbprint, shown.method, shown.url, jti])).hex()
    if not await ports.used_proofs.use(used, until=issued_at + LIFETIME):
        raise InvalidDpopProof("the DPoP proof was used before")
    return thumbprint


def _signer(statement: Statement) -> PublicKey:
    # RFC 8725 §3.11: another kind of JWT by the same key is no proof.
    if statement.header.get("typ") != _TYPE:
        raise InvalidDpopProof("the DPoP proof is of another type")
    key = read_public_key(statement.header.get("jwk"))
    # Attack: `none`, or a public key as a secret. Only what the key itself can verify, and we say in discovery.
    if statement.algorithm not in ALGORITHMS or statement.algorithm not in key.algorithms:
        raise InvalidDpopProof("the DPoP proof is signed with an algorithm that is not allowed")
    return key


def _check_claims(ports: Ports, shown: Shown, statement: Statement, *, access_token: str | None) -> datetime:
    """Check what a proof is for; return when it was made."""
    claims = statement.claims
    if claims.get("htm") != shown.method:
        raise InvalidDpopProof("the DPoP proof is for another method")
    if not _is_same(claims.get("htu"), shown.url):
        raise InvalidDpopProof("the DPoP proof is for another URL")
    now, issued_at = ports.clock.now(), statement.instant("iat")
    if issued_at is None or not -AHEAD <= now - issued_at < LIFETIME:
        raise InvalidDpopProof("the DPoP proof is too old, or from the future")
    # (12): at a resource, the proof is for this token and no other.
    if access_token is not None and claims.get("ath") != hash_of(access_token):
        raise InvalidDpopProof("the DPoP proof is for another access token")
    return issued_at


def hash_of(access_token: str) -> str:
    """Return what `ath` must be (RFC 9449 §4.2)."""
    return urlsafe_b64encode(sha256(access_token.encode()).digest()).rstrip(b"=").decode()


def _is_same(claimed: object, url: str) -> bool:
    """Compare without query and fragment, in normal form (RFC 9449 §4.3)."""
    # Attack: JSON can say what is no text, and what is no text is no URL.
    if not isinstance(claimed, str) or not claimed.isascii():
        return False
    ours, theirs = Url.parse(url), Url.parse(claimed)
    if ours is None or theirs is None:
        return False
    return replace(theirs, query=None, fragment=None) == replace(ours, query=None, fragment=None)
