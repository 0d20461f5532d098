"""What the experience knows of one interaction, and how it is written into the interaction's `result`.

Keys and shapes are experience.md §2.3. Other parts keep keys of their own in the same document; they are never touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self, TypeVar

from sekisho.kernel.ids import UserId
from sekisho.passwords.models import HashMethod, PasswordHash
from sekisho.users.models import Identifier
from sekisho.verification.errors import VerificationNotFound
from sekisho.verification.kinds import identifier_document, read_identifier
from sekisho.verification.models import VerificationRecord, from_document
from sekisho.verification.one_time_token import OneTimeTokenVerification
from sekisho.verification.social import SocialAccount, SocialVerification

RecordT = TypeVar("RecordT", bound=VerificationRecord)


class InteractionEvent(StrEnum):
    SIGN_IN = "SignIn"
    REGISTER = "Register"
    FORGOT_PASSWORD = "ForgotPassword"  # noqa: S105 — the name of an event


_TEXTS = {
    "avatar": "avatar",
    "name": "name",
    "username": "username",
    "primary_email": "primaryEmail",
    "primary_phone": "primaryPhone",
}
_CHOSEN = ("name", "avatar")
_OWN_KEYS = frozenset(
    {
        *("interactionEvent", "userId", "profile", "mfa", "verificationRecords", "captcha", "signInContext"),
        *("trustedDeviceCreation", "trustedDeviceFulfillment", "reachedAt"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialIdentity:
    """An account at a provider, to be linked to the user."""

    target: str
    account: SocialAccount

    def to_document(self) -> dict[str, Any]:
        return {"target": self.target, "userInfo": self.account.to_document()}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls(target=document["target"], account=SocialAccount.from_document(document["userInfo"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedProfile:
    """What will be written to the user at submit. `is_submitted`: the form of extra profile fields was sent.

    `token_set` is what the provider gave for him, sealed, with the identity it belongs to, as the vault takes it.
    """

    avatar: str | None = None
    name: str | None = None
    username: str | None = None
    primary_email: str | None = None
    primary_phone: str | None = None
    password: PasswordHash | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    custom_data: Mapping[str, Any] = field(default_factory=dict)
    social_identity: SocialIdentity | None = None
    token_set: Mapping[str, Any] | None = field(default=None, repr=False)
    jit_organization_ids: tuple[str, ...] = ()
    is_submitted: bool = False

    def public(self) -> dict[str, Any]:
        """Return what the person's own browser may see: nothing of the password, nothing of tokens."""
        document: dict[str, Any] = {
            key: value for name, key in _TEXTS.items() if (value := getattr(self, name)) is not None
        }
        if self.profile:
            document["profile"] = dict(self.profile)
        if self.custom_data:
            document["customData"] = dict(self.custom_data)
        if self.social_identity is not None:
            document["socialIdentity"] = self.social_identity.to_document()
        if self.jit_organization_ids:
            document["jitOrganizationIds"] = list(self.jit_organization_ids)
        return document

    def to_document(self) -> dict[str, Any]:
        document = self.public()
        if self.password is not None:
            document["passwordEncrypted"] = self.password.encoded
            document["passwordEncryptionMethod"] = self.password.method
        if self.token_set is not None:
            document["socialConnectorTokenSetSecret"] = dict(self.token_set)
        if self.is_submitted:
            document["submitted"] = True
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        password = None
        if encoded := document.get("passwordEncrypted"):
            password = PasswordHash(method=HashMethod(document["passwordEncryptionMethod"]), encoded=encoded)
        identity = document.get("socialIdentity")
        return cls(
            **{name: document.get(key) for name, key in _TEXTS.items()},
            password=password,
            profile=document.get("profile", {}),
            custom_data=document.get("customData", {}),
            social_identity=None if identity is None else SocialIdentity.from_document(identity),
            token_set=document.get("socialConnectorTokenSetSecret"),
            jit_organization_ids=tuple(document.get("jitOrganizationIds", ())),
            is_submitted=document.get("submitted", False),
        )

    def with_proven(self, proven: Self) -> Self:
        """Return this profile with what a proof brought; a name and a picture that were chosen here stay."""
        brought = {
            each.name: value
            for each in fields(proven)
            if (value := getattr(proven, each.name)) and not (each.name in _CHOSEN and getattr(self, each.name))
        }
        return replace(self, **brought)

    @property
    def changes_user(self) -> bool:
        """Whether anything would be written to the user."""
        return self != self.cleared()

    def cleared(self) -> Self:
        return type(self)(is_submitted=self.is_submitted)


