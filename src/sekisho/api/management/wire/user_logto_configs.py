"""What a user decided about second factors and passkeys, on the wire (management-api.md §6.3)."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body
from sekisho.users.models import User

_MFA, _PASSKEYS = "mfa", "passkey_sign_in"


class MfaConfigBody(Body):
    enabled: bool = ABSENT
    skipped: bool = ABSENT
    additional_binding_suggestion_skipped: bool = ABSENT
    skip_mfa_on_sign_in: bool = ABSENT


class PasskeyConfigBody(Body):
    skipped: bool = ABSENT


class LogtoConfigBody(Body):
    mfa: MfaConfigBody = ABSENT
    passkey_sign_in: PasskeyConfigBody = ABSENT

    def to_stored(self) -> dict[str, Mapping[str, Any]]:
        """Return what was sent, by the keys it is kept under."""
        names = {"mfa": _MFA, "passkey_sign_in": _PASSKEYS}
        return {names[name]: part.to_wire() for name, part in self.given().items()}


class MfaConfigOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    enabled: bool | UnsetType = UNSET
    skipped: bool
    skip_mfa_on_sign_in: bool


class PasskeyConfigOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    skipped: bool


class LogtoConfigOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    mfa: MfaConfigOut
    passkey_sign_in: PasskeyConfigOut


def logto_config_out(user: User) -> LogtoConfigOut:
    mfa, passkeys = user.logto_config.get(_MFA, {}), user.logto_config.get(_PASSKEYS, {})
    return LogtoConfigOut(
        mfa=MfaConfigOut(
            enabled=mfa.get("enabled", UNSET),
            skipped=mfa.get("skipped", False),
            skip_mfa_on_sign_in=mfa.get("skipMfaOnSignIn", False),
        ),
        passkey_sign_in=PasskeyConfigOut(skipped=passkeys.get("skipped", False)),
    )
