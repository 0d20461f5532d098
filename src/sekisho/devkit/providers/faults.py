"""What can go wrong at a provider, and what it then has to say."""

from enum import StrEnum


class Fault(StrEnum):
    """Chosen on the consent page; it travels in the code and in the tokens."""

    NO_EMAIL = "no-email"
    FORGED_STATE = "forged-state"
    EXPIRED_CODE = "expired-code"
    WRONG_SECRET = "wrong-secret"  # noqa: S105 — the name of a fault
    REVOKED_TOKEN = "revoked-token"  # noqa: S105 — the name of a fault
    TOKEN_ERROR = "token-error"  # noqa: S105 — the name of a fault
    PROFILE_ERROR = "profile-error"
    SLOW = "slow"
    NOT_JSON = "not-json"
    NO_ID = "no-id"
    FORGED_ID_TOKEN = "forged-id-token"  # noqa: S105 — the name of a fault
    OTHER_NONCE = "other-nonce"


class Problem(StrEnum):
    """Why a provider refuses a request that a program made."""

    WRONG_CLIENT = "wrong-client"
    WRONG_GRANT_TYPE = "wrong-grant-type"
    WRONG_CODE = "wrong-code"
    WRONG_REDIRECT_URI = "wrong-redirect-uri"
    WRONG_VERIFIER = "wrong-verifier"
    WRONG_TOKEN = "wrong-token"  # noqa: S105 — the name of a problem
    MISSING_SCOPE = "missing-scope"
    BROKEN = "broken"
