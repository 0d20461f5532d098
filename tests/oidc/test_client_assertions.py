"""Clients that sign instead of sending a secret (RFC 7521, RFC 7523, OpenID Connect Core §9)."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from tests.oidc.browsing import SOUND
from tests.oidc.world import ISSUER, START, World, machine, web

from sekisho.kernel.clock import epoch_seconds
from sekisho.kernel.secret import Secret
from sekisho.oidc.client_assertions import ALGORITHMS, ASSERTION_TYPE, LONGEST_LIFE
from sekisho.oidc.clients import AUTHENTICATION_PARAMETERS, authenticate, checked
from sekisho.oidc.device.start import DeviceAuthorizationRequest
from sekisho.oidc.errors import InvalidClientMetadata, OAuthError
from sekisho.oidc.models import Client, ClientAuthMethod, ClientSecret, GrantType
from sekisho.oidc.params import read_params
from sekisho.oidc.pushed import PushRequest
from sekisho.oidc.token_endpoint import TokenRequest
from sekisho.oidc.token_management import TokenManagementRequest

SECRET = "s" * 32
OLD_SECRET = "o" * 32
TOKEN_ENDPOINT = "https://id.example/oidc/token"
JWKS_URI = "https://app.example.com/jwks"
Key = ECKey | OctKey | OKPKey | RSAKey


@cache
def key(algorithm: str, kid: str = "one") -> Key:
    parameters: Any = {"kid": kid}
    match algorithm:
        case "HS256":
            return OctKey.import_key(SECRET)
        case "RS256" | "PS256":
            return RSAKey.generate_key(2048, parameters)
        case "EdDSA" | "Ed25519":
            return OKPKey.generate_key("Ed25519", parameters)
        case _:
            return ECKey.generate_key({"ES256": "P-256", "ES384": "P-384"}[algorithm], parameters)


def public(*keys: Key) -> list[Mapping[str, Any]]:
    return [each.as_dict(private=False) for each in keys]


def private_key_client(*keys: Key, **more: Any) -> Client:
    values = {"auth_method": ClientAuthMethod.PRIVATE_KEY_JWT, "jwks": {"keys": public(*(keys or (key("ES256"),)))}}
    return machine(**{"id": "signs", **values, **more})


def secret_client(**more: Any) -> Client:
    secrets = (
        ClientSecret(name="new", value=Secret(SECRET)),
        ClientSecret(name="old", value=Secret(OLD_SECRET), expires_at=START),
        ClientSecret(name="short", value=Secret("short")),
    )
    return machine(**{"id": "macs", "auth_method": ClientAuthMethod.SECRET_JWT, "secrets": secrets, **more})


def world_of(*clients: Client) -> World:
    world = World()
    world.all_clients |= {client.id: client for client in clients or (private_key_client(), secret_client())}
    return world


def claims(client_id: str = "signs", **more: Any) -> dict[str, Any]:
    now = epoch_seconds(START)
    typical = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "jti": "jti",
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in {**typical, **more}.items() if value is not None}


def sign(said: object, *, algorithm: str = "ES256", with_key: Key | None = None, **header: Any) -> str:
    members = {"alg": algorithm, **header}
    payload, signer = json.dumps(said).encode(), with_key or key(algorithm)
    return jws.serialize_compact(members, payload, signer, registry=_Anything(algorithms=[algorithm]))


class _Anything(jws.JWSRegistry):
    """Signs whatever header a test says."""

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]

    def check_header(self, header: dict[str, Any]) -> None:
        pass


async def present(world: World, assertion: str, **form: str) -> Client:
    pairs = {"client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE, **form}
    params = read_params(pairs.items(), known=AUTHENTICATION_PARAMETERS)
    return await authenticate(world.ports, params, authorization=None, origin=None)


async def refused(world: World, assertion: str, **form: str) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        await present(world, assertion, **form)
    return caught.value


@pytest.mark.parametrize("algorithm", [each for each in ALGORITHMS if each != "HS256"])
async def test_a_client_signs_with_its_own_key(algorithm: str) -> None:
    world = world_of(private_key_client(key(algorithm)))
    assert (await present(world, sign(claims(), algorithm=algorithm))).id == "signs"


async def test_a_client_signs_with_its_secret() -> None:
    assert (await present(world_of(), sign(claims("macs"), algorithm="HS256"))).id == "macs"


@pytest.mark.parametrize(
    ("more", "form"),
    [
        pytest.param({"aud": TOKEN_ENDPOINT}, {}, id="RFC 7523 §3 (3): the token endpoint is an audience"),
        pytest.param({"aud": [ISSUER]}, {}, id="RFC 7519 §4.1.3: a list of one"),
        pytest.param({"aud": [ISSUER, TOKEN_ENDPOINT]}, {}, id="everyone it names is us"),
        pytest.param({"aud": "https://id.example/oidc/request"}, {}, id="RFC 9126 §2: so is the PAR endpoint"),
        pytest.param({"iat": None}, {}, id="RFC 7523 §3 (6): iat may be left out"),
        pytest.param({"nbf": epoch_seconds(START)}, {}, id="RFC 7523 §3 (5): good from now on"),
        pytest.param({"exp": epoch_seconds(START) + 0.5}, {}, id="RFC 7519 §2: a NumericDate with a fraction"),
        pytest.param({}, {"client_id": "signs"}, id="RFC 7521 §4.2: the client_id may be given, too"),
    ],
)
async def test_an_assertion_is_accepted(more: dict[str, Any], form: dict[str, str]) -> None:
    assert (await present(world_of(), sign(claims(**more)), **form)).id == "signs"


_NOW = epoch_seconds(START)


@pytest.mark.parametrize(
    ("more", "detail"),
    [
        pytest.param({"iss": "web"}, "iss and sub must be the client", id="RFC 7523 §3 (1): issued by another client"),
        pytest.param({"iss": None}, "iss and sub must be the client", id="RFC 7523 §3 (1): by nobody"),
        pytest.param({"aud": "https://other.example"}, "another audience", id="RFC 7523 §3 (3): for another audience"),
        pytest.param({"aud": [ISSUER, "https://other.example"]}, "another audience", id="for another audience as well"),
        pytest.param({"aud": f"{ISSUER}/"}, "another audience", id="an audience is compared exactly"),
        pytest.param({"aud": ISSUER.upper()}, "another audience", id="and knows case"),
        pytest.param({"aud": None}, "without aud", id="RFC 7523 §3 (3): for nobody"),
        pytest.param({"aud": []}, "without aud", id="for an empty list"),
        pytest.param({"aud": {"a": 1}}, "without aud", id="for an object"),
        pytest.param({"exp": None}, "expired, or without exp", id="RFC 7523 §3 (4): exp is required"),
        pytest.param({"exp": _NOW - 15}, "expired, or without exp", id="RFC 7523 §3 (4): expired"),
        pytest.param({"exp": _NOW + 3616}, "lives too long", id="RFC 7523 §3 (4): a bounded life"),
        pytest.param({"exp": "soon"}, "exp is not a number", id="exp is a text"),
        pytest.param({"exp": True}, "exp is not a number", id="exp is a truth"),
        pytest.param({"exp": 10**300}, "out of reach", id="exp is beyond time"),
        pytest.param({"nbf": _NOW + 16}, "from the future", id="RFC 7523 §3 (5): not yet"),
        pytest.param({"iat": _NOW + 16}, "from the future", id="RFC 7523 §3 (6): issued later"),
        pytest.param({"iat": _NOW - 3616}, "too long ago", id="RFC 7523 §3 (6): issued long ago"),
        pytest.param({"jti": None}, "usable jti", id="OpenID Connect Core §9: jti is required"),
        pytest.param({"jti": ""}, "usable jti", id="an empty jti"),
        pytest.param({"jti": 7}, "usable jti", id="a jti that is a number"),
        pytest.param({"jti": "x" * 513}, "usable jti", id="a jti without end"),
    ],
)
async def test_an_assertion_that_says_something_wrong_is_refused(more: dict[str, Any], detail: str) -> None:
    world = world_of()
    error = await refused(world, sign(claims(**more)))
    assert (error.answer_status, error.error) == (401, "invalid_client")
    assert error.description == "client authentication failed"
    assert detail in (error.detail or "")
    assert not world.used_proofs


@pytest.mark.parametrize("sub", ["", None, 7, ["signs"], "\x00", "\ud800"])
async def test_without_a_client_id_the_assertion_must_name_its_client(sub: object) -> None:
    error = await refused(world_of(), sign(claims(sub=sub)))
    assert (error.answer_status, error.error) == (401, "invalid_client")


async def test_header_members_that_nobody_knows_are_ignored_unless_they_are_critical() -> None:
    # RFC 7515 §4, §4.1.11
    world = world_of()
    await present(world, sign(claims(), x_made_by="somebody"))
    signed = sign(claims(jti="2"), x_made_by="somebody", crit=["x_made_by"])
    assert "no key of this client" in ((await refused(world, signed)).detail or "")


@pytest.mark.parametrize(
    ("client", "assertion", "detail"),
    [
        pytest.param(private_key_client(), "not a JWT", "not a JWT", id="no JWT"),
        pytest.param(private_key_client(), "a.b.c", "not a JWT", id="hardly a JWT"),
        pytest.param(
            private_key_client(),
            sign(claims(), algorithm="ES384"),
            "algorithm of the assertion",
            id="RFC 8725 §3.1: an algorithm that discovery does not name",
        ),
        pytest.param(
            private_key_client(),
            sign(claims(), with_key=key("ES256", "two"), kid="one"),
            "no key of this client",
            id="RFC 7523 §3 (9): signed by a key of somebody else",
        ),
        pytest.param(
            private_key_client(),
            sign(claims(), kid="two"),
            "no key of this client",
            id="RFC 7515 §4.1.4: a name that is no key's",
        ),
        pytest.param(
            private_key_client(key("ES256"), jwks={"keys": [{**public(key("ES256"))[0], "use": "enc"}]}),
            sign(claims()),
            "no key of this client",
            id="RFC 7517 §4.2: a key for encryption",
        ),
        pytest.param(
            secret_client(id="signs"),
            sign(claims(), algorithm="HS256", with_key=OctKey.import_key("x" * 32)),
            "no secret of this client",
            id="a wrong secret",
        ),
    ],
)
async def test_an_assertion_that_nobody_vouches_for_is_refused(client: Client, assertion: str, detail: str) -> None:
    error = await refused(world_of(client), assertion, client_id="signs")
    assert (error.answer_status, error.error) == (401, "invalid_client")
    assert detail in (error.detail or "")


def _with_mac(secret: bytes, header: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """Sign by hand, because the library will not take weak secrets, or public keys for secrets."""
    content = _unsigned(header, said).removesuffix(".")
    mac = hmac.digest(secret, content.encode(), hashlib.sha256)
    return f"{content}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


async def test_a_secret_shorter_than_the_hash_signs_nothing() -> None:
    # RFC 7518 §3.2
    error = await refused(world_of(), _with_mac(b"short", {"alg": "HS256"}, claims("macs")))
    assert "no secret of this client" in (error.detail or "")


def _unsigned(header: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    parts = (urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (header, said))
    return ".".join((*parts, ""))


@pytest.mark.parametrize("client", [private_key_client(id="signs"), secret_client(id="signs")])
@pytest.mark.parametrize("name", ["none", "None", "NONE", ""])
async def test_alg_none_proves_nothing(client: Client, name: str) -> None:
    error = await refused(world_of(client), _unsigned({"alg": name}, claims()))
    assert (error.answer_status, error.error) == (401, "invalid_client")


async def test_key_confusion_a_public_key_is_never_tried_as_a_secret() -> None:
    rsa = key("RS256")
    assert isinstance(rsa, RSAKey)
    world = world_of(private_key_client(rsa))
    for material in (rsa.as_pem(private=False), json.dumps(public(rsa)[0]).encode(), str(public(rsa)[0]["n"]).encode()):
        error = await refused(world, _with_mac(material, {"alg": "HS256", "kid": "one"}, claims()))
        assert "algorithm" in (error.detail or "")


async def test_key_confusion_a_client_with_a_secret_cannot_bring_a_key() -> None:
    world = world_of(secret_client(id="signs", jwks={"keys": public(key("ES256"))}))
    error = await refused(world, sign(claims(), jwk=public(key("ES256"))[0]))
    assert "algorithm" in (error.detail or "")


async def test_a_key_in_the_header_is_not_believed() -> None:
    stranger = key("ES256", "stranger")
    error = await refused(world_of(), sign(claims(), with_key=stranger, jwk=public(stranger)[0]))
    assert "no key of this client" in (error.detail or "")


async def test_jti_replay_an_assertion_is_good_once() -> None:
    world, assertion = world_of(), sign(claims())
    await present(world, assertion)
    assert "used before" in ((await refused(world, assertion)).detail or "")
    await present(world, sign(claims(jti="another")))


async def test_two_clients_may_use_the_same_jti() -> None:
    world = world_of()
    await present(world, sign(claims()))
    await present(world, sign(claims("macs"), algorithm="HS256"))


async def test_a_forged_assertion_does_not_use_up_the_real_one() -> None:
    world = world_of()
    await refused(world, sign(claims(), with_key=key("ES256", "two")))
    await present(world, sign(claims()))


async def test_an_expired_secret_signs_nothing_any_more() -> None:
    assertion = sign(claims("macs"), algorithm="HS256", with_key=OctKey.import_key(OLD_SECRET))
    error = await refused(world_of(), assertion)
    assert (error.error, error.description) == ("invalid_request", "client secret has expired")


@pytest.mark.parametrize(
    ("client", "form"),
    [
        pytest.param(private_key_client(secrets=secret_client().secrets), {"client_secret": SECRET}, id="private key"),
        pytest.param(secret_client(id="signs"), {"client_secret": SECRET}, id="secret"),
        pytest.param(private_key_client(), {}, id="nothing at all"),
    ],
)
async def test_downgrade_a_client_that_signs_cannot_send_a_plain_secret(client: Client, form: dict[str, str]) -> None:
    world = world_of(client)
    params = read_params({"client_id": "signs", **form}.items(), known=AUTHENTICATION_PARAMETERS)
    with pytest.raises(OAuthError) as caught:
        await authenticate(world.ports, params, authorization=None, origin=None)
    assert (caught.value.answer_status, caught.value.error) == (401, "invalid_client")


@pytest.mark.parametrize("client_id", ["web", "spa"])
async def test_a_client_that_does_not_sign_is_not_believed_for_an_assertion(client_id: str) -> None:
    world = world_of(web(secrets=secret_client().secrets))
    error = await refused(world, sign(claims(client_id), algorithm="HS256"), client_id=client_id)
    assert (error.answer_status, error.error) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "description"),
    [
        pytest.param(
            {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
            f"client_assertion_type must be {ASSERTION_TYPE}",
            id="RFC 7523 §2.2: another type",
        ),
        pytest.param(
            {"client_assertion_type": ""}, "missing required parameter 'client_assertion_type'", id="RFC 7521 §4.2"
        ),
        pytest.param({"client_assertion": ""}, "missing required parameter 'client_assertion'", id="RFC 7521 §4.2"),
        pytest.param(
            {"client_secret": SECRET},
            "client authentication must only be provided using one mechanism",
            id="RFC 6749 §2.3: two ways at once",
        ),
    ],
)
async def test_an_assertion_is_presented_one_way(form: dict[str, str], description: str) -> None:
    error = await refused(world_of(), sign(claims()), **form)
    assert (error.answer_status, error.error, error.description) == (400, "invalid_request", description)


async def test_the_client_id_must_be_the_assertions() -> None:
    world = world_of(private_key_client(), private_key_client(id="other"))
    assert (await refused(world, sign(claims()), client_id="other")).error == "invalid_client"


async def test_keys_at_an_address_are_fetched_and_again_for_a_key_that_is_not_there() -> None:
    world = world_of(private_key_client(jwks=None, jwks_uri=JWKS_URI))
    world.published[JWKS_URI] = public(key("ES256"))
    await present(world, sign(claims(), kid="one"))
    assert world.fetched == [(JWKS_URI, False)]
    error = await refused(world, sign(claims(jti="2"), with_key=key("ES256", "two"), kid="two"))
    assert "no key of this client" in (error.detail or "")
    assert world.fetched[1:] == [(JWKS_URI, False), (JWKS_URI, True)]


async def test_a_bad_signature_by_a_known_key_fetches_nothing() -> None:
    world = world_of(private_key_client(jwks=None, jwks_uri=JWKS_URI))
    world.published[JWKS_URI] = public(key("ES256"))
    await refused(world, sign(claims(), with_key=key("ES256", "two"), kid="one"))
    assert world.fetched == [(JWKS_URI, False)]


async def test_the_cheap_checks_come_before_the_address_is_called() -> None:
    world = world_of(private_key_client(jwks=None, jwks_uri=JWKS_URI))
    await refused(world, sign(claims(aud="https://other.example")))
    assert world.fetched == []


@pytest.mark.parametrize("endpoint", ["token", "introspection", "revocation", "request", "device/auth"])
async def test_every_endpoint_takes_assertions(endpoint: str) -> None:
    world = world_of()
    if endpoint == "request":
        codes = {"grant_types": frozenset({"authorization_code"}), "response_types": frozenset({"code"})}
        world = world_of(private_key_client(redirect_uris=(SOUND["redirect_uri"],), **codes))
    if endpoint == "device/auth":
        world = world_of(private_key_client(grant_types=frozenset({GrantType.DEVICE_CODE})))
    pairs = [("client_assertion", sign(claims())), ("client_assertion_type", ASSERTION_TYPE)]
    if endpoint == "token":
        world.default_api = next(iter(world.apis.values()))
        await world.provider.token(TokenRequest(form=[*pairs, ("grant_type", "client_credentials")]))
    elif endpoint == "introspection":
        found = await world.provider.introspect(TokenManagementRequest(form=[*pairs, ("token", "nothing")]))
        assert found == {"active": False}
    elif endpoint == "revocation":
        await world.provider.revoke(TokenManagementRequest(form=[*pairs, ("token", "nothing")]))
    elif endpoint == "request":
        sound = {**SOUND, "client_id": "signs"}
        await world.provider.push(PushRequest(form=[*pairs, *sound.items()]))
        (pushed,) = world.pushed_requests.values()
        assert not AUTHENTICATION_PARAMETERS - {"client_id"} & pushed.params.keys()
    else:
        await world.provider.start_device(DeviceAuthorizationRequest(form=[*pairs, ("scope", "openid")]))
    assert len(world.used_proofs) == 1


def test_who_signs_needs_pkce() -> None:
    # oidc.md §5.1: required unless the method is client_secret_basic.
    assert not web().requires_pkce
    assert private_key_client().requires_pkce
    assert secret_client().requires_pkce


@pytest.mark.parametrize("more", [{"jwks": None}, {"jwks_uri": JWKS_URI}])
def test_a_client_that_signs_has_one_source_of_keys(more: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadata):
        checked(private_key_client(**more))


async def test_an_assertion_lives_an_hour_at_most_from_when_it_is_presented() -> None:
    world = world_of()
    far = _NOW + int(LONGEST_LIFE.total_seconds()) + 600
    assertion = sign(claims(exp=far))
    assert "too long" in ((await refused(world, assertion)).detail or "")
    world.clock.advance(timedelta(seconds=600))
    await present(world, assertion)
