"""What settings demand, and what comes next: tables of pure decisions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.experience.dispatch import (
    AskOperator,
    Continue,
    Mend,
    Restart,
    Resume,
    Screen,
    Show,
    Suspended,
    after_refusal,
    after_submit,
    opening,
)
from sekisho.experience.errors import (
    InteractionNotFound,
    InvalidCredentials,
    InvalidPasswordExpiration,
    MissingProfile,
    ProfileMissing,
    UserSuspended,
)
from sekisho.experience.policy import (
    is_password_expired,
    may_reset_password_with,
    may_sign_in_with,
    missing_profile,
    required_profile,
)
from sekisho.experience.state import (
    Captcha,
    ExperienceState,
    InteractionEvent,
    SocialIdentity,
    StagedProfile,
    read_state,
)
from sekisho.experience.steps.extra_profile import ExtraProfile, sort_fields
from sekisho.kernel.clock import epoch_milliseconds, from_epoch_milliseconds
from sekisho.kernel.ids import UserId
from sekisho.passwords.models import HashMethod, PasswordHash
from sekisho.sign_in.models import (
    ForgotPasswordMethod,
    PasswordExpiration,
    SecondaryIdentifier,
    SignIn,
    SignInMethod,
    SignInMode,
    SignUp,
    SignUpIdentifier,
)
from sekisho.users.models import Identifier, IdentifierType, User
from sekisho.verification.code import CodeVerification
from sekisho.verification.errors import VerificationNotFound
from sekisho.verification.models import VerificationRecord
from sekisho.verification.new_password import NewPasswordIdentity
from sekisho.verification.one_time_token import OneTimeTokenVerification
from sekisho.verification.password import PasswordVerification
from sekisho.verification.social import SocialAccount, SocialVerification

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
USER = User(
    id=UserId("user"),
    username=None,
    primary_email=None,
    primary_phone=None,
    name=None,
    avatar=None,
    profile={},
    custom_data={},
    identities={},
    is_suspended=False,
    password_encrypted=None,
    password_encryption_method=None,
    is_password_expired=False,
    application_id=None,
    cimd_client_id=None,
    last_sign_in_at=None,
    password_updated_at=None,
    created_at=NOW,
    updated_at=NOW,
    mfa_verifications=(),
    logto_config={},
)
USERNAME, EMAIL, PHONE = IdentifierType.USERNAME, IdentifierType.EMAIL, IdentifierType.PHONE
KEPT = PasswordHash(method=HashMethod.ARGON2ID, encoded="$argon2id$…")


def sign_up(*identifiers: IdentifierType, password: bool = False, secondary: tuple[str, ...] = ()) -> SignUp:
    more = tuple(SecondaryIdentifier(identifier=SignUpIdentifier(each), verify=True) for each in secondary)
    return SignUp(identifiers=identifiers, password=password, verify=True, secondary_identifiers=more)


@pytest.mark.parametrize(
    ("settings", "required"),
    [
        (sign_up(), []),
        (sign_up(USERNAME, password=True), ["username", "password"]),
        (sign_up(EMAIL), ["email"]),
        (sign_up(PHONE), ["phone"]),
        (sign_up(EMAIL, PHONE), ["emailOrPhone"]),
        (sign_up(USERNAME, EMAIL, PHONE), ["username"]),
        (sign_up(EMAIL, secondary=("username", "phone"), password=True), ["username", "email", "phone", "password"]),
        (sign_up(USERNAME, secondary=("emailOrPhone",)), ["username", "emailOrPhone"]),
    ],
)
def test_what_sign_up_requires(settings: SignUp, required: list[str]) -> None:
    assert [str(each) for each in required_profile(settings)] == required


@pytest.mark.parametrize(
    ("user", "staged", "missing"),
    [
        (None, StagedProfile(), ["username", "emailOrPhone", "password"]),
        (None, StagedProfile(username="ada", password=KEPT, primary_phone="81312345678"), []),
        (replace(USER, username="ada"), StagedProfile(primary_email="ada@example.com"), ["password"]),
        (replace(USER, username="ada", primary_email="a@b.c", password_encrypted="x"), StagedProfile(), []),
        (replace(USER, username="ada", primary_email="a@b.c", identities={"x": {}}), StagedProfile(), []),
        (
            None,
            StagedProfile(
                username="ada",
                primary_email="a@b.c",
                social_identity=SocialIdentity(target="x", account=SocialAccount(id="1")),
            ),
            [],
        ),
    ],
)
def test_what_is_missing(user: User | None, staged: StagedProfile, missing: list[str]) -> None:
    settings = sign_up(USERNAME, secondary=("emailOrPhone",), password=True)
    assert [str(each) for each in missing_profile(settings, user=user, staged=staged)] == missing


def proof(kind: str, *, template: str = "SignIn") -> VerificationRecord:
    """Return a proof of each kind, all of them about things of the same name."""
    to = Identifier(type=PHONE if kind == "phone code" else EMAIL, value="x")
    records: dict[str, VerificationRecord] = {
        "password": PasswordVerification(
            id="1",
            identifier=Identifier(type=USERNAME, value="x"),
            is_verified=True,
            user_id=UserId("user"),
            password_set_at=None,
        ),
        "email code": CodeVerification(id="1", identifier=to, template=template, is_verified=True),
        "phone code": CodeVerification(id="1", identifier=to, template=template, is_verified=True),
        "account": SocialVerification(id="1", connector_id="c", account=SocialAccount(id="1")),
        "token": OneTimeTokenVerification(id="1", identifier=to, is_verified=True),
        "new name": NewPasswordIdentity(id="1", identifier=to, password=KEPT),
    }
    return records[kind]


@pytest.mark.parametrize(
    ("methods", "kinds"),
    [
        ((), {"account", "token"}),
        (((USERNAME, True, False),), {"account", "token", "password"}),
        (((USERNAME, False, True), (EMAIL, True, False)), {"account", "token"}),
        (((EMAIL, True, True), (PHONE, False, True)), {"account", "token", "email code", "phone code"}),
    ],
)
def test_which_proofs_let_people_in(methods: tuple[tuple[IdentifierType, bool, bool], ...], kinds: set[str]) -> None:
    settings = SignIn(
        methods=tuple(
            SignInMethod(identifier=each, password=password, verification_code=code, is_password_primary=True)
            for each, password, code in methods
        )
    )
    every = ("password", "email code", "phone code", "account", "token", "new name")
    assert {kind for kind in every if may_sign_in_with(proof(kind), sign_in=settings)} == kinds


@pytest.mark.parametrize(
    ("methods", "kinds"),
    [
        (None, {"email code", "phone code", "token"}),
        ((), {"token"}),
        ((ForgotPasswordMethod.PHONE_VERIFICATION_CODE,), {"phone code", "token"}),
    ],
)
def test_which_proofs_reset_a_password(methods: tuple[ForgotPasswordMethod, ...] | None, kinds: set[str]) -> None:
    every = ("password", "email code", "phone code", "account", "token", "new name")
    forgotten = {kind: proof(kind, template="ForgotPassword") for kind in every}
    assert {kind for kind in every if may_reset_password_with(forgotten[kind], methods=methods)} == kinds
    assert not any(may_reset_password_with(proof(kind), methods=methods) for kind in ("email code", "phone code"))


@pytest.mark.parametrize(
    ("policy", "user", "is_expired"),
    [
        (PasswordExpiration(), replace(USER, is_password_expired=True), False),
        (PasswordExpiration(enabled=True, valid_period_days=1), USER, True),
        (PasswordExpiration(enabled=True, valid_period_days=2), USER, False),
        (PasswordExpiration(enabled=True, valid_period_days=2), replace(USER, is_password_expired=True), True),
        (
            PasswordExpiration(enabled=True, valid_period_days=1),
            replace(USER, password_updated_at=NOW + timedelta(seconds=1)),
            False,
        ),
        (
            PasswordExpiration(enabled=True, valid_period_days=1, enabled_at=epoch_milliseconds(NOW) + 1),
            USER,
            False,
        ),
    ],
)
def test_when_a_password_is_too_old(policy: PasswordExpiration, user: User, is_expired: bool) -> None:  # noqa: FBT001
    assert is_password_expired(user, policy=policy, now=NOW + timedelta(days=1)) is is_expired


@pytest.mark.parametrize(
    "policy", [PasswordExpiration(enabled=True), PasswordExpiration(enabled=True, valid_period_days=0)]
)
def test_an_expiration_without_days_is_a_mistake_of_the_settings(policy: PasswordExpiration) -> None:
    with pytest.raises(InvalidPasswordExpiration):
        is_password_expired(USER, policy=policy, now=NOW)


@pytest.mark.parametrize(
    ("screen", "mode", "shown"),
    [
        (Screen.SIGN_IN, SignInMode.SIGN_IN_AND_REGISTER, Screen.SIGN_IN),
        (Screen.REGISTER, SignInMode.SIGN_IN_AND_REGISTER, Screen.REGISTER),
        (Screen.SIGN_IN, SignInMode.REGISTER, Screen.REGISTER),
        (Screen.REGISTER, SignInMode.SIGN_IN, Screen.SIGN_IN),
    ],
)
def test_which_page_opens(screen: Screen, mode: SignInMode, shown: Screen) -> None:
    step = opening(screen, mode=mode, awaits_first_administrator=False, has_first_admin_token=False)
    assert step == Show(shown)


@pytest.mark.parametrize("mode", list(SignInMode))
def test_a_fresh_installation_opens_for_the_operators_link_only(mode: SignInMode) -> None:
    def opened(*, has_token: bool) -> object:
        return opening(Screen.SIGN_IN, mode=mode, awaits_first_administrator=True, has_first_admin_token=has_token)

    assert opened(has_token=True) == Show(Screen.REGISTER)
    assert opened(has_token=False) == AskOperator()


def test_what_follows() -> None:
    assert after_submit(InteractionEvent.SIGN_IN, return_to="there") == Resume("there")
    assert after_submit(InteractionEvent.REGISTER, return_to="there") == Resume("there")
    assert after_submit(InteractionEvent.FORGOT_PASSWORD, return_to="there") == Show(Screen.SIGN_IN)
    missing = ProfileMissing((MissingProfile.USERNAME, MissingProfile.PASSWORD))
    assert after_refusal(missing) == Continue(MissingProfile.USERNAME)
    assert after_refusal(UserSuspended()) == Suspended()
    assert after_refusal(InteractionNotFound()) == Restart()
    assert after_refusal(VerificationNotFound()) == Restart()
    wrong = InvalidCredentials()
    assert after_refusal(wrong) == Mend(wrong)


TEXT = st.none() | st.text(min_size=1, max_size=10)
DOCUMENT = st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(), max_size=3)
IDENTIFIERS = st.builds(Identifier, type=st.sampled_from(IdentifierType), value=st.text(max_size=10))
REACHED = st.builds(Identifier, type=st.sampled_from([EMAIL, PHONE]), value=st.text(max_size=10))
ID = st.text(max_size=21)
ACCOUNTS = st.builds(
    SocialAccount, id=ID, email=TEXT, phone=TEXT, name=TEXT, avatar=TEXT, raw_data=st.none() | DOCUMENT
)
RECORDS = st.one_of(
    st.builds(
        PasswordVerification,
        id=ID,
        identifier=IDENTIFIERS,
        is_verified=st.booleans(),
        user_id=st.text(max_size=12).map(UserId),
        password_set_at=st.none() | st.integers(min_value=0, max_value=2**42).map(from_epoch_milliseconds),
    ),
    st.builds(CodeVerification, id=ID, identifier=REACHED, template=ID, is_verified=st.booleans()),
    st.builds(
        SocialVerification,
        id=ID,
        connector_id=ID,
        account=st.none() | ACCOUNTS,
        token_set=st.none() | DOCUMENT,
    ),
    st.builds(OneTimeTokenVerification, id=ID, identifier=REACHED, is_verified=st.booleans(), context=DOCUMENT),
    st.builds(NewPasswordIdentity, id=ID, identifier=IDENTIFIERS, password=st.just(KEPT)),
)
STATES = st.builds(
    ExperienceState,
    event=st.sampled_from(InteractionEvent),
    user_id=st.none() | st.text(min_size=1, max_size=12).map(UserId),
    profile=st.builds(
        StagedProfile,
        avatar=TEXT,
        name=TEXT,
        username=TEXT,
        primary_email=TEXT,
        primary_phone=TEXT,
        password=st.none() | st.just(KEPT),
        profile=DOCUMENT,
        custom_data=DOCUMENT,
        social_identity=st.none() | st.builds(SocialIdentity, target=ID, account=ACCOUNTS),
        token_set=st.none() | DOCUMENT,
        jit_organization_ids=st.lists(ID, max_size=2).map(tuple),
        is_submitted=st.booleans(),
    ),
    mfa=DOCUMENT,
    records=st.lists(RECORDS, max_size=3).map(tuple),
    captcha=st.builds(Captcha, is_verified=st.booleans(), is_skipped=st.booleans()),
    sign_in_context=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
)


@given(state=STATES)
def test_a_state_is_read_as_it_was_written(state: ExperienceState) -> None:
    written = state.write({"login": {"accountId": "x"}, "userId": "left over", "mfa": {"left": "over"}})
    assert read_state(written) == state
    assert written["login"] == {"accountId": "x"}


@given(state=STATES)
def test_the_public_view_has_no_password(state: ExperienceState) -> None:
    assert KEPT.encoded not in str(state.public())


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"interactionEvent": "Nonsense"},
        {"interactionEvent": "SignIn", "verificationRecords": [{"type": "Nonsense"}]},
        {"interactionEvent": "SignIn", "verificationRecords": [{"type": "Password"}]},
    ],
)
def test_what_cannot_be_read_is_no_state(result: dict[str, Any]) -> None:
    assert read_state(result) is None


def test_extra_fields_find_their_places() -> None:
    values = {"name": "Ada", "avatar": "", "givenName": "Ada", "address": {"country": "JP"}, "shoe": "37"}
    assert sort_fields(values, name="Ada", avatar="") == ExtraProfile(
        name="Ada",
        avatar="",
        profile={"givenName": "Ada", "address": {"country": "JP"}},
        custom_data={"shoe": "37"},
    )
