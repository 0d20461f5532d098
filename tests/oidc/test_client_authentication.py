"""Who a token request comes from (oidc.md §6), and which applications can be clients at all (§5)."""

from base64 import b64encode
from datetime import timedelta

import pytest
from tests.oidc.world import START, World, machine, spa, web

from sekisho.kernel.secret import Secret
from sekisho.oidc.clients import (
    ApplicationType,
    authenticate,
    checked,
    is_origin_allowed,
    profile_of,
)
from sekisho.oidc.errors import ClientAuthenticationFailed, OAuthError, OriginNotAllowed
from sekisho.oidc.models import ClientSecret, GrantType
from sekisho.oidc.params import read_params

_KNOWN = {"client_id", "client_secret"}


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


async def authenticated(authorization: str | None = None, origin: str | None = None, **form: str) -> str:
    world = World()
    world.all_clients["odd"] = web(id="odd", secrets=(ClientSecret(name="s", value=Secret("a+b c:%")),))
    world.all_clients["old"] = web(
        id="old", secrets=(ClientSecret(name="s", value=Secret("old"), expires_at=START - timedelta(seconds=1)),)
    )
    world.all_clients["two"] = web(
        id="two",
        secrets=(
            ClientSecret(name="a", value=Secret("gone"), expires_at=START),
            ClientSecret(name="b", value=Secret("new"), expires_at=START + timedelta(seconds=1)),
        ),
    )
    params = read_params(form.items(), known=_KNOWN)
    return (await authenticate(world.ports, params, authorization=authorization, origin=origin)).id


@pytest.mark.parametrize(
    ("authorization", "form", "client_id"),
    [
        pytest.param(None, {"client_id": "spa"}, "spa", id="§6: a public client names itself"),
        pytest.param(basic("web:s3cret"), {}, "web", id="RFC 6749 §2.3.1: Basic"),
        pytest.param(None, {"client_id": "web", "client_secret": "s3cret"}, "web", id="RFC 6749 §2.3.1: in the body"),
        pytest.param(basic("web:s3cret"), {"client_id": "web"}, "web", id="Basic with the same id in the body"),
        pytest.param(basic("odd:a%2Bb+c%3A%25"), {}, "odd", id="RFC 6749 §2.3.1: form-encoded first"),
        pytest.param(
            basic("web:s3cret").replace("Basic", "basic"), {}, "web", id="RFC 7235 §2.1: schemes have no case"
        ),
        pytest.param(basic("two:new"), {}, "two", id="the newer of two secrets"),
    ],
)
async def test_a_client_is_recognised(authorization: str | None, form: dict[str, str], client_id: str) -> None:
    assert await authenticated(authorization, **form) == client_id


@pytest.mark.parametrize(
    ("authorization", "form", "status", "error", "description"),
    [
        (None, {}, 400, "invalid_request", "no client authentication mechanism provided"),
        ("Basic", {}, 400, "invalid_request", "invalid authorization header value format"),
        ("Bearer x", {}, 400, "invalid_request", "invalid authorization header value format"),
        ("Basic a b", {}, 400, "invalid_request", "invalid authorization header value format"),
        (basic("nocolon"), {}, 400, "invalid_request", "invalid authorization header value format"),
        ("Basic é", {}, 400, "invalid_request", "invalid authorization header value format"),
        ("Basic /w==", {}, 400, "invalid_request", "invalid authorization header value format"),
        (
            basic("web:%zz"),
            {},
            400,
            "invalid_request",
            "client_id and client_secret in the authorization header are not properly encoded",
        ),
        (
            basic("web%00:x"),
            {},
            400,
            "invalid_request",
            "client_id and client_secret in the authorization header are not properly encoded",
        ),
        (basic("web:"), {}, 400, "invalid_request", "client_secret must be provided in the Authorization header"),
        (basic("web:s3cret"), {"client_id": "spa"}, 400, "invalid_request", "client_id mismatch"),
        (
            basic("web:s3cret"),
            {"client_secret": "s3cret"},
            400,
            "invalid_request",
            "client authentication must only be provided using one mechanism",
        ),
        (basic("old:old"), {}, 400, "invalid_request", "client secret has expired"),
        (basic("two:gone"), {}, 400, "invalid_request", "client secret has expired"),
        (basic("nope:x"), {}, 400, "invalid_client", "invalid client nope"),
        (basic("web:wrong"), {}, 401, "invalid_client", "client authentication failed"),
        (None, {"client_id": "web"}, 401, "invalid_client", "client authentication failed"),
        (None, {"client_id": "spa", "client_secret": "x"}, 401, "invalid_client", "client authentication failed"),
    ],
)
async def test_a_client_is_refused(
    authorization: str | None, form: dict[str, str], status: int, error: str, description: str
) -> None:
    with pytest.raises(OAuthError) as caught:
        await authenticated(authorization, **form)

    assert (caught.value.answer_status, caught.value.error) == (status, error)
    assert caught.value.description == description


