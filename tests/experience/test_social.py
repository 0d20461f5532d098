"""Coming by a social provider: who comes in, who is linked, who registers, and who does not."""

import asyncio
from typing import Any

import pytest
from tests.experience.conftest import House

from sekisho.audit.models import LogFilter
from sekisho.connectors.models import ConnectorId, FactoryId, NewConnector
from sekisho.experience.dispatch import (
    Resume,
)
from sekisho.experience.errors import (
    ConnectorSessionNotFound,
    InvalidConnectorId,
    SocialIdentityUnknown,
    UserSuspended,
)
from sekisho.experience.state import InteractionEvent
from sekisho.kernel.pages import PageRequest
from sekisho.sign_in.errors import EmailNotAllowed
from sekisho.sign_in.models import EmailBlocklistPolicy, SignUp, SocialSignIn
from sekisho.users.errors import IdentityInUse
from sekisho.users.models import Identifier, IdentifierType, User
from sekisho.verification.errors import VerificationFailed, VerificationNotFound

CALLBACK = "http://localhost:3001/callback/social"
ACCOUNT = {"userId": "at-provider", "email": "ada@example.com", "name": "Ada"}
NOTHING = SignUp(identifiers=(), password=False, verify=False)


@pytest.fixture
async def social(house: House) -> str:
    return await connector(house)


async def connector(house: House, *, sync_profile: bool = False, config: dict[str, Any] | None = None) -> str:
    async with house.services() as services:
        made = await services.connectors.create(
            NewConnector(
                factory_id=FactoryId("mock-social-connector"),
                config=config or {"clientId": "id", "clientSecret": "secret"},
                sync_profile=sync_profile,
            )
        )
    return made.id


async def returned(house: House, connector_id: str, *, uid: str | None = None, **account: Any) -> tuple[str, str]:
    """Go to the provider and come back as somebody; returns the interaction and the proof."""
    if uid is None:
        uid = await house.begin_interaction()
        async with house.flow(uid) as flow:
            flow.begin(InteractionEvent.SIGN_IN)
            await flow.save()
    async with house.flow(uid) as flow:
        proof, _ = await flow.begin_social(connector_id, state="st", redirect_uri=CALLBACK)
        await flow.save()
    async with house.flow(uid) as flow:
        said = {**ACCOUNT, "code": "c", "redirectUri": CALLBACK, **account}
        callback = {name: value for name, value in said.items() if value is not None}
        assert await flow.verify_social(connector_id, verification_id=proof, callback=callback) == proof
        await flow.save()
    return uid, proof


async def identified(house: House, uid: str, proof: str, *, links: bool = False) -> None:
    async with house.flow(uid) as flow:
        await flow.identify(verification_id=proof, links_social_identity=links)
        await flow.save()


async def submitted(house: House, uid: str) -> User:
    async with house.flow(uid) as flow:
        assert isinstance(await flow.submit(), Resume)
        await flow.save()
    async with house.services() as services:
        return await services.users.get((await house.result(uid))["login"]["accountId"])


async def owner(house: House, *, identity: str = "at-provider", **more: Any) -> User:
    user = await house.user(**more)
    async with house.services() as services:
        return (await services.identities.put(user.id, "mock-social", identity_id=identity)).user


async def with_email(house: House, email: str = "ada@example.com") -> User:
    user = await house.user()
    async with house.services() as services:
        return await services.users.update(user.id, {"primary_email": email})


async def switched(house: House, uid: str) -> None:
    async with house.flow(uid) as flow:
        await flow.switch(InteractionEvent.REGISTER)
        await flow.save()


async def test_a_known_account_comes_in(house: House, social: str) -> None:
    user = await owner(house)
    uid, proof = await returned(house, social)
    await identified(house, uid, proof)
    signed_in = await submitted(house, uid)
    assert signed_in.id == user.id
    assert signed_in.name is None


async def test_a_known_account_brings_name_and_picture_where_the_connector_keeps_them_in_step(house: House) -> None:
    social = await connector(house, sync_profile=True)
    await owner(house)
    uid, proof = await returned(house, social, avatar="https://example.com/ada.png")
    await identified(house, uid, proof)
    user = await submitted(house, uid)
    assert (user.name, user.avatar) == ("Ada", "https://example.com/ada.png")
    assert user.primary_email is None


