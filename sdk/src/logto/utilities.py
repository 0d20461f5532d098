"""Small published functions; new code has no need of them."""

import base64
from typing import Any

OrganizationUrnPrefix = "urn:logto:organization:"


def urlsafeEncode(data: bytes) -> str:
    """Encode bytes as base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def removeFalsyKeys(data: dict[str, Any]) -> dict[str, Any]:
    """Return the members whose value is true in Python's sense."""
    return {key: value for key, value in data.items() if value}


def buildOrganizationUrn(organizationId: str) -> str:
    """Return the resource under which an organization's token is kept: `urn:logto:organization:<id>`."""
    return f"{OrganizationUrnPrefix}{organizationId}"
