"""Pretending to be a client: assertions unsigned, by the wrong key, used twice, odd, or of another tenant."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from tests.api.conftest import on_sqlite
from tests.oidc.party import Party, PartyMaker
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.kernel.clock import ManualClock, epoch_seconds
from sekisho.kernel.ids import ApplicationId
from sekisho.oidc.client_assertions import ASSERTION_TYPE

KEY = ECKey.generate_key("P-256")
MANAGEMENT_API = "https://default.logto.app/api"
#: Everywhere a client proves who it is, with something to ask there.
ENDPOINTS: Mapping[str, Mapping[str, str]] = {
    "/oidc/token": {"grant_type": "client_credentials", "resource": MANAGEMENT_API},
    "/oidc/token/introspection": {"token": "x"},
    "/oidc/token/revocation": {"token": "x"},
}
Claims = Mapping[str, Any]


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(claims: Claims | str, *, key: Any = KEY, header: Mapping[str, Any] | None = None) -> str:
    members = {"alg": "ES256", **(header or {})}
    payload = claims if isinstance(claims, str) else json.dumps(claims)
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    return jws.serialize_compact(members, payload.encode(), key, registry=registry)


def keyed(claims: Claims, secret: bytes) -> str:
    """Return an assertion under an HMAC, by hand: the library refuses to take a public key for a secret."""
    content = f"{encoded(json.dumps({'alg': 'HS256'}))}.{encoded(json.dumps(claims))}"
    mac = hmac.new(secret, content.encode(), "sha256").digest()
    return f"{content}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.fixture
async def signer(make_party: PartyMaker) -> Party:
    """A machine that signs with a key of its own."""
    custom = CustomClientMetadata(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [KEY.as_dict(private=False)]}
    )
    return await make_party(ApplicationType.MACHINE_TO_MACHINE, custom=custom)


@pytest.fixture
def claims(signer: Party, clock: ManualClock) -> Callable[..., dict[str, Any]]:
    """Return what a sound assertion says, changed as told; None leaves a claim out."""

    def make(**more: Any) -> dict[str, Any]:
        now = epoch_seconds(clock.now())
        sound = {"iss": signer.client_id, "sub": signer.client_id, "aud": f"{ORIGIN}/oidc", "jti": uuid4().hex}
        said = {**sound, "iat": now, "exp": now + 60, **more}
        return {name: value for name, value in said.items() if value is not None}

    return make


async def present(visitor: Visitor, assertion: str, path: str = "/oidc/token", **more: str) -> httpx2.Response:
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion, **ENDPOINTS.get(path, {}), **more}
    return await visitor.post(path, data=form)


def refused(answer: httpx2.Response) -> bool:
    return (answer.status_code, answer.json().get("error")) == (401, "invalid_client")


@on_sqlite
@pytest.mark.parametrize("path", ENDPOINTS)
async def test_alg_none_assertions_prove_nothing_at_any_endpoint(
    visitor: Visitor, claims: Callable[..., dict[str, Any]], path: str
) -> None:
    """RFC 8725 §3.1, §3.2."""
    body = encoded(json.dumps(claims()))
    for algorithm in ("none", "None", "NONE", "nOnE", "", None, ["none"], "HS256"):
        for signature in ("", "AA", "." * 2):
            forged = f"{encoded(json.dumps({'alg': algorithm}))}.{body}.{signature}"
            assert refused(await present(visitor, forged, path)), (algorithm, signature)
    assert (await present(visitor, signed(claims()), path)).status_code == 200


@on_sqlite
@pytest.mark.parametrize("path", ENDPOINTS)
async def test_key_confusion_assertions_a_public_key_is_no_secret_at_any_endpoint(
    visitor: Visitor, claims: Callable[..., dict[str, Any]], path: str
) -> None:
    """The public key is known to all: as an HMAC secret, in every spelling, it signs nothing."""
    spellings = [
        KEY.as_pem(private=False),
        KEY.as_pem(private=False).strip(),
        KEY.as_der(private=False),
        json.dumps(KEY.as_dict(private=False)).encode(),
        json.dumps(KEY.as_dict(private=False), separators=(",", ":")).encode(),
        str(KEY.as_dict(private=False)["x"]).encode(),
    ]
    for spelling in spellings:
        assert refused(await present(visitor, keyed(claims(), spelling), path))


@on_sqlite
async def test_key_confusion_assertions_a_client_with_a_secret_is_not_asked_for_a_key(
    visitor: Visitor, make_party: PartyMaker, claims: Callable[..., dict[str, Any]]
) -> None:
    """And neither its header's key, nor its address, nor a certificate in it, is looked at."""
    custom = CustomClientMetadata(token_endpoint_auth_method="client_secret_jwt")
    party = await make_party(ApplicationType.MACHINE_TO_MACHINE, custom=custom)
    said = claims(iss=party.client_id, sub=party.client_id)
    own = {"jwk": KEY.as_dict(private=False), "jku": "https://evil.example/jwks", "x5u": "https://evil.example/x"}
    for header in ({}, own, {"kid": "../../dev/null"}, {"kid": "' or 1=1 --"}, {"kid": "\x00"}):
        assert refused(await present(visitor, signed(said, header=header)))


