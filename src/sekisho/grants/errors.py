"""What can go wrong with grants."""

from sekisho.oidc.errors import InvalidGrant


class GrantRevoked(InvalidGrant):
    """The grant was revoked while something was being issued under it."""

    def __init__(self) -> None:
        super().__init__("grant revoked meanwhile")
