"""What is inside the tokens, and what no token gets past (oidc.md §13)."""

import hmac
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from tests.oidc.world import ALICE, ISSUER, START, World, signing_key, spa

from sekisho.crypto.jwk import SigningAlgorithm, generate_key, key_id_of, public_jwk
from sekisho.kernel.clock import epoch_seconds
from sekisho.oidc.discovery import discovery_document, key_set
from sekisho.oidc.models import ResourceServer
from sekisho.oidc.scopes import ALL_CLAIMS, CLAIMS_OF, id_token_claims, userinfo_claims
from sekisho.oidc.tokens import jwt
from sekisho.oidc.tokens.access_token import Subject, issue_for_resource
from sekisho.oidc.tokens.id_token import issue_id_token

NOW = epoch_seconds(START)


@pytest.fixture
def world() -> World:
    return World()


async def id_token_of(world: World, *, client: Any = None, **more: Any) -> dict[str, Any]:
    authorization = world.authorization(**more)
    token = await issue_id_token(
        world.ports, client=client or spa(), authorization=authorization, scopes=authorization.scopes
    )
    return dict(jwt.verify(token, keys=world.keys))


async def test_an_id_token_has_claims_about_the_person_then_about_itself(world: World) -> None:
    assert await id_token_of(world, scopes=["openid", "profile", "roles"], nonce="n") == {
        "sub": ALICE,
        "name": None,
        "username": "alice",
        "roles": ["Clerk"],
        "nonce": "n",
        "aud": "spa",
        "exp": NOW + 3600,
        "iat": NOW,
        "iss": ISSUER,
    }


async def test_an_id_token_lives_as_long_as_its_client_says(world: World) -> None:
    claims = await id_token_of(world, client=spa(id_token_lifetime=timedelta(seconds=60)), scopes=["openid"])

    assert claims["exp"] == NOW + 60


async def test_the_time_of_sign_in_is_told_when_it_was_asked_for(world: World) -> None:
    assert (await id_token_of(world, auth_time=START))["auth_time"] == NOW
    assert "auth_time" not in await id_token_of(world)


@pytest.mark.parametrize(
    ("uri", "required", "expected"),
    [(None, True, False), ("https://app/out", False, False), ("https://app/out", True, True)],
)
async def test_the_session_is_named_only_for_back_channel_logout(
    world: World, uri: str | None, *, required: bool, expected: bool
) -> None:
    client = spa(backchannel_logout_uri=uri, backchannel_logout_session_required=required)

    assert ("sid" in await id_token_of(world, client=client, sid="s")) is expected


async def test_extended_claims_need_the_tenants_wish(world: World) -> None:
    world.extended = frozenset()

    assert "roles" not in await id_token_of(world, scopes=["openid", "roles"])


def test_each_scope_stands_for_its_claims() -> None:
    every = list(CLAIMS_OF)

    assert userinfo_claims(every) == list(ALL_CLAIMS)
    assert userinfo_claims(["openid", "offline_access"]) == []
    assert id_token_claims(["email"], enabled=frozenset()) == ["email", "email_verified"]
    assert id_token_claims(["identities"], enabled=frozenset({"sso_identities"})) == ["sso_identities"]


@pytest.mark.parametrize(
    ("header", "typ"),
    [({"alg": "ES384", "typ": "at+jwt"}, "at+jwt"), ({"alg": "ES384"}, None)],
)
def test_the_header_names_algorithm_key_and_kind(header: dict[str, str], typ: str | None) -> None:
    key = signing_key()
    signed = jws.deserialize_compact(jwt.sign({"a": 1}, key=key, typ=typ), key.key, algorithms=["ES384"])

    assert signed.protected == {**header, "kid": key.kid}


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("algorithm", SigningAlgorithm)
def test_each_kind_of_key_signs_what_a_library_verifies(algorithm: SigningAlgorithm) -> None:
    key = signing_key(algorithm)
    token = jwt.sign({"a": 1}, key=key, typ="at+jwt")
    signed = jws.deserialize_compact(token, key.key, algorithms=[algorithm.value])

    assert signed.protected == {"alg": algorithm.value, "typ": "at+jwt", "kid": key.kid}
    assert jwt.verify(token, keys=[key]) == {"a": 1}


@pytest.mark.parametrize(("algorithm", "other"), [*permutations(SigningAlgorithm, 2)])
def test_a_key_verifies_its_own_algorithm_only(algorithm: SigningAlgorithm, other: SigningAlgorithm) -> None:
    """RFC 8725 §3.1: a header that names another algorithm, or none, changes nothing."""
    key = signing_key(algorithm)
    honest = jwt.sign({"a": 1}, key=key)
    _, payload, signature = honest.split(".")
    for name in (other.value, "none", "HS256"):
        header = urlsafe_b64encode(f'{{"alg":"{name}","kid":"{key.kid}"}}'.encode()).rstrip(b"=").decode()
        with pytest.raises(jwt.UnverifiableToken):
            jwt.verify(f"{header}.{payload}.{signature}", keys=[key])