async def test_an_unknown_account_is_told_whom_it_could_belong_to(house: House, social: str) -> None:
    await with_email(house)
    uid, proof = await returned(house, social)
    with pytest.raises(SocialIdentityUnknown) as refusal:
        await identified(house, uid, proof)
    assert refusal.value.data == {"relatedUser": {"type": "email", "value": "ada@example.com"}}
    uid, proof = await returned(house, social, email="nobody@example.com")
    with pytest.raises(SocialIdentityUnknown) as refusal:
        await identified(house, uid, proof)
    assert refusal.value.data == {}
    with pytest.raises(SocialIdentityUnknown):
        await identified(house, uid, proof, links=True)


async def test_an_account_is_linked_to_the_user_with_its_address(house: House, social: str) -> None:
    user = await with_email(house)
    uid, proof = await returned(house, social)
    await identified(house, uid, proof, links=True)
    linked = await submitted(house, uid)
    assert linked.id == user.id
    assert linked.identities["mock-social"]["userId"] == "at-provider"
    assert linked.identities["mock-social"]["details"]["email"] == "ada@example.com"
    uid, proof = await returned(house, social)
    await identified(house, uid, proof)
    assert (await submitted(house, uid)).id == user.id


async def test_a_number_says_more_than_an_address(house: House, social: str) -> None:
    await with_email(house)
    grace = await house.user(username="grace")
    async with house.services() as services:
        await services.users.update(grace.id, {"primary_phone": "81312345678"})
    uid, proof = await returned(house, social, phone="81312345678")
    with pytest.raises(SocialIdentityUnknown) as refusal:
        await identified(house, uid, proof)
    assert refusal.value.related == Identifier(type=IdentifierType.PHONE, value="81312345678")


async def test_a_suspended_owner_stays_out(house: House, social: str) -> None:
    user = await owner(house)
    async with house.services() as services:
        await services.users.set_suspended(user.id, is_suspended=True)
    uid, proof = await returned(house, social)
    with pytest.raises(UserSuspended):
        await identified(house, uid, proof)


async def test_an_account_founds_a_user_with_what_nobody_else_has(house: House, social: str) -> None:
    await house.settings(sign_up=NOTHING)
    uid, proof = await returned(house, social, phone="81312345678")
    await switched(house, uid)
    await identified(house, uid, proof)
    user = await submitted(house, uid)
    assert (user.name, user.primary_email, user.primary_phone) == ("Ada", "ada@example.com", "81312345678")
    assert user.identities["mock-social"]["userId"] == "at-provider"


async def test_an_address_of_somebody_else_stays_his(house: House, social: str) -> None:
    await house.settings(sign_up=NOTHING)
    await with_email(house)
    uid, proof = await returned(house, social)
    await switched(house, uid)
    await identified(house, uid, proof)
    assert (await submitted(house, uid)).primary_email is None


async def test_a_tenant_may_ask_social_users_for_nothing(house: House, social: str) -> None:
    await house.settings(social_sign_in=SocialSignIn(skip_required_identifiers=True))
    uid, proof = await returned(house, social)
    await switched(house, uid)
    await identified(house, uid, proof)
    assert (await submitted(house, uid)).username is None


async def test_addresses_the_tenant_refuses_found_no_account(house: House, social: str) -> None:
    refused = EmailBlocklistPolicy(custom_blocklist=("@example.com",))
    await house.settings(sign_up=NOTHING, email_blocklist_policy=refused)
    uid, proof = await returned(house, social)
    await switched(house, uid)
    with pytest.raises(EmailNotAllowed):
        await identified(house, uid, proof)


async def test_one_account_founds_one_user_however_many_try_at_once(house: House, social: str) -> None:
    await house.settings(sign_up=NOTHING)
    ways = [await returned(house, social, email=None) for _ in range(3)]
    for uid, _ in ways:
        await switched(house, uid)
    outcomes = await asyncio.gather(*(identified(house, uid, proof) for uid, proof in ways), return_exceptions=True)
    assert [type(each) for each in outcomes if each is not None] == [IdentityInUse, IdentityInUse]
    async with house.services() as services:
        assert await services.identities.find_owner("mock-social", identity_id="at-provider") is not None


async def test_an_account_taken_meanwhile_is_not_linked(house: House, social: str) -> None:
    await with_email(house)
    uid, proof = await returned(house, social)
    await identified(house, uid, proof, links=True)
    await owner(house, username="grace")
    async with house.flow(uid) as flow:
        with pytest.raises(IdentityInUse):
            await flow.submit()


async def test_a_callback_is_believed_once(house: House, social: str) -> None:
    uid, proof = await returned(house, social)
    async with house.flow(uid) as flow:
        with pytest.raises(ConnectorSessionNotFound):
            await flow.verify_social(social, verification_id=proof, callback={**ACCOUNT, "code": "c"})


