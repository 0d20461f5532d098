"""A person's sessions on the wire (management-api.md §6.8)."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from sekisho.kernel.clock import epoch_milliseconds, epoch_seconds
from sekisho.oidc.models import ClientAuthorization
from sekisho.sessions.models import SessionExtension, SessionRecord
from sekisho.verification.models import from_document

Event = Literal["SignIn", "Register", "ForgotPassword"]


class SessionAuthorizationOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    sid: str | UnsetType = UNSET
    grant_id: str | UnsetType = UNSET
    persists_logout: bool | UnsetType = UNSET


class SessionPayloadOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    exp: int
    iat: int
    jti: str
    uid: str
    kind: str
    login_ts: int
    account_id: str
    authorizations: dict[str, SessionAuthorizationOut] | UnsetType = UNSET


class SubmissionOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    interaction_event: Event
    user_id: str
    verification_records: list[dict[str, Any]]
    sign_in_context: dict[str, str] | UnsetType = UNSET


class SessionOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    payload: SessionPayloadOut
    last_submission: SubmissionOut | None
    client_id: str | None
    account_id: str | None
    expires_at: int


class SessionsOut(msgspec.Struct, frozen=True, kw_only=True):
    sessions: list[SessionOut]


def session_out(record: SessionRecord) -> SessionOut:
    session, extension = record.session, record.extension
    if session.account_id is None or session.login_at is None:
        raise AssertionError("a session of a person has somebody signed in")
    return SessionOut(
        payload=SessionPayloadOut(
            exp=epoch_seconds(session.expires_at),
            iat=epoch_seconds(session.created_at),
            # Attack: the value of the cookie would let whoever reads this list act as the person.
            jti=record.fingerprint,
            uid=session.uid,
            kind="Session",
            login_ts=epoch_seconds(session.login_at),
            account_id=session.account_id,
            authorizations={name: _authorization(entry) for name, entry in session.authorizations.items()},
        ),
        last_submission=None if extension is None else _submission(extension),
        client_id=None if extension is None else extension.client_id,
        account_id=session.account_id,
        expires_at=epoch_milliseconds(session.expires_at),
    )


def _authorization(entry: ClientAuthorization) -> SessionAuthorizationOut:
    return SessionAuthorizationOut(
        sid=entry.sid,
        grant_id=UNSET if entry.grant_id is None else entry.grant_id,
        persists_logout=True if entry.persists_logout else UNSET,
    )


def _submission(extension: SessionExtension) -> SubmissionOut | None:
    """Return what was last submitted, in the shape the person's own browser saw it in."""
    submitted: Mapping[str, Any] = extension.last_submission
    if "interactionEvent" not in submitted:
        return None
    return SubmissionOut(
        interaction_event=submitted["interactionEvent"],
        user_id=submitted.get("userId", extension.account_id),
        verification_records=[from_document(each).sanitized() for each in submitted.get("verificationRecords", ())],
        sign_in_context=submitted.get("signInContext", UNSET),
    )
