"""Whatever an administrator changes in the middle of a flow, every step is answered, and nothing fails."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete
from tests.api.conftest import on_sqlite
from tests.oidc.party import LOGGED_OUT_URI, REDIRECT_URI, VERIFIER, Party, PartyMaker
from tests.oidc.test_token_exchange import ACCESS_TOKEN, EXCHANGE
from tests.support.factories import Factory, MadeApi
from tests.support.interactions import save_result
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata, OidcClientMetadata
from sekisho.claim_scripts.models import ClaimScript, ScriptKind
from sekisho.kernel.ids import ApplicationId
from sekisho.oidc.options import AcrLevel, DpopMode
from sekisho.resources.tables import ResourceTable
from sekisho.services import Services

Change = Callable[[Services, Party, MadeApi], Awaitable[Any]]
_SCOPE = "openid offline_access profile roles read"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


async def delete_application(services: Services, party: Party, _api: MadeApi) -> None:
    await services.applications.delete(ApplicationId(party.client_id))


async def take_addresses(services: Services, party: Party, _api: MadeApi) -> None:
    none = OidcClientMetadata(redirect_uris=(), post_logout_redirect_uris=())
    await services.applications.update(ApplicationId(party.client_id), {"oidc_client_metadata": none})


async def change_addresses(services: Services, party: Party, _api: MadeApi) -> None:
    other = OidcClientMetadata(redirect_uris=("https://b.example/",), post_logout_redirect_uris=())
    await services.applications.update(ApplicationId(party.client_id), {"oidc_client_metadata": other})


async def turn_settings_around(services: Services, party: Party, _api: MadeApi) -> None:
    before = (await services.applications.get(ApplicationId(party.client_id))).custom_client_metadata
    custom = CustomClientMetadata(
        is_device_flow=before.is_device_flow,
        rotate_refresh_token=False,
        refresh_token_ttl=1,
        max_allowed_grants=1,
        dpop_bound_access_tokens=True,
    )
    await services.applications.update(ApplicationId(party.client_id), {"custom_client_metadata": custom})


async def suspend(services: Services, party: Party, _api: MadeApi) -> None:
    await services.users.set_suspended(party.user.id, is_suspended=True)


async def delete_user(services: Services, party: Party, _api: MadeApi) -> None:
    await services.users.delete(party.user.id)


async def delete_api(services: Services, _party: Party, api: MadeApi) -> None:
    await services.uow.execute(delete(ResourceTable).where(ResourceTable.id == api.id))
    await services.cache.changed()


async def rotate_keys_twice(services: Services, _party: Party, _api: MadeApi) -> None:
    for _ in range(2):
        await services.key_rotation.rotate()
        await services.uow.commit()


async def rotate_cookie_keys_twice(services: Services, _party: Party, _api: MadeApi) -> None:
    for _ in range(2):
        await services.key_rotation.rotate_cookie_key()
        await services.uow.commit()


async def demand_proofs_and_levels(services: Services, _party: Party, _api: MadeApi) -> None:
    levels = (AcrLevel(value="high"),)
    await services.provider_options.change({"dpop": DpopMode.REQUIRED, "acr_levels": levels})


async def deny_by_script(services: Services, _party: Party, _api: MadeApi) -> None:
    script = ClaimScript(script="const getCustomJwtClaims = async ({ api }) => api.denyAccess('no')")
    await services.claim_scripts.put(ScriptKind.ACCESS_TOKEN, script)


async def end_everything(services: Services, party: Party, _api: MadeApi) -> None:
    for record in await services.access.sessions(party.user.id):
        await services.access.end_session(party.user.id, record.session.uid)


async def revoke_grants(services: Services, party: Party, _api: MadeApi) -> None:
    for grant in await services.grants.list(party.user.id):
        await services.access.revoke_grant(party.user.id, grant.id)


CHANGES: Mapping[str, Change] = {
    change.__name__: change
    for change in (
        *(delete_application, take_addresses, change_addresses, turn_settings_around, suspend, delete_user),
        *(delete_api, rotate_keys_twice, rotate_cookie_keys_twice, demand_proofs_and_levels, deny_by_script),
        *(end_everything, revoke_grants),
    )
}
#: The steps of each flow.
STEPS = 10


class Flow:
    """The steps of an application, its user and his device. Each takes what there is, and leaves more."""

    def __init__(self, *, visitor: Visitor, party: Party, api: MadeApi) -> None:
        self.visitor, self.party, self.api = visitor, party, api
        self.tokens: dict[str, Any] = {}
        self.page = ""

    async def post(self, path: str, **form: str) -> httpx2.Response:
        return self._seen(await self.visitor.post(path, data={"client_id": self.party.client_id, **form}))

    async def get(self, url: str, **query: str) -> httpx2.Response:
        return self._seen(await self.visitor.get(url, params=query or None))

    async def in_a_browser(self) -> AsyncIterator[None]:
        """Do one step after the other, with a pause before each."""
        yield
        pushed = await self.post("/oidc/request", **self.party.query(resource=self.api.indicator, scope=_SCOPE))
        yield
        uri = pushed.json().get("request_uri", "x")
        await self.get("/oidc/auth", client_id=self.party.client_id, request_uri=uri)
        yield
        await self._sign_in("/oidc/auth")
        for _ in range(4):
            yield
            await self._go_on()
        yield
        code = httpx2.URL(self.page).params.get("code", "x")
        form = {"code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
        await self._buy("authorization_code", **form)
        yield
        await self._use()
        yield
        await self._sign_out()

    async def on_a_device(self) -> AsyncIterator[None]:
        yield
        begun = await self.post("/oidc/device/auth", scope=_SCOPE, resource=self.api.indicator)
        waiting = begun.json() if begun.status_code == 200 else {}
        yield
        await self.get("/oidc/device")
        xsrf = self.visitor.jar.get("_logto_device_flow_xsrf") or ""
        yield
        said = {"user_code": waiting.get("user_code", "BBBB-BBBB"), "xsrf": xsrf, "confirm": "yes"}
        await self.post("/oidc/device", **said)
        yield
        await self._sign_in("/oidc/device")
        for _ in range(3):
            yield
            await self._go_on()
        yield
        await self._buy(DEVICE, device_code=waiting.get("device_code", "x"))
        yield
        await self._use()
        yield
        await self._sign_out()

    async def _sign_in(self, way_back: str) -> None:
        names = [each.value for each in self.visitor.jar.cookies() if each.name == "_interaction_resume"]
        uid = names[-1] if names else "x"
        self.page = f"{way_back}/{uid}"
        async with self.party.services() as services:
            login = {"login": {"accountId": self.party.user.id}, "interactionEvent": "SignIn"}
            await save_result(services.interactions, uid, login)

    async def _go_on(self) -> None:
        if not self.page.startswith(REDIRECT_URI):
            self.page = (await self.get(self.page)).headers.get("location", self.page)

    async def _buy(self, grant_type: str, **form: str) -> None:
        bought = await self.post("/oidc/token", grant_type=grant_type, **form)
        self.tokens = bought.json() if bought.status_code == 200 else {}

    async def _use(self) -> None:
        value, refresh = self.tokens.get("access_token", "x"), self.tokens.get("refresh_token", "x")
        self._seen(await self.visitor.get("/oidc/me", headers={"authorization": f"Bearer {value}"}))
        await self.post("/oidc/token/introspection", token=value)
        await self.post("/oidc/token", grant_type="refresh_token", refresh_token=refresh, resource=self.api.indicator)
        await self.post("/oidc/token", grant_type="refresh_token", refresh_token=refresh)
        await self.post("/oidc/token", grant_type=EXCHANGE, subject_token=value, subject_token_type=ACCESS_TOKEN)
        await self.post("/oidc/token/revocation", token=value)
        await self.get("/oidc/auth", **self.party.query(prompt="none", scope="openid"))

    async def _sign_out(self) -> None:
        hint = self.tokens.get("id_token", "x")
        page = await self.get("/oidc/session/end", id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT_URI)
        xsrf = page.text.partition('name="xsrf" value="')[2].partition('"')[0]
        await self.post("/oidc/session/end/confirm", xsrf=xsrf, logout="yes")

    def _seen(self, answer: httpx2.Response) -> httpx2.Response:
        assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text[:300]}"
        return answer


# Every change at every second step, and on one database: all of them are some hundred flows.
@on_sqlite
@pytest.mark.parametrize("is_device", [False, True], ids=["browser", "device"])
@pytest.mark.parametrize("change", [None, *CHANGES])
async def test_nothing_fails_whatever_changes_between_two_steps(
    make_party: PartyMaker, factory: Factory, new_visitor: Callable[[], Visitor], change: str | None, *, is_device: bool
) -> None:
    custom = CustomClientMetadata(
        allow_token_exchange=True, always_issue_refresh_token=True, is_device_flow=is_device or None
    )
    turn = 0 if change is None else list(CHANGES).index(change) + is_device
    for step in range(turn % 2, STEPS, 2):
        party = await make_party(ApplicationType.NATIVE if is_device else ApplicationType.SPA, custom=custom)
        api = await factory.api(scopes=["read"])
        async with new_visitor() as visitor:
            flow = Flow(visitor=visitor, party=party, api=api)
            at = 0
            async for _ in flow.on_a_device() if is_device else flow.in_a_browser():
                if at == step and change is not None:
                    async with party.services() as services:
                        await CHANGES[change](services, party, api)
                at += 1
        assert at == STEPS
        assert flow.tokens or change is not None, "undisturbed, the flow ends well"
