"""`/api/logs`: what is in the audit log, and how it is looked for."""

from datetime import timedelta

import pytest
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.audit.models import LogEntry
from sekisho.audit.store import ENTRIES, row_of
from sekisho.kernel.clock import ManualClock, epoch_milliseconds
from sekisho.kernel.ids import TenantId
from sekisho.services import Runtime, Services

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


async def test_entries_are_shown_newest_first_with_what_the_browser_is(
    management: Visitor, services: Services, clock: ManualClock
) -> None:
    audit = services.audit
    audit.add(audit.entry("ExchangeTokenBy.ClientCredentials", applicationId="app", params={"secret": "x"}))
    clock.advance(timedelta(seconds=1))
    audit.add(audit.entry("RevokeToken", error={"code": "oidc.invalid_client"}, userAgent=FIREFOX))
    await services.uow.commit()

    listed = await management.get("/api/logs")

    newest, oldest = listed.json()
    assert listed.headers["total-number"] == "2"
    assert oldest["tenantId"] == "default"
    assert oldest["payload"] == {
        "key": "ExchangeTokenBy.ClientCredentials",
        "result": "Success",
        "applicationId": "app",
        "params": {"secret": "******"},
    }
    assert newest["payload"]["error"] == {"code": "oidc.invalid_client"}
    assert newest["payload"]["userAgentParsed"] == {
        "ua": FIREFOX,
        "browser": {"name": "Firefox", "version": "127.0", "major": "127"},
        "device": {},
        "engine": {"name": "Gecko", "version": "127.0"},
        "os": {"name": "Linux"},
        "cpu": {"architecture": "amd64"},
    }
    assert (await management.get(f"/api/logs/{newest['id']}")).json() == newest
    assert (await management.get("/api/logs/nothing")).json()["code"] == "entity.not_exists_with_id"


async def test_entries_are_found_by_what_they_are_about(
    management: Visitor, services: Services, clock: ManualClock
) -> None:
    audit, start = services.audit, clock.now()
    for key, user, application in (
        ("Interaction.SignIn.Submit", "u1", "a1"),
        ("Interaction.SignIn.Submit", "u2", "a1"),
        ("RevokeToken", "u1", "a2"),
        ("TriggerHook.PostSignIn", "u1", "a1"),
    ):
        audit.add(audit.entry(key, userId=user, applicationId=application))
        clock.advance(timedelta(minutes=1))
    await services.uow.commit()

    async def keys(query: str) -> list[str]:
        return [entry["key"] for entry in (await management.get(f"/api/logs?{query}")).json()]

    submit = "Interaction.SignIn.Submit"
    assert await keys("") == ["RevokeToken", submit, submit]
    assert await keys("userId=u1") == ["RevokeToken", submit]
    assert await keys("applicationId=a1&userId=u2") == [submit]
    assert await keys("logKey=RevokeToken") == ["RevokeToken"]
    first, second = epoch_milliseconds(start), epoch_milliseconds(start + timedelta(minutes=1))
    assert await keys(f"start_time={first}&end_time={second}") == [submit, submit]
    assert await keys(f"start_time={second}") == ["RevokeToken", submit]
    assert await keys(f"end_time={first - 1}") == []


@on_sqlite
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("start_time=soon", "guard.invalid_input"),
        ("end_time=1e999", "guard.invalid_input"),
        ("start_time=2&end_time=1", "log.invalid_time_window"),
        ("page=0", "guard.invalid_pagination"),
    ],
)
async def test_a_window_that_is_none_is_refused(management: Visitor, query: str, code: str) -> None:
    refused = await management.get(f"/api/logs?{query}")
    assert (refused.status_code, refused.json()["code"]) == (400, code)


async def test_counting_stops_where_it_may(management: Visitor, runtime: Runtime, clock: ManualClock) -> None:
    rows = [
        row_of(
            LogEntry(id=f"entry{number}", key="RevokeToken", payload={}, created_at=clock.now()),
            tenant_id=TenantId("default"),
        )
        for number in range(10_002)
    ]
    await runtime.groups.add([(ENTRIES, row) for row in rows])

    exact = await management.get("/api/logs?page=2")
    capped = await management.get("/api/logs?page=2&enableCap=true")

    assert (exact.headers["total-number"], "total-number-is-capped" in exact.headers) == ("10002", False)
    assert (capped.headers["total-number"], capped.headers["total-number-is-capped"]) == ("10001", "true")
    links = " ".join(capped.headers.get_list("link"))
    assert ('rel="first"' in links, 'rel="prev"' in links) == (True, True)
    assert ('rel="last"' in links, 'rel="next"' in links) == (False, False)