async def test_jti_replay_over_the_wire_an_assertion_is_good_once_at_all_endpoints_together(
    visitor: Visitor, claims: Callable[..., dict[str, Any]]
) -> None:
    """RFC 7523 §3 (7): what was seen at one endpoint buys nothing at another."""
    assertion = signed(claims())

    assert (await present(visitor, assertion, "/oidc/token/introspection")).status_code == 200
    for path in ENDPOINTS:
        assert refused(await present(visitor, assertion, path))


async def test_an_assertion_of_one_tenant_proves_nothing_in_another(
    visitor: Visitor, signer: Party, factory: Factory, claims: Callable[..., dict[str, Any]]
) -> None:
    """The same client id and key in two tenants: whom it was made for says where it counts."""
    jwks = {"keys": [KEY.as_dict(private=False)]}
    twin = await factory.in_tenant("admin").machine(
        id=signer.client_id, token_endpoint_auth_method="private_key_jwt", jwks=jwks
    )
    there = f"{ORIGIN}/t/admin/oidc"
    form = {"token": "x", "client_assertion_type": ASSERTION_TYPE}

    for audience in (f"{ORIGIN}/oidc", [f"{ORIGIN}/oidc", there], f"{ORIGIN}/oidc/token"):
        assertion = {"client_assertion": signed(claims(aud=audience))}
        assert refused(await visitor.post("/t/admin/oidc/token/introspection", data={**form, **assertion}))
    own = {"client_assertion": signed(claims(aud=there))}
    assert twin.id == signer.client_id
    assert (await visitor.post("/t/admin/oidc/token/introspection", data={**form, **own})).status_code == 200


ODD_CLAIMS: Sequence[dict[str, Any]] = (
    *({"aud": []}, {"aud": [[f"{ORIGIN}/oidc"]]}, {"aud": {"a": 1}}, {"aud": None}, {"aud": f"{ORIGIN}/oidc/"}),
    *({"aud": [f"{ORIGIN}/oidc", "https://evil.example"]}, {"aud": f"{ORIGIN}/OIDC"}, {"aud": "a" * 9000}),
    *({"exp": None}, {"exp": 0}, {"exp": -1}, {"exp": True}, {"exp": "9999999999"}, {"exp": 1e300}, {"exp": [1]}),
    *({"exp": 253_402_300_799}, {"exp": 253_402_300_790.5}, {"exp": 10**400}, {"exp": 4_000_000_000}),
    *({"iat": 253_402_300_799}, {"iat": -62_135_596_800}, {"iat": "now"}, {"nbf": 253_402_300_799}, {"nbf": {}}),
    *({"jti": None}, {"jti": ""}, {"jti": 5}, {"jti": "x" * 5000}, {"jti": ["a"]}),
    *({"iss": None}, {"iss": "other"}, {"sub": None}, {"sub": "other"}, {"sub": ["a"]}, {"sub": 5}),
    *({"sub": "a\x00b"}, {"sub": "\ud800"}, {"sub": "x" * 9000}),
)


