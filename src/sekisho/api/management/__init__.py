"""The Management API: one module per noun. `router` holds every operation that is built; all others are 404."""

from fastapi import APIRouter

from sekisho.api.management import (
    application_secrets,
    applications,
    provider_options,
    status,
    user_consent_scopes,
    user_passwords,
    users,
)
    user_grants,

    user_sessions,
router = APIRouter()
for module in (
    applications,
    application_secrets,
    user_consent_scopes,
    users,
    user_passwords,
    provider_options,
    status,
):
    user_sessions,
    user_grants,
    router.include_router(module.router)