@pytest.mark.parametrize(("authorization", "used"), [(basic("web:wrong"), True), (None, False)])
async def test_only_a_client_that_used_the_header_is_challenged(authorization: str | None, *, used: bool) -> None:
    form = {} if used else {"client_id": "web", "client_secret": "wrong"}

    with pytest.raises(ClientAuthenticationFailed) as caught:
        await authenticated(authorization, **form)

    assert caught.value.used_header is used


async def test_a_page_of_another_origin_is_refused_before_the_secret_is_looked_at() -> None:
    with pytest.raises(OriginNotAllowed) as caught:
        await authenticated(basic("web:wrong"), origin="https://evil.example")

    assert caught.value.description == "origin https://evil.example not allowed for client: web"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        pytest.param("https://id.example", True, id="our own"),
        pytest.param("https://app.example.com", True, id="of a redirect URI"),
        pytest.param("https://listed.example", True, id="listed"),
        pytest.param("https://evil.example", False, id="of nobody"),
        pytest.param("null", False, id="a sandbox"),
    ],
)
def test_an_origin_is_allowed_by_the_client(origin: str, *, expected: bool) -> None:
    client = spa(cors_allowed_origins=("https://listed.example",))

    assert is_origin_allowed(client, origin, own_origin="https://id.example") is expected


@pytest.mark.parametrize(
    ("uris", "exits", "error", "description"),
    [
        ((), (), "invalid_redirect_uri", "redirect_uris must contain members"),
        (("https://a/#x",), (), "invalid_redirect_uri", "redirect_uris must not contain fragments"),
        (("javascript:x",), (), "invalid_redirect_uri", "redirect_uris must be valid"),
        (
            ("https://a/",),
            ("https://a/#x",),
            "invalid_client_metadata",
            "post_logout_redirect_uris must not contain fragments",
        ),
    ],
)
def test_an_application_with_bad_uris_cannot_be_used(
    uris: tuple[str, ...], exits: tuple[str, ...], error: str, description: str
) -> None:
    with pytest.raises(OAuthError) as caught:
        checked(spa(redirect_uris=uris, post_logout_redirect_uris=exits))

    assert (caught.value.error, caught.value.description) == (error, description)


def test_a_machine_needs_no_redirect_uri() -> None:
    assert checked(machine()).redirect_uris == ()


@pytest.mark.parametrize(
    ("type_", "kind", "method", "grants", "responses"),
    [
        ("Native", "native", "none", {"authorization_code", "refresh_token"}, {"code"}),
        ("SPA", "web", "none", {"authorization_code", "refresh_token"}, {"code"}),
        ("Traditional", "web", "client_secret_basic", {"authorization_code", "refresh_token"}, {"code"}),
        ("Protected", "web", "client_secret_basic", {"authorization_code", "refresh_token"}, {"code"}),
        ("SAML", "web", "client_secret_basic", {"authorization_code", "refresh_token"}, {"code"}),
        ("MachineToMachine", "web", "client_secret_basic", {"client_credentials"}, set()),
    ],
)
def test_a_type_of_application_decides_what_it_may_do(
    type_: str, kind: str, method: str, grants: set[str], responses: set[str]
) -> None:
    profile = profile_of(ApplicationType(type_), is_device_flow=False, may_exchange_tokens=False)

    assert (profile.kind, profile.auth_method) == (kind, method)
    assert set(map(str, profile.grant_types)) == grants
    assert set(profile.response_types) == responses


def test_a_device_has_its_own_grant_and_no_response_type() -> None:
    profile = profile_of(ApplicationType.NATIVE, is_device_flow=True, may_exchange_tokens=False)

    assert profile.grant_types == {GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN}
    assert not profile.response_types


def test_token_exchange_comes_on_top() -> None:
    profile = profile_of(ApplicationType.SPA, is_device_flow=False, may_exchange_tokens=True)

    assert GrantType.TOKEN_EXCHANGE in profile.grant_types
