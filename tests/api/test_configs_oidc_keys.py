"""`/api/configs/oidc/private-keys` and `…/cookie-keys` (management-api.md §14, oidc.md §3.2)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.api.conftest import Mint, on_sqlite
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock, epoch_milliseconds, epoch_seconds

KEYS = "/api/configs/oidc/private-keys"
COOKIES = "/api/configs/oidc/cookie-keys"


async def statuses(management: Visitor) -> list[str]:
    return [key["status"] for key in (await management.get(KEYS)).json()]


async def kids(visitor: Visitor) -> list[str]:
    return [key["kid"] for key in (await visitor.get("/oidc/jwks")).json()["keys"]]


async def algorithms(visitor: Visitor) -> list[str]:
    found: list[str] = (await visitor.get("/oidc/.well-known/openid-configuration")).json()[
        "id_token_signing_alg_values_supported"
    ]
    return found


async def test_a_fresh_tenant_has_one_key_of_each_kind_and_shows_neither(
    management: Visitor, clock: ManualClock
) -> None:
    (signing,) = (await management.get(KEYS)).json()
    (cookie,) = (await management.get(COOKIES)).json()

    made_at = epoch_seconds(clock.now())
    assert signing == {
        "id": signing["id"],
        "createdAt": made_at,
        "signingKeyAlgorithm": "EC",
        "status": "Current",
    }
    assert cookie == {"id": cookie["id"], "createdAt": made_at}


async def test_a_rotation_answers_with_all_keys_newest_first(management: Visitor, clock: ManualClock) -> None:
    (old,) = (await management.get(KEYS)).json()
    clock.advance(timedelta(seconds=5))
    rotated = await management.post(f"{KEYS}/rotate", json={})

    assert rotated.status_code == 200
    (new, previous) = rotated.json()
    assert previous == {**old, "status": "Previous"}
    assert new["createdAt"] == old["createdAt"] + 5
    assert (new["status"], new["signingKeyAlgorithm"]) == ("Current", "EC")
    assert (await management.get(KEYS)).json() == rotated.json()


async def test_a_body_may_be_missing(management: Visitor) -> None:
    assert (await management.post(f"{KEYS}/rotate")).status_code == 200
    assert await statuses(management) == ["Current", "Previous"]


async def test_a_key_with_grace_is_in_the_key_set_before_it_signs(
    management: Visitor, visitor: Visitor, clock: ManualClock
) -> None:
    (first,) = await kids(visitor)
    answer = await management.post(f"{KEYS}/rotate", json={"rotationGracePeriod": 60, "signingKeyAlgorithm": "RSA"})
    (waiting, current) = answer.json()

    assert waiting["effectiveAt"] == epoch_milliseconds(clock.now()) + 60_000
    assert (waiting["status"], waiting["signingKeyAlgorithm"]) == ("Next", "RSA")
    assert "effectiveAt" not in current
    (_, following) = await kids(visitor)
    assert await kids(visitor) == [first, following]
    assert await algorithms(visitor) == ["ES384", "PS256", "RS256"]
    clock.advance(timedelta(minutes=1))
    assert await kids(visitor) == [following, first]
    assert await statuses(management) == ["Current", "Previous"]
    assert "effectiveAt" not in (await management.get(KEYS)).json()[0]


async def test_the_key_set_shows_each_kind_of_key_in_its_shape(management: Visitor, visitor: Visitor) -> None:
    await management.post(f"{KEYS}/rotate", json={"signingKeyAlgorithm": "RSA"})
    (rsa, elliptic) = (await visitor.get("/oidc/jwks")).json()["keys"]

    assert set(rsa) == {"kty", "use", "kid", "e", "n"}
    assert set(elliptic) == {"kty", "use", "kid", "alg", "crv", "x", "y"}
    assert (rsa["kty"], elliptic["kty"], elliptic["alg"]) == ("RSA", "EC", "ES384")


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize(
    ("wanted", "members"),
    [
        ("ES256", {"kty": "EC", "crv": "P-256", "alg": "ES256"}),
        ("EdDSA", {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA"}),
        ("RS256", {"kty": "RSA"}),
    ],
)
@on_sqlite
async def test_a_tenant_chooses_its_algorithm_and_gets_it_at_the_next_rotation(
    management: Visitor, visitor: Visitor, mint: Mint, wanted: str, members: dict[str, str]
) -> None:
    before = await kids(visitor)
    changed = await management.patch("/api/configs/oidc/provider", json={"signingAlgorithm": wanted})
    assert (changed.status_code, changed.json()["signingAlgorithm"]) == (200, wanted)
    assert await kids(visitor) == before
    await management.post(f"{KEYS}/rotate", json={})

    current = (await visitor.get("/oidc/jwks")).json()["keys"][0]
    assert members.items() <= current.items()
    assert (await algorithms(visitor))[-1] == "ES384"
    assert wanted in await algorithms(visitor)
    token = await mint()
    visitor.headers["authorization"] = f"Bearer {token}"
    assert (await visitor.get(KEYS)).status_code == 200


async def test_a_token_of_the_previous_key_counts_until_that_key_is_deleted(management: Visitor) -> None:
    """The caller's own token was signed by it."""
    (old,) = (await management.get(KEYS)).json()
    await management.post(f"{KEYS}/rotate", json={})
    assert (await management.get(KEYS)).status_code == 200
    deleted = await management.delete(f"{KEYS}/{old['id']}")
    assert (deleted.status_code, deleted.text) == (204, "")
    assert (await management.get(KEYS)).status_code == 401