NOTHING_STAGED = StagedProfile()


@dataclass(frozen=True, slots=True, kw_only=True)
class Captcha:
    is_verified: bool = False
    is_skipped: bool = False

    @property
    def is_passed(self) -> bool:
        return self.is_verified or self.is_skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperienceState:
    """How far the person has come. `mfa` and `sign_in_context` are kept as written.

    `reached_at`: the proven address or number by which the user was found, if it was by one. It is never shown.
    """

    event: InteractionEvent
    user_id: UserId | None = None
    reached_at: Identifier | None = None
    profile: StagedProfile = NOTHING_STAGED
    mfa: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[VerificationRecord, ...] = ()
    captcha: Captcha = Captcha()
    sign_in_context: Mapping[str, str] = field(default_factory=dict)

    def record(self, record_id: str) -> VerificationRecord:
        """Return a record by id; raises `VerificationNotFound`."""
        for record in self.records:
            if record.id == record_id:
                return record
        raise VerificationNotFound

    def record_of(self, record_id: str, kind: type[RecordT]) -> RecordT:
        """Return a record of a kind by id; raises `VerificationNotFound`."""
        record = self.record(record_id)
        if not isinstance(record, kind):
            raise VerificationNotFound
        return record

    def with_record(self, record: VerificationRecord) -> Self:
        """Add a record; of each kind only the newest is kept (experience.md §3)."""
        others = tuple(each for each in self.records if each.type is not record.type)
        return replace(self, records=(*others, record))

    @property
    def has_one_time_token(self) -> bool:
        """Whether a one-time token was used here: that opens doors which the settings keep shut (§28, 4)."""
        return any(isinstance(each, OneTimeTokenVerification) and each.is_verified for each in self.records)

    @property
    def social(self) -> SocialVerification | None:
        """The way to a provider, if there was one."""
        return next((each for each in self.records if isinstance(each, SocialVerification)), None)

    @property
    def has_social_account(self) -> bool:
        """Whether a provider said who this is, whatever else was proven."""
        return self.social is not None and self.social.is_verified

    def public(self) -> dict[str, Any]:
        """Return what `GET /experience/interaction` shows."""
        view: dict[str, Any] = {
            "interactionEvent": self.event,
            "profile": self.profile.public(),
            "verificationRecords": [record.sanitized() for record in self.records],
            "mfa": dict(self.mfa),
            "captcha": {"verified": self.captcha.is_verified, "skipped": self.captcha.is_skipped},
        }
        if self.user_id is not None:
            view["userId"] = self.user_id
        if self.sign_in_context:
            view["signInContext"] = dict(self.sign_in_context)
        return view

    def write(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Return an interaction's result with this state in it, and everybody else's keys as they were."""
        others = {key: value for key, value in result.items() if key not in _OWN_KEYS}
        document = self.public() | {
            "profile": self.profile.to_document(),
            "verificationRecords": [record.to_document() for record in self.records],
        }
        if self.reached_at is not None:
            document["reachedAt"] = identifier_document(self.reached_at)
        return others | document


def read_state(result: Mapping[str, Any]) -> ExperienceState | None:
    """Return the state in an interaction's result, or None when there is none that can be read."""
    try:
        captcha, reached_at = result.get("captcha", {}), result.get("reachedAt")
        profile = result.get("profile")
        return ExperienceState(
            event=InteractionEvent(result["interactionEvent"]),
            user_id=UserId(result["userId"]) if result.get("userId") else None,
            reached_at=None if reached_at is None else read_identifier(reached_at),
            profile=StagedProfile.from_document(profile) if profile else NOTHING_STAGED,
            mfa=result.get("mfa", {}),
            records=tuple(from_document(each) for each in result.get("verificationRecords", ())),
            captcha=Captcha(is_verified=captcha.get("verified", False), is_skipped=captcha.get("skipped", False)),
            sign_in_context=result.get("signInContext", {}),
        )
    except (KeyError, ValueError):
        return None
