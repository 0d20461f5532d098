"""The Management API: one module per noun. `router` holds every operation that is built; all others are 404."""

from fastapi import APIRouter

from sekisho.api.management import (
    application_secrets,
    applications,
    configs_id_token,
    configs_oidc_keys,
    configs_oidc_session,
    jwt_customizers,
    personal_access_tokens,
    provider_options,
    resources,
    scopes,
    sign_in_experience,
    status,
    subject_tokens,
    user_consent_scopes,
    user_grants,
    user_passwords,
    user_sessions,
    users,
)

router = APIRouter()
for module in (
    applications,
    application_secrets,
    user_identities,
    user_logto_configs,
    user_mfa_verifications,
    user_consent_scopes,
    users,
    user_passwords,
    user_sessions,
    user_grants,
    personal_access_tokens,
    subject_tokens,
    provider_options,
    configs_oidc_session,
    configs_oidc_keys,
    configs_id_token,
    jwt_customizers,
    sign_in_experience,
    resources,
    user_logto_configs,
    user_mfa_verifications,
    user_identities,
    scopes,
    status,
):
    router.include_router(module.router)
