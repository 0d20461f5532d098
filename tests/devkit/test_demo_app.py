"""The demo application: on a development server only, and a client like any other."""

import pytest
from tests.hosted.conftest import PASSWORD, Person, form_of, read
from tests.support.visitor import ORIGIN, Visitor

from sekisho.kernel.ids import TenantId
from sekisho.oidc.options import DpopMode
from sekisho.services import Runtime
from sekisho.settings import Settings
from sekisho.tenants.urls import urls_of


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    is_development = not request.node.get_closest_marker("production")
    return settings.model_copy(update={"development": is_development})


@pytest.fixture
def person(visitor: Visitor) -> Person:
    return Person(visitor=visitor, client_id="demo-app")


async def sign_up(person: Person, *, tenant: str = "") -> str:
    page = await person.follow(await person.visitor.get(f"{tenant}/demo-app/sign-up"))
    fields = {"identifier": "ada", "newPassword": PASSWORD, "confirmPassword": PASSWORD}
    return (await person.follow(await person.fill(page, **fields))).text


async def test_somebody_signs_up_sees_the_claims_and_signs_out(person: Person) -> None:
    shown = await sign_up(person)
    assert "<code>username</code>" in shown
    assert "<code>&#34;ada&#34;</code>" in shown
    assert "<code>null</code>" not in shown
    page = await person.visitor.get("/demo-app")
    form = form_of(page)
    leaving = await person.visitor.post(form.action, data=form.fields, headers={"origin": ORIGIN})
    assert leaving.headers["location"].startswith(f"{ORIGIN}/oidc/session/end?client_id=demo-app")
    assert read(await person.visitor.get("/demo-app")).all("table") == []


async def test_our_own_client_needs_no_key_where_every_other_one_does(person: Person, runtime: Runtime) -> None:
    urls = urls_of(TenantId("default"), origin=ORIGIN, public=runtime.public_urls)
    async with runtime.database.unit_of_work() as uow:
        await runtime.services(urls=urls, uow=uow).provider_options.change({"dpop": DpopMode.REQUIRED})
    assert "<code>username</code>" in await sign_up(person)


async def test_each_tenant_has_its_own_demo_and_they_do_not_meet(person: Person) -> None:
    await sign_up(person)
    other = await person.visitor.get("/t/admin/demo-app")
    assert other.status_code == 200
    assert read(other).all("table") == []


async def test_an_answer_nobody_asked_for_is_refused(visitor: Visitor) -> None:
    page = await visitor.get("/demo-app?code=stolen&state=guessed")
    assert page.status_code == 400
    assert "began in another browser" in page.text


async def test_signing_out_takes_a_form_of_ours(person: Person) -> None:
    await sign_up(person)
    refused = await person.visitor.post("/demo-app/sign-out", data={"_csrf": "x"}, headers={"origin": ORIGIN})
    assert refused.status_code == 400
    assert read(await person.visitor.get("/demo-app")).all("table") != []


@pytest.mark.production
async def test_in_production_there_is_no_demo(visitor: Visitor) -> None:
    assert (await visitor.get("/demo-app")).status_code == 404
