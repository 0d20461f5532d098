from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

_NOTHING = {"mfa": {"skipped": False, "skipMfaOnSignIn": False}, "passkeySignIn": {"skipped": False}}


async def test_what_a_user_decided_is_written_key_by_key(management: Visitor) -> None:
    user_id = (await management.post("/api/users", json={})).json()["id"]
    path = f"/api/users/{user_id}/logto-configs"
    assert (await management.get(path)).json() == _NOTHING
    answer = await management.patch(path, json={"mfa": {"enabled": True}})
    assert (answer.status_code, answer.json()["mfa"]) == (200, {"enabled": True} | _NOTHING["mfa"])
    await management.patch(path, json={"mfa": {"skipped": True}, "passkeySignIn": {"skipped": True}})
    await management.patch(path, json={"mfa": {"skipMfaOnSignIn": True}, "unknown": 1})
    assert (await management.patch(path, json={})).json() == {
        "mfa": {"enabled": True, "skipped": True, "skipMfaOnSignIn": True},
        "passkeySignIn": {"skipped": True},
    }


@on_sqlite
async def test_decisions_are_yes_or_no_and_somebodys(management: Visitor) -> None:
    user_id = (await management.post("/api/users", json={})).json()["id"]
    refused: tuple[dict[str, object], ...] = ({"mfa": {"skipped": "yes"}}, {"mfa": None}, {"passkeySignIn": []})
    for body in refused:
        assert (await management.patch(f"/api/users/{user_id}/logto-configs", json=body)).status_code == 400
    assert (await management.get("/api/users/nobody/logto-configs")).status_code == 404
    assert (await management.patch("/api/users/nobody/logto-configs", json={})).status_code == 404
