"""The state machine over both databases: what a person can reach, and what nobody may."""

import asyncio
from datetime import timedelta

import pytest
from tests.experience.conftest import PASSWORD, House
from tests.support.databases import START

from sekisho.experience.dispatch import Resume
from sekisho.experience.errors import (
    IdentifierNotFound,
    IdentityConflict,
    InteractionNotFound,
    InvalidCredentials,
    MethodNotEnabled,
    NotForForgotPassword,
    PasswordExists,
    ProfileMissing,
    UsernameExists,
    UserNotExist,
    UserSuspended,
)
from sekisho.experience.state import InteractionEvent
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.errors import DomainError, Forbidden
from sekisho.kernel.secret import Secret
from sekisho.passwords.errors import PasswordExpired, PasswordRejected, PasswordsBusy
from sekisho.security.errors import TooManyAttempts
from sekisho.sign_in.models import PasswordExpiration, SentinelPolicy, SignIn, SignInMode, SignUp
from sekisho.sign_in.username import UsernameRefused
from sekisho.users.errors import UsernameInUse
from sekisho.users.models import Identifier, IdentifierType, User
from sekisho.verification.errors import VerificationFailed, VerificationNotFound


def named(username: str) -> Identifier:
    return Identifier(type=IdentifierType.USERNAME, value=username)


async def prove(house: House, uid: str, username: str = "ada", password: str = PASSWORD) -> str:
    async with house.flow(uid) as flow:
        proof = await flow.verify_password(identifier=named(username), password=Secret(password))
        await flow.save()
    return proof


async def start(house: House, event: InteractionEvent = InteractionEvent.SIGN_IN) -> str:
    uid = await house.begin_interaction()
    async with house.flow(uid) as flow:
        flow.begin(event)
        await flow.save()
    return uid


async def test_a_person_signs_in(house: House) -> None:
    user = await house.user()
    uid = await start(house)
    proof = await prove(house, uid)
    async with house.flow(uid) as flow:
        assert not await flow.identify(verification_id=proof)
        await flow.save()
    async with house.flow(uid) as flow:
        assert await flow.submit() == Resume(f"http://localhost:3001/oidc/auth/{uid}")
        await flow.save()
    result = await house.result(uid)
    assert result["login"] == {"accountId": user.id, "at": epoch_milliseconds(START)}
    assert result["userId"] == user.id
    assert result["interactionEvent"] == "SignIn"
    assert [record["type"] for record in result["verificationRecords"]] == ["Password"]
    async with house.services() as services:
        assert (await services.users.get(user.id)).last_sign_in_at == house.clock.now()


async def test_a_person_registers(house: House) -> None:
    uid = await start(house, InteractionEvent.REGISTER)
    async with house.flow(uid) as flow:
        await flow.stage_username("grace")
        await flow.save()
    async with house.flow(uid) as flow:
        with pytest.raises(ProfileMissing) as refusal:
            await flow.identify(verification_id=None)
    assert refusal.value.data == {"missingProfile": ["password"]}
    async with house.flow(uid) as flow:
        await flow.stage_password(Secret(PASSWORD))
        await flow.save()
    async with house.flow(uid) as flow:
        assert await flow.identify(verification_id=None)
        await flow.save()
    async with house.flow(uid) as flow:
        assert flow.state.profile.username is None
        await flow.submit()
        await flow.save()
    async with house.services() as services:
        user = await services.users.find_by_identifier(named("grace"))
    assert user is not None
    assert user.password_encryption_method == "Argon2id"
    assert user.logto_config == {"mfa": {"enabled": False}}
    assert (await house.result(uid))["login"] == {"accountId": user.id, "at": epoch_milliseconds(START)}


@pytest.mark.parametrize(("username", "password"), [("ada", "nope"), ("nobody", "nope"), ("keyless", "nope")])
async def test_what_is_wrong_with_credentials_is_not_told_and_costs_the_same(
    house: House, username: str, password: str
) -> None:
    await house.user()
    await house.user(username="keyless", password=None)
    uid = await start(house)
    before = house.hasher.hashes
    with pytest.raises(InvalidCredentials):
        await prove(house, uid, username, password)
    assert house.hasher.hashes == before + 1


async def test_suspension_is_told_only_to_who_knows_the_password(house: House) -> None:
    user = await house.user()
    async with house.services() as services:
        await services.users.set_suspended(user.id, is_suspended=True)
    uid = await start(house)
    with pytest.raises(InvalidCredentials):
        await prove(house, uid, password="nope")
    with pytest.raises(UserSuspended):
        await prove(house, uid)