async def test_discovery_lists_what_every_published_key_can_do(world: World) -> None:
    world.keys = [signing_key(), signing_key(SigningAlgorithm.RS256)]
    document = await discovery_document(world.ports)

    assert document["id_token_signing_alg_values_supported"] == ["ES384", "PS256", "RS256"]


@pytest.mark.parametrize("algorithm", SigningAlgorithm)
async def test_the_key_set_shows_each_kind_of_key(world: World, algorithm: SigningAlgorithm) -> None:
    world.keys = [signing_key(algorithm)]
    (shown,) = (await key_set(world.ports))["keys"]
    of_kind = {"RS256": {"e", "n"}, "EdDSA": {"crv", "x", "alg"}}.get(algorithm, {"crv", "x", "y", "alg"})

    assert set(shown) == {"kty", "use", "kid"} | of_kind
    assert shown.get("alg", algorithm) == algorithm


def test_a_token_of_the_previous_key_still_verifies() -> None:
    key = generate_key()
    previous = replace(signing_key(), key=key, kid=key_id_of(key), jwk=public_jwk(key))
    token = jwt.sign({"a": 1}, key=previous)

    assert jwt.verify(token, keys=[signing_key(), previous]) == {"a": 1}
    with pytest.raises(jwt.UnverifiableToken):
        jwt.verify(token, keys=[signing_key()])


def test_the_public_key_is_no_shared_secret() -> None:
    """RFC 8725 §2.1: a token signed with the public key as an HMAC secret must not pass."""
    header = f'{{"alg":"HS256","kid":"{signing_key().kid}"}}'.encode()
    content = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in (header, b'{"sub":"x"}'))
    mac = hmac.new(signing_key().key.as_pem(private=False), content, sha256).digest()
    forged = b".".join((content, urlsafe_b64encode(mac).rstrip(b"="))).decode()

    with pytest.raises(jwt.UnverifiableToken):
        jwt.verify(forged, keys=[signing_key()])


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True))
def test_nothing_but_our_own_tokens_verifies(text: str) -> None:
    with pytest.raises(jwt.UnverifiableToken):
        jwt.verify(text, keys=[signing_key()])
    with suppress(jwt.UnverifiableToken):
        assert isinstance(jwt.peek(text), dict)


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        pytest.param('{"alg":"ES384"}', '{"a":' + "[" * 20_000, id="nested deeper than anybody reads"),
        pytest.param('{"alg":"ES384"}', '{"a":"\udcff"}', id="no text"),
        pytest.param('["alg"]', "{}", id="a header that is no object"),
        pytest.param('{"alg":"ES384","crit":5}', "{}", id="RFC 7515 §4.1.11: crit that is no list"),
        pytest.param('{"alg":"ES384","crit":[[]]}', "{}", id="RFC 7515 §4.1.11: crit of no names"),
        pytest.param('{"alg":[]}', "{}", id="an algorithm without a name"),
    ],
)
def test_a_token_of_any_shape_is_merely_unverifiable(header: str, payload: str) -> None:
    parts = (part.encode(errors="surrogateescape") for part in (header, payload))
    token = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts).decode() + ".AA"
    with pytest.raises(jwt.UnverifiableToken):
        jwt.verify(token, keys=[signing_key()])
    with suppress(jwt.UnverifiableToken):
        assert jwt.peek(token) == {}


async def test_what_is_added_to_a_token_never_replaces_what_the_protocol_says(world: World) -> None:
    extra = {"aud": "https://evil.example", "sub": "root", "plan": "pro", "act": {"sub": "bob"}}
    subject = Subject(id=ALICE, client_id="spa", scope="read", extra=extra)
    issued = await issue_for_resource(world.ports, subject, ResourceServer(indicator="https://api"))
    claims = jwt.verify(issued.value, keys=world.keys)

    assert (claims["aud"], claims["sub"]) == ("https://api", ALICE)
    assert (claims["plan"], claims["act"]) == ("pro", {"sub": "bob"})


async def test_a_custom_claim_never_becomes_a_claim_that_the_protocol_leaves_out(world: World) -> None:
    world.custom = {"scope": "all", "cnf": {"jkt": "mine"}, "authorization_details": [], "plan": "pro", "act": "me"}
    subject = Subject(id="m2m", client_id="m2m", scope=None, extra={"act": {"sub": "bob"}, "cnf": {"jkt": "theirs"}})
    issued = await issue_for_resource(world.ports, subject, ResourceServer(indicator="https://api"))
    claims = jwt.verify(issued.value, keys=world.keys)

    assert "scope" not in claims
    assert "authorization_details" not in claims
    assert (claims["cnf"], claims["plan"], claims["act"]) == ({"jkt": "theirs"}, "pro", "me")
