"""Tokens that are bound to a key (RFC 9449): off by default, and nothing of it shows until it is on."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey
from tests.oidc import browsing
from tests.oidc.asking import CODE_FORM, MACHINE_FORM, REFRESH_FORM, claims_of
from tests.oidc.browsing import members_of
from tests.oidc.device import connect, start, tv
from tests.oidc.proving import KEY, OTHER_KEY, proof
from tests.oidc.world import ALICE, API, START, World, machine, web

from sekisho.oidc.dpop import AHEAD, LIFETIME
from sekisho.oidc.error_answers import challenge
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.models import ClientAuthorization, GrantType
from sekisho.oidc.options import DpopMode, ProviderOptions
from sekisho.oidc.pushed import PushRequest
from sekisho.oidc.token_endpoint import TokenRequest

JKT = KEY.thumbprint()
ME = "https://id.example/oidc/me"


@pytest.fixture
def world() -> World:
    world = World(options=ProviderOptions(dpop=DpopMode.ENABLED))
    world.default_api = world.apis[API]
    return world


async def ask(world: World, form: Mapping[str, str], *proofs: str) -> dict[str, Any]:
    answer = await world.provider.token(TokenRequest(form=list(form.items()), proofs=proofs))
    return dict(answer.members())


async def refused(world: World, form: Mapping[str, str], *proofs: str) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        await ask(world, form, *proofs)
    return caught.value


def fresh(world: World, **more: Any) -> str:
    return proof(at=world.clock.now(), **more)


async def test_a_proof_binds_a_jwt_to_its_key(world: World) -> None:
    answer = await ask(world, MACHINE_FORM, fresh(world))
    # RFC 9449 §5, §6.1
    assert answer["token_type"] == "DPoP"
    assert claims_of(answer["access_token"])["cnf"] == {"jkt": JKT}


async def test_without_a_proof_a_token_is_for_its_bearer(world: World) -> None:
    answer = await ask(world, MACHINE_FORM)
    assert answer["token_type"] == "Bearer"
    assert "cnf" not in claims_of(answer["access_token"])


async def test_where_it_is_off_the_header_is_ignored(world: World) -> None:
    world.options = ProviderOptions()
    answer = await ask(world, MACHINE_FORM, "nonsense")
    assert answer["token_type"] == "Bearer"
    assert not world.used_proofs


@pytest.mark.parametrize(
    ("mode", "client"),
    [
        pytest.param(DpopMode.REQUIRED, {}, id="of everybody"),
        pytest.param(DpopMode.ENABLED, {"requires_proof_key": True}, id="RFC 9449 §5.2: of one client"),
        pytest.param(DpopMode.DISABLED, {"requires_proof_key": True}, id="of one client, whatever the tenant says"),
    ],
)
async def test_a_proof_may_be_required(world: World, mode: DpopMode, client: dict[str, Any]) -> None:
    world.options = ProviderOptions(dpop=mode)
    world.all_clients["m2m"] = machine(**client)
    error = await refused(world, MACHINE_FORM)
    assert (error.answer_status, error.error, error.description) == (
        400,
        "invalid_dpop_proof",
        "a DPoP proof is required",
    )
    assert (await ask(world, MACHINE_FORM, fresh(world)))["token_type"] == "DPoP"


async def test_our_own_server_need_not_prove_anything_to_itself(world: World) -> None:
    world.options = ProviderOptions(dpop=DpopMode.REQUIRED)
    request = TokenRequest(form=list(MACHINE_FORM.items()), is_our_own=True)
    assert (await world.provider.token(request)).members()["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("more", "description"),
    [
        pytest.param({"header": {"typ": "JWT"}}, "of another type", id="§4.3 (4): another typ"),
        pytest.param({"header": {"typ": None}}, "of another type", id="§4.3 (4): no typ"),
        pytest.param({"header": {"jwk": None}}, "not a public key", id="§4.3 (6): no key"),
        pytest.param(
            {"header": {"jwk": KEY.as_dict(private=True)}}, "not a public key", id="§4.3 (7): a private key in it"
        ),
        pytest.param(
            {"header": {"jwk": OctKey.generate_key(256).as_dict()}}, "not a public key", id="§4.3 (5): a secret"
        ),
        pytest.param(
            {"header": {"jwk": OTHER_KEY.as_dict(private=False)}}, "not signed by its key", id="§4.3 (6): another key"
        ),
        pytest.param({"method": "GET"}, "for another method", id="§4.3 (8): DPoP proof for another method"),
        pytest.param({"method": "post"}, "for another method", id="§4.3 (8): methods have case"),
        pytest.param({"url": ME}, "for another URL", id="§4.3 (9): another endpoint"),
        pytest.param({"url": "https://other.example/oidc/token"}, "for another URL", id="§4.3 (9): another server"),
        pytest.param({"url": "https://id.example/\ud800"}, "for another URL", id="§4.3 (9): no text"),
        pytest.param({"url": "not a URL"}, "for another URL", id="§4.3 (9): no URL"),
        pytest.param({"htu": None}, "for another URL", id="§4.3 (3): no htu"),
        pytest.param({"htm": None}, "for another method", id="§4.3 (3): no htm"),
        pytest.param({"jti": None}, "no usable jti", id="§4.3 (3): no jti"),
        pytest.param({"jti": 7}, "no usable jti", id="§4.3 (3): a jti that is a number"),
        pytest.param({"iat": None}, "too old, or from the future", id="§4.3 (3): no iat"),
        pytest.param({"iat": "now"}, "iat is not a number", id="§4.3 (3): an iat that is a text"),
        pytest.param({"at": START - LIFETIME}, "too old, or from the future", id="§4.3 (11): old"),
        pytest.param(
            {"at": START + AHEAD + timedelta(seconds=1)}, "too old, or from the future", id="§4.3 (11): early"
        ),
    ],
)
async def test_a_proof_that_is_not_good_is_refused(world: World, more: dict[str, Any], description: str) -> None:
    error = await refused(world, MACHINE_FORM, proof(**{"at": START, **more}))
    assert (error.answer_status, error.error) == (400, "invalid_dpop_proof")
    assert description in (error.description or "")
    assert challenge(error, issuer="x") is None
    assert not world.used_proofs


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"url": "HTTPS://ID.EXAMPLE:443/oidc/token"}, id="§4.3: in normal form"),
        pytest.param({"url": "https://id.example/oidc/token?a=1#b"}, id="§4.3 (9): without query and fragment"),
        pytest.param({"at": START - LIFETIME + timedelta(seconds=1)}, id="§4.3 (11): within its time"),
        pytest.param({"at": START + AHEAD}, id="§4.3 (11): by a clock that is ahead"),
    ],
)
async def test_a_proof_that_is_good_is_taken(world: World, more: dict[str, Any]) -> None:
    assert (await ask(world, MACHINE_FORM, proof(**{"at": START, **more})))["token_type"] == "DPoP"


@pytest.mark.parametrize("proofs", [("a.b.c",), ("",), ("not a JWT",), ("x" * 9000,)])
async def test_what_is_no_proof_is_refused(world: World, proofs: Sequence[str]) -> None:
    assert (await refused(world, MACHINE_FORM, *proofs)).error == "invalid_dpop_proof"


async def test_two_headers_are_refused(world: World) -> None:
    # §4.3 (1)
    error = await refused(world, MACHINE_FORM, fresh(world), fresh(world))
    assert error.description == "exactly one DPoP proof must be given"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256K", "", 7])
async def test_alg_none_and_its_like_prove_nothing(world: World, algorithm: object) -> None:
    header = {"typ": "dpop+jwt", "alg": algorithm, "jwk": KEY.as_dict(private=False)}
    said = {"jti": "1", "htm": "POST", "htu": "https://id.example/oidc/token", "iat": int(START.timestamp())}
    parts = [urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (header, said)]
    error = await refused(world, MACHINE_FORM, ".".join((*parts, "")))
    assert error.error == "invalid_dpop_proof"


async def test_dpop_proof_replay_a_proof_is_good_once(world: World) -> None:
    shown = fresh(world)
    await ask(world, MACHINE_FORM, shown)
    assert (await refused(world, MACHINE_FORM, shown)).description == "the DPoP proof was used before"


async def test_a_client_that_is_not_believed_uses_no_proof_up(world: World) -> None:
    await refused(world, {**MACHINE_FORM, "client_secret": "wrong"}, fresh(world))
    assert not world.used_proofs


async def test_a_refresh_token_of_a_public_client_is_bound(world: World) -> None:
    authorization = world.authorization(grant=world.granted())
    world.code(authorization=authorization, code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    tokens = await ask(world, CODE_FORM, fresh(world))
    assert tokens["token_type"] == "DPoP"
    form = {**REFRESH_FORM, "refresh_token": tokens["refresh_token"]}
    # §5. Attack: what a public client holds is stolen, and the key is not.
    assert (await refused(world, form)).error == "invalid_grant"
    assert (await refused(world, form, fresh(world, key=OTHER_KEY))).error == "invalid_grant"
    again = await ask(world, form, fresh(world))
    assert again["token_type"] == "DPoP"
    successor = {**REFRESH_FORM, "refresh_token": again["refresh_token"]}
    assert (await refused(world, successor)).error == "invalid_grant"
    world.clock.advance(timedelta(days=1))
    assert (await ask(world, successor, fresh(world)))["token_type"] == "DPoP"


async def test_a_refresh_token_of_a_client_that_authenticates_is_not(world: World) -> None:
    authorization = world.authorization(grant=world.granted(client_id="web"))
    world.code(authorization=authorization)
    form = {"grant_type": "authorization_code", "client_id": "web", "client_secret": "s3cret", "code": "code"}
    tokens = await ask(world, form, fresh(world))
    refresh = {
        "grant_type": "refresh_token",
        "client_id": "web",
        "client_secret": "s3cret",
        "refresh_token": tokens["refresh_token"],
    }
    # §5: who authenticates needs no second proof; the access token is bound to the key of its own request.
    assert (await ask(world, refresh))["token_type"] == "Bearer"
    renewed = await ask(world, refresh, fresh(world, key=OTHER_KEY))
    assert world.access_tokens[renewed["access_token"]].authorization.proof_key == OTHER_KEY.thumbprint()


@pytest.mark.parametrize(
    ("key", "error"),
    [
        pytest.param(None, "invalid_grant", id="§10: without the key"),
        pytest.param(OTHER_KEY, "invalid_grant", id="§10: with another key"),
        pytest.param(KEY, None, id="§10: with the key"),
    ],
)
async def test_dpop_jkt_binds_the_code(world: World, key: ECKey | None, error: str | None) -> None:
    authorization = world.authorization(grant=world.granted(), proof_key=JKT)
    world.code(authorization=authorization, code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    proofs = () if key is None else (fresh(world, key=key),)
    if error is None:
        assert (await ask(world, CODE_FORM, *proofs))["token_type"] == "DPoP"
    else:
        assert (await refused(world, CODE_FORM, *proofs)).error == error
        assert not world.revoked


async def test_a_device_binds_its_tokens(world: World) -> None:
    world.all_clients["tv"] = tv()
    waiting = await start(world)
    await connect(world, waiting["user_code"])
    form = {"grant_type": GrantType.DEVICE_CODE, "client_id": "tv", "device_code": waiting["device_code"]}
    tokens = await ask(world, form, fresh(world))
    assert tokens["token_type"] == "DPoP"
    refresh = {"grant_type": "refresh_token", "client_id": "tv", "refresh_token": tokens["refresh_token"]}
    assert (await refused(world, refresh)).error == "invalid_grant"
    assert (await ask(world, refresh, fresh(world)))["token_type"] == "DPoP"


@pytest.mark.parametrize("resource", [{}, {"resource": API}])
async def test_an_exchange_binds_its_token(world: World, resource: dict[str, str]) -> None:
    world.all_clients["web"] = web(grant_types=frozenset({GrantType.TOKEN_EXCHANGE}))
    world.personal_access_tokens["pat_alice"] = ALICE
    form = {
        "grant_type": GrantType.TOKEN_EXCHANGE,
        "client_id": "web",
        "client_secret": "s3cret",
        "subject_token": "pat_alice",
        "subject_token_type": "urn:logto:token-type:personal_access_token",
        **resource,
    }
    answer = await ask(world, form, fresh(world))
    assert answer["token_type"] == "DPoP"
    if resource:
        assert claims_of(answer["access_token"])["cnf"] == {"jkt": JKT}
    else:
        assert world.access_tokens[answer["access_token"]].authorization.proof_key == JKT


# The authorization endpoint


async def authorization_code(world: World, **params: str) -> str | None:
    grant = world.granted()
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id=grant.id)})
    answered = members_of(await browsing.ask(world, cookie="cookie", **params))
    if "error" in answered:
        return answered["error"]
    return world.codes[answered["code"]].authorization.proof_key


async def test_dpop_jkt_is_kept_with_the_code(world: World) -> None:
    assert await authorization_code(world, dpop_jkt=JKT) == JKT
    assert await authorization_code(world) is None


@pytest.mark.parametrize("value", ["short", "x" * 44, "é" * 43, "=" * 43])
async def test_dpop_jkt_is_a_thumbprint(world: World, value: str) -> None:
    assert await authorization_code(world, dpop_jkt=value) == "invalid_request"


async def test_where_it_is_off_dpop_jkt_is_unread(world: World) -> None:
    world.options = ProviderOptions()
    assert await authorization_code(world, dpop_jkt="short") is None


@pytest.mark.parametrize(
    ("named", "proves", "error"),
    [
        pytest.param(None, True, None, id="§10.1: the proof names the key"),
        pytest.param(JKT, True, None, id="§10.1: both name it"),
        pytest.param(JKT, False, None, id="§10: the parameter alone"),
        pytest.param(OTHER_KEY.thumbprint(), True, "invalid_dpop_proof", id="§10.1: they name different keys"),
    ],
)
async def test_a_pushed_request_binds_its_code(
    world: World, named: str | None, *, proves: bool, error: str | None
) -> None:
    form = [*browsing.SOUND.items(), *([] if named is None else [("dpop_jkt", named)])]
    proofs = (fresh(world, url="https://id.example/oidc/request"),) if proves else ()
    request = PushRequest(form=form, proofs=proofs)
    if error is not None:
        with pytest.raises(OAuthError) as caught:
            await world.provider.push(request)
        assert caught.value.error == error
        return
    await world.provider.push(request)
    (pushed,) = world.pushed_requests.values()
    assert pushed.params["dpop_jkt"] == JKT