async def test_an_account_suspended_during_the_flow_does_not_come_in(house: House) -> None:
    user = await house.user()
    uid = await start(house)
    proof = await prove(house, uid)
    async with house.flow(uid) as flow:
        await flow.identify(verification_id=proof)
        await flow.save()
    async with house.services() as services:
        await services.users.set_suspended(user.id, is_suspended=True)
    async with house.flow(uid) as flow:
        with pytest.raises(UserSuspended):
            await flow.submit()


async def test_the_last_allowed_guess_blocks_right_passwords_too_until_the_lockout_ends(house: House) -> None:
    await house.user()
    await house.settings(sentinel_policy=SentinelPolicy(max_attempts=3, lockout_duration=90))
    uid = await start(house)
    for _ in range(2):
        with pytest.raises(InvalidCredentials):
            await prove(house, uid, password="nope")
    with pytest.raises(TooManyAttempts) as refusal:
        await prove(house, uid, password="nope")
    assert refusal.value.remaining == timedelta(minutes=90)
    house.clock.advance(timedelta(minutes=70))
    uid = await start(house)
    with pytest.raises(TooManyAttempts) as refusal:
        await prove(house, uid)
    assert refusal.value.remaining == timedelta(minutes=20)
    house.clock.advance(timedelta(minutes=20))
    await prove(house, uid)


async def test_successes_and_other_accounts_do_not_count(house: House) -> None:
    await house.user()
    await house.user(username="grace")
    await house.settings(sentinel_policy=SentinelPolicy(max_attempts=2))
    uid = await start(house)
    for _ in range(4):
        await prove(house, uid)
    with pytest.raises(InvalidCredentials):
        await prove(house, uid, password="nope")
    with pytest.raises(InvalidCredentials):
        await prove(house, uid, "grace", "nope")


async def test_spelling_an_account_differently_gives_no_more_guesses(house: House) -> None:
    await house.user()
    await house.settings(sentinel_policy=SentinelPolicy(max_attempts=2))
    uid = await start(house)
    with pytest.raises(InvalidCredentials):
        await prove(house, uid, "Ada", "nope")
    with pytest.raises(TooManyAttempts):
        await prove(house, uid, "aDA", "nope")


async def test_parallel_guesses_do_not_exceed_the_limit(house: House) -> None:
    await house.user()
    await house.settings(sentinel_policy=SentinelPolicy(max_attempts=5))
    uid = await start(house)
    before = house.hasher.hashes
    done = await asyncio.gather(*(prove(house, uid, password=f"guess {n}") for n in range(20)), return_exceptions=True)
    assert house.hasher.hashes - before <= 5
    assert sum(isinstance(each, InvalidCredentials) for each in done) <= 4
    assert all(isinstance(each, InvalidCredentials | TooManyAttempts) for each in done)
    with pytest.raises(TooManyAttempts):
        await prove(house, uid)


async def test_an_attempt_that_never_ended_counts_as_failed(house: House) -> None:
    await house.user()
    await house.settings(sentinel_policy=SentinelPolicy(max_attempts=1))
    uid = await start(house)
    async with house.flow(uid) as flow:
        await flow.verify_password(identifier=named("ada"), password=Secret(PASSWORD))
    with pytest.raises(TooManyAttempts):
        await prove(house, uid)


async def test_an_overloaded_server_locks_nobody_out(house: House) -> None:
    await house.user()
    await house.settings(sentinel_policy=SentinelPolicy(max_attempts=2))
    uid = await start(house)
    house.hasher.is_busy = True
    for _ in range(3):
        with pytest.raises(PasswordsBusy):
            await prove(house, uid)
    house.hasher.is_busy = False
    await prove(house, uid)


async def test_an_expired_password_is_told_and_is_no_guess(house: House) -> None:
    await house.user()
    await house.settings(
        password_expiration=PasswordExpiration(enabled=True, valid_period_days=30),
        sentinel_policy=SentinelPolicy(max_attempts=2),
    )
    uid = await start(house)
    house.clock.advance(timedelta(days=30))
    uid = await start(house)
    for _ in range(3):
        with pytest.raises(PasswordExpired):
            await prove(house, uid)


async def test_an_imported_hash_is_renewed_at_sign_in(house: House) -> None:
    import argon2  # noqa: PLC0415 — only this test speaks of foreign hashes

    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=argon2.Type.I).hash(PASSWORD)
    user = await house.user()
    async with house.services() as services:
        await services.users.update(user.id, {"password_encrypted": weak, "password_encryption_method": "Argon2i"})
    uid = await start(house)
    await prove(house, uid)
    async with house.services() as services:
        renewed = await services.users.get(user.id)
    assert renewed.password_encryption_method == "Argon2id"
    assert renewed.password_encrypted is not None
    assert renewed.password_encrypted.startswith("$argon2id$")
    await prove(house, uid)


