"""A user as others are told of him, in the wire's words: nothing of his password (management-api.md §6.1)."""

from typing import Any

from sekisho.kernel.clock import epoch_milliseconds
from sekisho.users.models import User


def public_members(user: User) -> dict[str, Any]:
    """Return the members of a user that webhooks carry."""
    return {
        "id": user.id,
        "username": user.username,
        "primaryEmail": user.primary_email,
        "primaryPhone": user.primary_phone,
        "name": user.name,
        "avatar": user.avatar,
        "customData": dict(user.custom_data),
        "identities": dict(user.identities),
        "lastSignInAt": None if user.last_sign_in_at is None else epoch_milliseconds(user.last_sign_in_at),
        "createdAt": epoch_milliseconds(user.created_at),
        "updatedAt": epoch_milliseconds(user.updated_at),
        "profile": dict(user.profile),
        "applicationId": user.application_id,
        "cimdClientId": user.cimd_client_id,
        "isSuspended": user.is_suspended,
    }