async def test_a_proof_belongs_to_its_connector(house: House, social: str) -> None:
    uid, proof = await returned(house, social)
    async with house.flow(uid) as flow:
        with pytest.raises(VerificationNotFound):
            await flow.verify_social("another", verification_id=proof, callback=ACCOUNT)
        with pytest.raises(VerificationNotFound):
            await flow.verify_social(social, verification_id=None, callback=ACCOUNT)


async def test_who_never_came_back_proves_nothing(house: House, social: str) -> None:
    uid = await house.begin_interaction()
    async with house.flow(uid) as flow:
        flow.begin(InteractionEvent.SIGN_IN)
        proof, _ = await flow.begin_social(social, state="st", redirect_uri=CALLBACK)
        with pytest.raises(VerificationFailed):
            await flow.identify(verification_id=proof)


async def test_a_connector_removed_meanwhile_lets_nobody_in(house: House, social: str) -> None:
    await owner(house)
    uid, proof = await returned(house, social)
    async with house.services() as services:
        await services.connectors.remove(ConnectorId(social))
    async with house.flow(uid) as flow:
        with pytest.raises(InvalidConnectorId):
            await flow.identify(verification_id=proof)


async def test_a_proven_account_is_added_to_who_is_identified_otherwise(house: House, social: str) -> None:
    user = await owner(house, identity="other")
    uid, _ = await returned(house, social, userId="other")
    await identified(house, uid, (await house.result(uid))["verificationRecords"][0]["id"])
    _, proof = await returned(house, social, uid=uid, userId="new", email=None)
    async with house.flow(uid) as flow:
        await flow.stage_social_identity(proof)
        await flow.save()
    assert (await submitted(house, uid)).identities["mock-social"]["userId"] == "new"
    async with house.services() as services:
        assert await services.identities.find_owner("mock-social", identity_id="other") is None
        assert (await services.users.get(user.id)).identities["mock-social"]["userId"] == "new"


async def test_tokens_of_the_provider_are_kept_for_the_user_and_never_shown(house: House) -> None:
    async with house.services() as services:
        made = await services.connectors.create(
            NewConnector(
                factory_id=FactoryId("mock-social-connector"),
                config={"clientId": "id", "clientSecret": "secret"},
                enable_token_storage=True,
            )
        )
    user = await owner(house)
    for round_ in range(2):
        tokens = {"access_token": f"access-{round_}", "refresh_token": "refresh", "scope": "email", "expires_in": 60}
        uid, proof = await returned(house, made.id, tokenResponse=tokens)
        async with house.flow(uid) as flow:
            assert "encryptedTokenSet" not in str(flow.state.public())
        await identified(house, uid, proof)
        assert "access-" not in str((await house.result(uid))["profile"])
        await submitted(house, uid)
        async with house.services() as services:
            secret = (await services.secrets.of_user(user.id))["mock-social"]
            assert (await services.secrets.open(secret)).tokens.access_token == f"access-{round_}"
            assert (secret.origin.connector_id, secret.origin.identity_id) == (made.id, "at-provider")


async def test_tokens_come_with_a_new_user(house: House) -> None:
    await house.settings(sign_up=NOTHING)
    async with house.services() as services:
        made = await services.connectors.create(
            NewConnector(
                factory_id=FactoryId("mock-social-connector"),
                config={"clientId": "id", "clientSecret": "secret"},
                enable_token_storage=True,
            )
        )
    uid, proof = await returned(house, made.id, tokenResponse={"access_token": "access"})
    await switched(house, uid)
    await identified(house, uid, proof)
    user = await submitted(house, uid)
    async with house.services() as services:
        assert set(await services.secrets.of_user(user.id)) == {"mock-social"}


async def test_the_log_tells_how_somebody_came(house: House) -> None:
    social = await connector(house, sync_profile=True)
    await owner(house)
    uid, proof = await returned(house, social)
    await identified(house, uid, proof)
    await submitted(house, uid)
    async with house.services() as services:
        page = await services.audit.page(PageRequest(number=1, size=20), filter_=LogFilter(), is_capped=False)
    keys = [entry.key.removeprefix("Interaction.SignIn.") for entry in page.rows]
    told = ["Create", "Verification.Social.Create", "Verification.Social.Submit", "Profile.Update"]
    assert sorted(keys) == sorted([*told, "Identifier.Submit", "Submit"])