async def test_nothing_works_before_the_flow_is_begun(house: House) -> None:
    uid = await house.begin_interaction()
    async with house.flow(uid) as flow:
        with pytest.raises(InteractionNotFound):
            await flow.submit()
        with pytest.raises(InteractionNotFound):
            await flow.stage_username("grace")


async def test_identification_needs_a_proof_of_this_flow(house: House) -> None:
    await house.user()
    uid, other = await start(house), await start(house)
    proof = await prove(house, other)
    async with house.flow(uid) as flow:
        with pytest.raises(VerificationNotFound):
            await flow.identify(verification_id=proof)
        with pytest.raises(IdentifierNotFound):
            await flow.submit()


async def test_a_newer_proof_replaces_the_older(house: House) -> None:
    await house.user()
    uid = await start(house)
    older, newer = await prove(house, uid), await prove(house, uid)
    async with house.flow(uid) as flow:
        with pytest.raises(VerificationNotFound):
            await flow.identify(verification_id=older)
        await flow.identify(verification_id=newer)


async def test_nobody_becomes_somebody_else_halfway(house: House) -> None:
    await house.user()
    await house.user(username="grace")
    uid = await start(house)
    async with house.flow(uid) as flow:
        await flow.identify(
            verification_id=await flow.verify_password(identifier=named("ada"), password=Secret(PASSWORD))
        )
        await flow.save()
    proof = await prove(house, uid, "grace")
    async with house.flow(uid) as flow:
        with pytest.raises(IdentityConflict):
            await flow.identify(verification_id=proof)


async def test_a_user_deleted_between_proof_and_identification_is_gone(house: House) -> None:
    user = await house.user()
    uid = await start(house)
    proof = await prove(house, uid)
    async with house.services() as services:
        await services.users.delete(user.id)
    async with house.flow(uid) as flow:
        with pytest.raises(UserNotExist):
            await flow.identify(verification_id=proof)


async def test_a_method_that_is_off_lets_nobody_in(house: House) -> None:
    await house.user()
    await house.settings(sign_in=SignIn(methods=()))
    uid = await start(house)
    proof = await prove(house, uid)
    async with house.flow(uid) as flow:
        with pytest.raises(MethodNotEnabled):
            await flow.identify(verification_id=proof)


@pytest.mark.parametrize(
    ("mode", "event"),
    [(SignInMode.SIGN_IN, InteractionEvent.REGISTER), (SignInMode.REGISTER, InteractionEvent.SIGN_IN)],
)
async def test_the_sign_in_mode_is_kept(house: House, mode: SignInMode, event: InteractionEvent) -> None:
    await house.user()
    await house.settings(sign_in_mode=mode)
    uid = await start(house, event)
    async with house.flow(uid) as flow:
        if event is InteractionEvent.SIGN_IN:
            proof = await flow.verify_password(identifier=named("ada"), password=Secret(PASSWORD))
            with pytest.raises(Forbidden):
                await flow.identify(verification_id=proof)
        else:
            await flow.stage_username("grace")
            await flow.stage_password(Secret(PASSWORD))
            with pytest.raises(Forbidden):
                await flow.identify(verification_id=None)


async def test_switching_the_event_keeps_proofs_and_drops_the_profile(house: House) -> None:
    await house.user()
    uid = await start(house, InteractionEvent.REGISTER)
    async with house.flow(uid) as flow:
        await flow.stage_username("grace")
        await flow.switch(InteractionEvent.SIGN_IN)
        assert flow.state.profile.username is None
        await flow.save()
    proof = await prove(house, uid)
    async with house.flow(uid) as flow:
        await flow.switch(InteractionEvent.REGISTER)
        assert flow.state.record(proof).id == proof
        with pytest.raises(VerificationFailed):
            await flow.identify(verification_id=proof)
        with pytest.raises(NotForForgotPassword):
            await flow.switch(InteractionEvent.FORGOT_PASSWORD)


async def test_usernames_are_checked_when_they_are_chosen(house: House) -> None:
    await house.user()
    uid = await start(house, InteractionEvent.REGISTER)
    async with house.flow(uid) as flow:
        with pytest.raises(UsernameInUse):
            await flow.stage_username("ada")
        with pytest.raises(UsernameRefused) as refusal:
            await flow.stage_username("1ada")
        assert refusal.value.code == "user.username_starts_with_number"


async def test_the_password_policy_sees_the_chosen_name(house: House) -> None:
    uid = await start(house, InteractionEvent.REGISTER)
    async with house.flow(uid) as flow:
        await flow.stage_username("countess_ada")
        with pytest.raises(PasswordRejected) as refusal:
            await flow.stage_password(Secret("countess_ada"))
    assert refusal.value.data == [{"code": "password_rejected.restricted.user_info"}]