async def test_an_odd_assertion_is_refused_and_breaks_nothing(
    visitor: Visitor, claims: Callable[..., dict[str, Any]]
) -> None:
    for odd in ODD_CLAIMS:
        answer = await present(visitor, signed(claims(**odd)))
        assert answer.status_code in {400, 401}, str(odd)[:40]
        assert answer.json()["error"] == "invalid_client", str(odd)[:40]
    assert (await present(visitor, signed(claims()))).status_code == 200, "nothing was wrong but what was odd"


ODD_PAYLOADS = (
    *(
        "{%s,'a':1}",
        "[%s]",
        "[" * 5000,
        '{"a":' * 5000,
        '{"exp":NaN,%s}',
        '{"exp":Infinity,%s}',
        '{"exp":1e999,%s}',
    ),
    *('{%s,"exp":1}', '{%s,"aud":"https://evil.example"}', '{%s,"sub":"other"}', '{%s,"jti":""}'),
)


@on_sqlite
async def test_members_that_are_there_twice_or_are_no_json_prove_nothing(
    visitor: Visitor, claims: Callable[..., dict[str, Any]]
) -> None:
    """Of two members of one name the last counts, in every check alike: none is judged by the other."""
    for payload in ODD_PAYLOADS:
        said = {name: value for name, value in claims().items() if not (name == "exp" and payload.startswith('{"exp"'))}
        text = payload.replace("%s", json.dumps(said)[1:-1])
        answer = await present(visitor, signed(text))
        assert answer.json()["error"] == "invalid_client", payload[:40]
    assert (await present(visitor, signed(json.dumps(claims())))).status_code == 200, "a text is signed as it stands"


@on_sqlite
async def test_a_header_member_that_is_there_twice_chooses_no_algorithm(
    visitor: Visitor, claims: Callable[..., dict[str, Any]]
) -> None:
    body = encoded(json.dumps(claims()))
    for header in ('{"alg":"ES256","alg":"none"}', '{"alg":"none","alg":"ES256"}', '{"alg":"HS256","alg":"ES256"}'):
        assert refused(await present(visitor, f"{encoded(header)}.{body}."))


@on_sqlite
async def test_the_size_of_an_assertion_costs_no_database(visitor: Visitor, signer: Party) -> None:
    for assertion in ("x" * 50_000, f"{'.' * 50_000}", "a.b.c", "..", "\u3042.\u3042.\u3042"):
        answer = await present(visitor, assertion, client_id=signer.client_id)
        assert refused(answer), assertion[:20]


async def test_expired_secrets_open_neither_new_endpoint(
    visitor: Visitor, make_party: PartyMaker, clock: ManualClock
) -> None:
    """Pushing a request and starting a device are authenticated as everything else."""
    party = await make_party(ApplicationType.TRADITIONAL)
    async with party.services() as services:
        made = await services.applications.add_secret(
            ApplicationId(party.client_id), name="short", expires_at=clock.now() + timedelta(hours=1)
        )
    clock.advance(timedelta(hours=1))
    for path in ("/oidc/request", "/oidc/device/auth", "/oidc/token/introspection", "/oidc/token"):
        form = {**party.query(), "token": "x", "grant_type": "refresh_token", "refresh_token": "x"}
        answer = await visitor.post(path, data=form, auth=(party.client_id, made.value.reveal()))
        assert answer.json()["error_description"] == "client secret has expired", path