NO_ROTATIONS: Sequence[tuple[str, Any, int, str]] = (
    (f"{KEYS}/rotate", {"signingKeyAlgorithm": "DSA"}, 400, "guard.invalid_input"),
    (f"{KEYS}/rotate", {"signingKeyAlgorithm": None}, 400, "guard.invalid_input"),
    (f"{KEYS}/rotate", {"rotationGracePeriod": -1}, 400, "guard.invalid_input"),
    (f"{KEYS}/rotate", {"rotationGracePeriod": 1.5}, 400, "guard.invalid_input"),
    (f"{KEYS}/rotate", {"rotationGracePeriod": 1e300}, 400, "guard.invalid_input"),
    (f"{KEYS}/rotate", {"rotationGracePeriod": "60"}, 400, "guard.invalid_input"),
    (f"{KEYS}/rotate", {"rotationGracePeriod": None}, 400, "guard.invalid_input"),
    (f"{COOKIES}/rotate", {"rotationGracePeriod": 0}, 422, "oidc.invalid_request"),
    ("/api/configs/oidc/public-keys/rotate", {}, 400, "guard.invalid_input"),
)


@on_sqlite
async def test_what_is_no_rotation_is_refused(management: Visitor) -> None:
    for path, body, status, code in NO_ROTATIONS:
        answer = await management.post(path, json=body)

        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, body)
        assert await statuses(management) == ["Current"], (path, body)
        assert len((await management.get(COOKIES)).json()) == 1, (path, body)


async def test_a_key_that_waits_is_not_overtaken(management: Visitor) -> None:
    await management.post(f"{KEYS}/rotate", json={"rotationGracePeriod": 60})
    answer = await management.post(f"{KEYS}/rotate", json={"rotationGracePeriod": 0})

    assert (answer.status_code, answer.json()["code"]) == (422, "oidc.invalid_request")
    assert await statuses(management) == ["Next", "Current"]
    again = await management.post(f"{KEYS}/rotate", json={"rotationGracePeriod": 90})
    assert [key["status"] for key in again.json()] == ["Next", "Current"]


@pytest.mark.parametrize(("kind", "missing"), [(KEYS, "nope"), (COOKIES, "nope")])
async def test_deletion_is_refused_in_order(management: Visitor, kind: str, missing: str) -> None:
    (only,) = (await management.get(kind)).json()
    for key_id in (only["id"], missing):
        refused = await management.delete(f"{kind}/{key_id}")
        assert (refused.status_code, refused.json()["code"]) == (422, "oidc.key_required")
    await management.post(f"{kind}/rotate", json={})
    unknown = await management.delete(f"{kind}/{missing}")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "oidc.key_not_found")


@on_sqlite
async def test_neither_the_current_nor_the_next_signing_key_is_deleted(management: Visitor) -> None:
    keys = (await management.post(f"{KEYS}/rotate", json={"rotationGracePeriod": 60})).json()
    for key in keys:
        refused = await management.delete(f"{KEYS}/{key['id']}")
        assert (refused.status_code, refused.json()["code"]) == (422, "oidc.only_previous_key_can_be_deleted")


async def test_cookie_keys_are_two_at_most(management: Visitor) -> None:
    (first,) = (await management.get(COOKIES)).json()
    (second, _) = (await management.post(f"{COOKIES}/rotate", json={"signingKeyAlgorithm": "EC"})).json()
    (third, kept) = (await management.post(f"{COOKIES}/rotate", json={})).json()

    assert kept == second
    assert len({first["id"], second["id"], third["id"]}) == 3
    assert (await management.delete(f"{COOKIES}/{third['id']}")).status_code == 204
    assert (await management.get(COOKIES)).json() == [second]


@on_sqlite
async def test_a_cookie_of_the_older_key_counts_until_that_is_gone(
    management: Visitor, new_visitor: Callable[[], Visitor]
) -> None:
    """A browser that is signed out by every rotation would be rotated never."""
    async with new_visitor() as browser:
        query = "client_id=demo-app&redirect_uri=http://localhost:3001/demo-app&response_type=code&scope=openid"
        pkce = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        assert (await browser.get(f"/oidc/auth?{query}{pkce}")).status_code == 303
        assert (await browser.get("/sign-in?app_id=demo-app")).status_code == 200
        await management.post(f"{COOKIES}/rotate", json={})
        assert (await browser.get("/sign-in?app_id=demo-app")).status_code == 200
        await management.post(f"{COOKIES}/rotate", json={})
        assert (await browser.get("/sign-in?app_id=demo-app")).status_code == 302


async def test_who_may_not_manage_learns_nothing(visitor: Visitor) -> None:
    for path in (KEYS, COOKIES):
        assert (await visitor.get(path)).status_code == 401
        assert (await visitor.post(f"{path}/rotate", json={})).status_code == 401
        assert (await visitor.delete(f"{path}/x")).status_code == 401


@on_sqlite
async def test_one_tenants_keys_are_not_anothers(management: Visitor, admin_management: Visitor) -> None:
    (theirs,) = (await admin_management.get("/t/admin" + KEYS)).json()
    await management.post(f"{KEYS}/rotate", json={})
    refused = await management.delete(f"{KEYS}/{theirs['id']}")

    assert refused.status_code == 404
    assert (await admin_management.get("/t/admin" + KEYS)).json() == [theirs]