async def test_a_missing_name_is_collected_at_sign_in(house: House) -> None:
    user = await house.user()
    uid = await start(house)
    async with house.flow(uid) as flow:
        await flow.identify(
            verification_id=await flow.verify_password(identifier=named("ada"), password=Secret(PASSWORD))
        )
        with pytest.raises(UsernameExists):
            await flow.stage_username("grace")
        with pytest.raises(PasswordExists):
            await flow.stage_password(Secret("An0ther-horse-9"))
        await flow.save()
    async with house.services() as services:
        await services.users.update(user.id, {"username": None})
    async with house.flow(uid) as flow:
        with pytest.raises(ProfileMissing):
            await flow.submit()
        await flow.stage_username("grace")
        await flow.submit()
        await flow.save()
    async with house.services() as services:
        assert (await services.users.get(user.id)).username == "grace"


async def test_a_tenant_that_asks_for_nothing_registers_on_nothing_but_the_name(house: House) -> None:
    await house.settings(sign_up=SignUp(identifiers=(), password=False, verify=False))
    uid = await start(house, InteractionEvent.REGISTER)
    async with house.flow(uid) as flow:
        await flow.stage_username("grace")
        assert await flow.identify(verification_id=None)


async def test_saving_leaves_what_others_keep_in_the_interaction(house: House) -> None:
    uid = await house.begin_interaction(result={"connectorSession": {"state": "s"}, "userId": "left-over"})
    async with house.flow(uid) as flow:
        flow.begin(InteractionEvent.SIGN_IN)
        await flow.save()
    result = await house.result(uid)
    assert result["connectorSession"] == {"state": "s"}
    assert "userId" not in result


async def test_two_registrations_of_one_flow_make_one_user(house: House) -> None:
    uid = await start(house, InteractionEvent.REGISTER)

    async def register(username: str) -> None:
        async with house.flow(uid) as flow:
            await flow.stage_username(username)
            await flow.stage_password(Secret(PASSWORD))
            await flow.identify(verification_id=None)
            await flow.save()

    done = await asyncio.gather(*(register(f"user_{n}") for n in range(6)), return_exceptions=True)
    assert sum(each is None for each in done) == 1
    assert all(each is None or isinstance(each, DomainError) for each in done)
    async with house.services() as services:
        made = [await services.users.find_by_identifier(named(f"user_{n}")) for n in range(6)]
    assert sum(user is not None for user in made) == 1


async def register_administrator(house: House, name: str, token: str | None) -> User | None:
    uid = await house.begin_interaction(tenant="admin")
    async with house.flow(uid, tenant="admin", token=token) as flow:
        flow.begin(InteractionEvent.REGISTER)
        await flow.stage_username(name)
        await flow.stage_password(Secret(PASSWORD))
        await flow.identify(verification_id=None)
        await flow.submit()
        await flow.save()
    async with house.services("admin") as services:
        return await services.users.find_by_identifier(named(name))


async def test_nobody_registers_as_administrator_without_the_token(house: House) -> None:
    for token in (None, "", "a-guess"):
        with pytest.raises(Forbidden):
            await register_administrator(house, "ada", token)


async def test_one_token_makes_one_administrator_however_many_try_at_once(house: House) -> None:
    async with house.services("admin") as services:
        token = (await services.administrators.issue_first_admin_token()).reveal()
    tries = (register_administrator(house, f"admin_{n}", token) for n in range(20))
    done = await asyncio.gather(*tries, return_exceptions=True)
    made = [each for each in done if isinstance(each, User)]
    assert len(made) == 1
    assert all(isinstance(each, User | Forbidden) for each in done)
    async with house.services("admin") as services:
        assert sorted(await services.roles.role_names_of_user(made[0].id)) == ["default:admin", "user"]
        assert (await services.sign_in.read()).sign_in_mode is SignInMode.SIGN_IN
        others = [await services.users.find_by_identifier(named(f"admin_{n}")) for n in range(20)]
    assert sum(user is not None for user in others) == 1
    with pytest.raises(Forbidden):
        await register_administrator(house, "late", token)


async def test_later_people_of_the_admin_tenant_are_no_administrators(house: House) -> None:
    async with house.services("admin") as services:
        token = (await services.administrators.issue_first_admin_token()).reveal()
    await register_administrator(house, "ada", token)
    await house.settings(tenant="admin", sign_in_mode=SignInMode.SIGN_IN_AND_REGISTER)
    grace = await register_administrator(house, "grace", None)
    assert grace is not None
    async with house.services("admin") as services:
        assert await services.roles.role_names_of_user(grace.id) == ["user"]
