"""Every check of the authorization pipeline by itself, and their order (oidc.md §8.2)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.world import ALICE, API, ISSUER, REDIRECT_URI, machine, native, signing_key, spa, web

from sekisho.oidc.authorize.answers import Refused
from sekisho.oidc.authorize.checks import (
    acr_values,
    client,
    duplicates,
    id_token_hint,
    max_age,
    openid_scope,
    pkce,
    prompt,
    proof_key,
    redirect_uri,
    redirect_uri_given,
    registration,
    request_object,
    request_uri,
    resource,
    response_mode,
    response_type,
    response_type_given,
    scope,
)
from sekisho.oidc.authorize.pipeline import CHECKS, run_checks
from sekisho.oidc.authorize.refusal import refusal
from sekisho.oidc.authorize.request import (
    DEVICE_KNOWN,
    KNOWN,
    AuthorizationRequest,
    Endpoint,
    Facts,
    restored_params,
)
from sekisho.oidc.errors import AccessDenied, InvalidRedirectUri, OAuthError
from sekisho.oidc.models import Client, ResourceServer
from sekisho.oidc.options import AcrLevel, DpopMode, ProviderOptions
from sekisho.oidc.params import read_params
from sekisho.oidc.response_modes import PostToClient, RedirectToClient
from sekisho.oidc.tokens import jwt

Check = Callable[[AuthorizationRequest], None]
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
API_SERVER = ResourceServer(indicator=API)


def asked(
    client: Client | None = None,
    /,
    *,
    pairs: Sequence[tuple[str, str]] = (),
    facts: Any = None,
    endpoint: Endpoint = Endpoint.AUTHORIZATION,
    **params: Any,
) -> AuthorizationRequest:
    """Return a request with these parameters only."""
    read = read_params([*params.items(), *pairs], known=KNOWN, splits_resources=True)
    known = Facts(issuer=ISSUER, **{"client": client or spa(), "keys": [signing_key()], **(facts or {})})
    return AuthorizationRequest(params=read, facts=known, endpoint=endpoint)


def openid_asked(**params: Any) -> AuthorizationRequest:
    """Return a request whose scopes are known to be `openid`."""
    request = asked(**params)
    request.scopes = ["openid"]
    return request


def _with(name: str) -> dict[str, Any]:
    return {name: "1"}


def refused_by(check: Check, request: AuthorizationRequest) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        check(request)
    return caught.value


def hint(*, typ: str | None = None, **more: Any) -> str:
    claims = {"sub": ALICE, "aud": "spa", "iss": ISSUER, "exp": 0, **more}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.sign(kept, key=signing_key(), typ=typ)


LEVELS: dict[str, Any] = {"options": ProviderOptions(acr_levels=(AcrLevel(value="gold"),))}
WITH_DPOP: dict[str, Any] = {"options": ProviderOptions(dpop=DpopMode.ENABLED)}
PASSING = [
    pytest.param(duplicates.check, asked(state="a"), id="RFC 6749 §3.1: each parameter once"),
    pytest.param(
        duplicates.check,
        asked(pairs=[("resource", "https://a"), ("resource", "https://b")]),
        id="RFC 8707 §2: resource",
    ),
    pytest.param(duplicates.check, asked(pairs=[("x", "1"), ("x", "2")]), id="unknown parameters are ignored"),
    pytest.param(request_object.check, asked(request=""), id="an empty parameter is absent"),
    pytest.param(client.check, asked(client_id="spa"), id="RFC 6749 §4.1.1: a client"),
    pytest.param(request_uri.check, asked(), id="RFC 9126 §4: no request_uri"),
    pytest.param(response_mode.check, asked(response_mode="form_post"), id="form_post"),
    pytest.param(response_mode.check, asked(response_mode="query", response_type="code"), id="a code in a query"),
    pytest.param(response_type_given.check, asked(response_type="code"), id="RFC 6749 §3.1.1: a response type"),
    pytest.param(registration.check, asked(), id="OpenID Connect Core §7.2.1: no registration"),
    pytest.param(response_type.check, asked(response_type="code"), id="RFC 6749 §3.1.1: code"),
    pytest.param(redirect_uri_given.check, asked(), id="RFC 6749 §3.1.2.3: the only registered one"),
    pytest.param(prompt.check, asked(prompt="login consent"), id="OpenID Connect Core §3.1.2.1: two prompts"),
    pytest.param(scope.check, asked(spa(allowed_scopes=frozenset({"openid"})), scope="openid x"), id="unknown scopes"),
    pytest.param(openid_scope.check, openid_asked(nonce="n"), id="OpenID Connect Core §3.1.2.1: openid and a nonce"),
    pytest.param(redirect_uri.check, asked(redirect_uri=REDIRECT_URI), id="RFC 9700 §4.1.3: registered"),
    pytest.param(
        redirect_uri.check,
        asked(native(redirect_uris=("http://127.0.0.1/cb",)), redirect_uri="http://127.0.0.1:9/cb"),
        id="RFC 8252 §7.3: a loopback port",
    ),
    pytest.param(pkce.check, asked(code_challenge=CHALLENGE, code_challenge_method="S256"), id="RFC 7636 §4.3"),
    pytest.param(pkce.check, asked(web()), id="a confidential client may go without"),
    pytest.param(resource.check, asked(resource=API, facts={"resources": {API: API_SERVER}}), id="RFC 8707 §2"),
    pytest.param(max_age.check, asked(max_age="60"), id="OpenID Connect Core §3.1.2.1: max_age"),
    pytest.param(id_token_hint.check, asked(id_token_hint=hint()), id="OpenID Connect Core §3.1.2.1: an expired hint"),
    pytest.param(acr_values.check, asked(acr_values="gold"), id="a tenant that names no levels does not read them"),
    pytest.param(
        acr_values.check, asked(acr_values="x gold", facts=LEVELS), id="OpenID Connect Core §3.1.2.1: a level"
    ),
    pytest.param(proof_key.check, asked(dpop_jkt="x"), id="a tenant without DPoP does not read the key"),
    pytest.param(proof_key.check, asked(dpop_jkt="x" * 43, facts=WITH_DPOP), id="RFC 9449 §10: a thumbprint"),
]


@pytest.mark.parametrize(("check", "request_"), PASSING)
def test_a_sound_request_passes(check: Check, request_: AuthorizationRequest) -> None:
    check(request_)


THIRD = spa(is_third_party=True, allowed_scopes=frozenset({"openid", "offline_access", "profile"}))
REFUSALS = [
    pytest.param(
        duplicates.check,
        asked(pairs=[("state", "1"), ("state", "2")]),
        "invalid_request",
        "'state' parameter must not be provided twice",
        id="RFC 6749 §3.1",
    ),
    pytest.param(
        duplicates.check,
        asked(pairs=[("state", "1"), ("state", "2"), ("nonce", "1"), ("nonce", "")]),
        "invalid_request",
        "'state' and 'nonce' parameters must not be provided twice",
        id="RFC 6749 §3.1, two of them",
    ),
    pytest.param(
        request_object.check, asked(request="ey"), "request_not_supported", None, id="OpenID Connect Core §6.1"
    ),
    pytest.param(
        client.check, asked(), "invalid_request", "missing required parameter 'client_id'", id="RFC 6749 §4.1.1"
    ),
    pytest.param(
        client.check,
        asked(client_id="nope", facts={"client": None}),
        "invalid_client",
        "invalid client nope",
        id="RFC 6749 §4.1.2.1: unknown client",
    ),
    pytest.param(
        client.check,
        asked(client_id="spa", facts={"client": None, "client_problem": InvalidRedirectUri("none")}),
        "invalid_redirect_uri",
        "none",
        id="§5.1: an unusable client",
    ),
    pytest.param(
        request_uri.check, asked(request_uri="https://x/y"), "request_uri_not_supported", None, id="RFC 9101 §10.4"
    ),
    pytest.param(
        request_uri.check,
        asked(request_uri="urn:ietf:params:oauth:request_uri:x"),
        "invalid_request_uri",
        "request_uri is invalid, expired, or was already used",
        id="RFC 9126 §4: names nothing that was pushed",
    ),
    pytest.param(
        request_uri.check,
        asked(request_uri="urn:ietf:params:oauth:request_uri:x", endpoint=Endpoint.PUSHED),
        "request_uri_not_supported",
        "request_uri parameter provided but not supported",
        id="RFC 9126 §2.1: pushed itself",
    ),
    pytest.param(
        response_mode.check,
        asked(response_mode="pigeon"),
        "unsupported_response_mode",
        "unsupported response_mode requested",
        id="OAuth 2.0 Multiple Response Types §2.1",
    ),
    pytest.param(
        response_mode.check,
        asked(response_mode="query", response_type="code id_token"),
        "invalid_request",
        "requested response_mode is not allowed for the requested response_type",
        id="OAuth 2.0 Multiple Response Types §5",
    ),
    pytest.param(
        response_type_given.check,
        asked(),
        "invalid_request",
        "missing required parameter 'response_type'",
        id="RFC 6749 §3.1.1: missing",
    ),
    pytest.param(
        registration.check,
        asked(registration="{}"),
        "registration_not_supported",
        None,
        id="OpenID Connect Core §7.2.1",
    ),
    pytest.param(
        response_type.check,
        asked(response_type="banana"),
        "unsupported_response_type",
        "unsupported response_type requested",
        id="RFC 6749 §3.1.1: unknown",
    ),
    pytest.param(
        response_type.check,
        asked(response_type="id_token code"),
        "invalid_request",
        "requested response_type is not allowed for this client",
        id="RFC 6749 §4.1.2.1: not for this client, in any order",
    ),
    pytest.param(
        response_type.check,
        asked(machine(), response_type="code"),
        "invalid_request",
        "requested response_type is not allowed for this client",
        id="§8.2: a machine has no response types",
    ),
    pytest.param(
        redirect_uri_given.check,
        asked(spa(redirect_uris=("https://a/", "https://b/"))),
        "invalid_request",
        "missing required parameter 'redirect_uri'",
        id="RFC 6749 §3.1.2.3",
    ),
    pytest.param(
        prompt.check,
        asked(prompt="select_account"),
        "invalid_request",
        "unsupported prompt value requested",
        id="OpenID Connect Core §3.1.2.1",
    ),
    pytest.param(
        prompt.check,
        asked(prompt="none login"),
        "invalid_request",
        "prompt none must only be used alone",
        id="OpenID Connect Core §3.1.2.1: none",
    ),
    pytest.param(
        scope.check,
        asked(THIRD, scope="openid phone"),
        "invalid_scope",
        "requested scope is not allowed",
        id="RFC 6749 §3.3: not given to a third party",
    ),
    *(
        pytest.param(
            openid_scope.check,
            asked(**_with(name)),
            "invalid_request",
            f"openid scope must be requested when using the {name} parameter",
            id=f"OpenID Connect Core §3.1.2.1: {name}",
        )
        for name in ("nonce", "max_age", "id_token_hint", "acr_values", "claims_locales")
    ),
    pytest.param(
        redirect_uri.check,
        asked(redirect_uri="https://evil.example/"),
        "invalid_redirect_uri",
        "redirect_uri did not match any of the client's registered redirect_uris",
        id="RFC 9700 §4.1.3",
    ),
    pytest.param(
        redirect_uri.check,
        asked(spa(redirect_uris=("https://*.app.example.com/cb",))),
        "invalid_redirect_uri",
        None,
        id="§7.2: the only one is a wildcard",
    ),
    pytest.param(
        pkce.check,
        asked(),
        "invalid_request",
        "Authorization Server policy requires PKCE to be used for this request",
        id="RFC 9700 §2.1.1",
    ),
    pytest.param(
        pkce.check,
        asked(code_challenge=CHALLENGE),
        "invalid_request",
        "code_challenge_method must be provided",
        id="RFC 7636 §4.3",
    ),
    pytest.param(
        pkce.check,
        asked(code_challenge=CHALLENGE, code_challenge_method="plain"),
        "invalid_request",
        "not supported value of code_challenge_method",
        id="RFC 7636 §4.4.1: plain is a downgrade",
    ),
    pytest.param(
        pkce.check,
        asked(web(), code_challenge_method="S256"),
        "invalid_request",
        "code_challenge must be provided with code_challenge_method",
        id="RFC 7636 §4.3: method alone",
    ),
    pytest.param(
        pkce.check,
        asked(code_challenge="x" * 42, code_challenge_method="S256"),
        "invalid_request",
        "code_challenge must be a string with a minimum length of 43 characters",
        id="RFC 7636 §4.2: short",
    ),
    pytest.param(
        pkce.check,
        asked(code_challenge="x" * 129, code_challenge_method="S256"),
        "invalid_request",
        "code_challenge must be a string with a maximum length of 128 characters",
        id="RFC 7636 §4.2: long",
    ),
    pytest.param(
        pkce.check,
        asked(code_challenge="é" * 43, code_challenge_method="S256"),
        "invalid_request",
        "code_challenge contains invalid characters",
        id="RFC 7636 §4.2: characters",
    ),
    pytest.param(
        resource.check,
        asked(resource="orders"),
        "invalid_target",
        "resource indicator must be an absolute URI",
        id="RFC 8707 §2: relative",
    ),
    pytest.param(
        resource.check,
        asked(resource=f"{API}#x"),
        "invalid_target",
        "resource indicator must not contain a fragment component",
        id="RFC 8707 §2: fragment",
    ),
    pytest.param(
        resource.check,
        asked(resource=f"{API},https://nope.example", facts={"resources": {API: API_SERVER}}),
        "invalid_target",
        "resource indicator is missing, or unknown",
        id="RFC 8707 §2: one of two is unknown",
    ),
    *(
        pytest.param(
            max_age.check,
            asked(max_age=value),
            "invalid_request",
            "invalid max_age parameter value",
            id=f"OpenID Connect Core §3.1.2.1: max_age={value}",
        )
        for value in ("-1", "1.5", "soon", "1e3", "٣")
    ),
    *(
        pytest.param(
            id_token_hint.check,
            asked(id_token_hint=token),
            "invalid_request",
            "could not validate id_token_hint",
            id=f"OpenID Connect Core §3.1.2.1: {why}",
        )
        for why, token in (
            ("not a token", "nonsense"),
            ("another issuer", hint(iss="https://other.example")),
            ("another client", hint(aud="web")),
            ("no subject", hint(sub=None)),
            ("an access token", hint(typ="at+jwt")),
            ("alg none", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9."),
            ("a forged signature", hint()[:-8] + "AAAAAAAA"),
        )
    ),
    pytest.param(
        acr_values.check,
        asked(acr_values="silver", facts=LEVELS),
        "unmet_authentication_requirements",
        "none of the requested acr_values can be met",
        id="OpenID Connect Core §3.1.2.1: no level we know",
    ),
    pytest.param(
        proof_key.check,
        asked(dpop_jkt="x" * 42, facts=WITH_DPOP),
        "invalid_request",
        "dpop_jkt must be a JWK SHA-256 thumbprint",
        id="RFC 9449 §10: no thumbprint",
    ),
]


@pytest.mark.parametrize(("check", "request_", "error", "description"), REFUSALS)
def test_an_unsound_request_is_refused(
    check: Check, request_: AuthorizationRequest, error: str, description: str | None
) -> None:
    refusal_ = refused_by(check, request_)

    assert refusal_.error == error
    if description is not None:
        assert refusal_.description == description


def test_every_check_passes_something_and_refuses_something_by_its_clause() -> None:
    """A check without a line in both tables, or whose refusals do not cite its clause, is not proven."""
    passing = {param.values[0] for param in PASSING}
    cited = {(param.values[0], str(param.id).partition(":")[0]) for param in REFUSALS}

    assert [check.clause for check in CHECKS if check.run not in passing] == []
    assert [check.clause for check in CHECKS if (check.run, check.clause) not in cited] == []


#: What a device cannot say, and what would be wrong with it in a browser.
BROWSERS_ONLY = [
    ("request", "ey"),
    ("request_uri", "https://x"),
    ("response_mode", "pigeon"),
    ("response_type", "banana"),
    ("registration", "{}"),
    ("redirect_uri", "https://evil.example/"),
    ("prompt", "select_account"),
    ("code_challenge_method", "plain"),
    ("dpop_jkt", "x"),
]


@pytest.mark.parametrize(("name", "value"), BROWSERS_ONLY)
def test_rules_of_a_browser_s_parameters_do_not_hold_for_a_device(name: str, value: str) -> None:
    """RFC 8628 §3.1: a device has no redirect URI, nor anything that depends on one."""
    params: dict[str, Any] = {"client_id": "spa", "scope": "openid", name: value}

    run_checks(asked(facts=WITH_DPOP, endpoint=Endpoint.DEVICE, **params))

    assert name not in DEVICE_KNOWN
    refused_by(run_checks, asked(facts=WITH_DPOP, **params))


def test_a_device_keeps_offline_access_without_a_prompt() -> None:
    request = asked(scope="openid offline_access", endpoint=Endpoint.DEVICE)
    scope.check(request)

    assert request.scopes == ["openid", "offline_access"]


def test_a_refused_scope_is_named() -> None:
    assert refused_by(scope.check, asked(THIRD, scope="openid profile phone")).scope == "phone"


@pytest.mark.parametrize(
    ("params", "client_", "scopes"),
    [
        ({"scope": "openid offline_access"}, spa(), ["openid"]),
        ({"scope": "openid offline_access", "prompt": "consent"}, spa(), ["openid", "offline_access"]),
        ({"scope": "offline_access openid", "prompt": "consent"}, spa(grant_types=frozenset()), ["openid"]),
        ({"scope": "openid read:orders"}, spa(), ["openid"]),
        ({"scope": "openid read:orders", "resource": API}, spa(), ["openid", "read:orders"]),
        ({"scope": "openid openid"}, spa(), ["openid"]),
    ],
)
def test_scopes_without_meaning_are_dropped(params: dict[str, Any], client_: Client, scopes: list[str]) -> None:
    request = asked(client_, **params)
    prompt.check(request)
    scope.check(request)

    assert request.scopes == scopes


def test_a_default_resource_counts_as_requested() -> None:
    request = asked(scope="openid read:orders", facts={"default_resource": API_SERVER})
    scope.check(request)
    resource.check(request)

    assert request.scopes == ["openid", "read:orders"]
    assert request.resources == [API_SERVER]


def test_max_age_zero_asks_for_a_sign_in() -> None:
    request = asked(max_age="0")
    max_age.check(request)

    assert request.prompts == {"login"}
    assert request.max_age is None


@pytest.mark.parametrize(("seconds", "expected"), [("90", timedelta(seconds=90)), ("9" * 16, timedelta(days=36_500))])
def test_max_age_is_a_duration(seconds: str, expected: timedelta) -> None:
    request = asked(max_age=seconds)
    max_age.check(request)

    assert request.max_age == expected


ORDER = [
    ("client_id", "invalid_client", {"client_id": "nope"}),
    ("request_uri", "request_uri_not_supported", {"request_uri": "https://x"}),
    ("response_mode", "unsupported_response_mode", {"response_mode": "pigeon"}),
    ("registration", "registration_not_supported", {"registration": "{}"}),
    ("response_type", "unsupported_response_type", {"response_type": "banana"}),
    ("prompt", "invalid_request", {"prompt": "select_account"}),
    ("scope", "invalid_scope", {"scope": "openid phone"}),
    ("redirect_uri", "invalid_redirect_uri", {"redirect_uri": "https://evil.example/"}),
    ("pkce", "invalid_request", {"code_challenge": ""}),
    ("resource", "invalid_target", {"resource": "x"}),
]


@pytest.mark.parametrize("first", range(len(ORDER)), ids=[name for name, *_ in ORDER])
def test_the_first_check_that_objects_decides(first: int) -> None:
    wrong: dict[str, Any] = {}
    for _, _, params in reversed(ORDER[first:]):
        wrong |= params
    sound: dict[str, Any] = {
        "client_id": "spa",
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    facts: dict[str, Any] = {"client": None} if "client_id" in wrong else {}
    request = asked(THIRD, facts=facts, **{**sound, **wrong})

    assert refused_by(run_checks, request).error == ORDER[first][1]


@pytest.mark.parametrize(
    ("params", "stays"),
    [
        pytest.param({}, False, id="verified or not, a registered URI gets the error"),
        pytest.param({"redirect_uri": "https://evil.example/"}, True, id="RFC 9700 §4.11.2: no open redirector"),
        pytest.param({"redirect_uri": ""}, False, id="the only registered URI stands in"),
    ],
)
def test_an_error_goes_to_a_registered_redirect_uri_only(params: dict[str, Any], *, stays: bool) -> None:
    request = asked(**{"client_id": "spa", "redirect_uri": REDIRECT_URI, "response_type": "banana", **params})
    answer = refusal(request, refused_by(run_checks, request))

    assert isinstance(answer, Refused) is stays
    if isinstance(answer, Refused):
        assert answer.error.error == "invalid_redirect_uri"


def test_a_repeated_redirect_uri_is_not_redirected_to() -> None:
    request = asked(client_id="spa", pairs=[("redirect_uri", REDIRECT_URI), ("redirect_uri", "https://evil.example/")])

    assert isinstance(refusal(request, refused_by(run_checks, request)), Refused)


@pytest.mark.parametrize(
    ("params", "location"),
    [
        ({}, f"{REDIRECT_URI}?error=access_denied&error_description=no&state=s&iss=https%3A%2F%2Fid.example%2Foidc"),
        (
            {"response_mode": "fragment"},
            f"{REDIRECT_URI}#error=access_denied&error_description=no&state=s&iss=https%3A%2F%2Fid.example%2Foidc",
        ),
        (
            {"response_type": "code id_token"},
            f"{REDIRECT_URI}#error=access_denied&error_description=no&state=s&iss=https%3A%2F%2Fid.example%2Foidc",
        ),
    ],
)
def test_an_error_travels_in_the_requested_mode(params: dict[str, Any], location: str) -> None:
    request = asked(**{"client_id": "spa", "response_type": "code", "state": "s", **params})

    assert refusal(request, AccessDenied("no")) == RedirectToClient(location=location)


def test_a_posted_error_is_marked_as_one() -> None:
    answer = refusal(asked(client_id="spa", response_mode="form_post"), AccessDenied("no"))

    assert isinstance(answer, PostToClient)
    assert answer.is_error


def test_what_an_interaction_keeps_comes_back_as_it_was() -> None:
    request = asked(client_id="spa", scope="openid", resource=API, state="s")

    assert restored_params(request.stored()) == request.params
