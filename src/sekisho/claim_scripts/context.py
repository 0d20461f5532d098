"""What a script is told beside the token (oidc.md §26.1): whose it is, how he signed in, and through which application.

Nothing in it opens anything: no hash, no factor's key, no secret of an application, no proof beyond its outcome.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sekisho.applications.models import Application
from sekisho.applications.service import ApplicationService
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.ids import ApplicationId, TenantId, UserId
from sekisho.oidc.custom_claims import TokenDraft
from sekisho.oidc.models import Authorization, GrantType
from sekisho.resources.models import Resource, Scope
from sekisho.roles.models import RoleWithScopes
from sekisho.roles.service import RoleService
from sekisho.sessions.service import SessionService
from sekisho.users.models import User
from sekisho.users.service import UserService
from sekisho.verification.models import from_document


class ScriptContext:
    """Gathers the context of one tenant's tokens, over one unit of work."""

    def __init__(
        self,
        *,
        tenant_id: TenantId,
        users: UserService,
        roles: RoleService,
        applications: ApplicationService,
        sessions: SessionService,
    ) -> None:
        self._tenant_id = tenant_id
        self._users = users
        self._roles = roles
        self._applications = applications
        self._sessions = sessions

    async def of(self, draft: TokenDraft) -> Mapping[str, Any]:
        """Return the `context` of a token."""
        context: dict[str, Any] = {}
        if draft.authorization is not None:
            context["user"] = await self._user(draft.authorization.grant.account_id)
            if (interaction := await self._interaction(draft.authorization)) is not None:
                context["interaction"] = interaction
        if draft.subject_token_context is not None:
            context["grant"] = {
                "type": GrantType.TOKEN_EXCHANGE.value,
                "subjectTokenContext": dict(draft.subject_token_context),
            }
        found = await self._applications.find(ApplicationId(draft.client_id))
        if found is not None:
            context["application"] = self._application(found.application)
        return context

    async def _user(self, user_id: UserId) -> Mapping[str, Any]:
        user = await self._users.get(user_id)
        roles = await self._roles.roles_of_user_with_scopes(user_id)
        return {
            **_user(user),
            "roles": [self._role(role) for role in roles],
            # Nobody is a member of anything before there are organizations.
            "organizations": [],
            "organizationRoles": [],
        }

    async def _interaction(self, authorization: Authorization) -> Mapping[str, Any] | None:
        """Return what the person last submitted in the session, with every proof as his own browser saw it."""
        if authorization.session_uid is None:
            return None
        extension = await self._sessions.find_extension(authorization.session_uid)
        # Attack: a browser that changes hands; what somebody else submitted in the session is not about this person.
        if extension is None or extension.account_id != authorization.grant.account_id:
            return None
        submitted = extension.last_submission
        if "interactionEvent" not in submitted:
            return None
        interaction = {
            "interactionEvent": submitted["interactionEvent"],
            "userId": submitted.get("userId", extension.account_id),
            "verificationRecords": [
                from_document(each).sanitized() for each in submitted.get("verificationRecords", ())
            ],
        }
        if "signInContext" in submitted:
            interaction["signInContext"] = submitted["signInContext"]
        return interaction

    def _role(self, held: RoleWithScopes) -> Mapping[str, Any]:
        role = held.role
        scopes = [self._scope(scope, resource) for scope, resource in held.scopes]
        return {"id": role.id, "name": role.name, "description": role.description, "scopes": scopes}

    def _scope(self, scope: Scope, resource: Resource) -> Mapping[str, Any]:
        return {
            "id": scope.id,
            "name": scope.name,
            "description": scope.description,
            "resourceId": scope.resource_id,
            "resource": {
                "tenantId": self._tenant_id,
                "id": resource.id,
                "name": resource.name,
                "indicator": resource.indicator,
                "isDefault": resource.is_default,
                "accessTokenTtl": int(resource.access_token_ttl.total_seconds()),
            },
        }

    def _application(self, application: Application) -> Mapping[str, Any]:
        return {
            "tenantId": self._tenant_id,
            "id": application.id,
            "name": application.name,
            "description": application.description,
            "type": application.type.value,
            "oidcClientMetadata": msgspec.to_builtins(application.oidc_client_metadata),
            "customClientMetadata": msgspec.to_builtins(application.custom_client_metadata),
            "protectedAppMetadata": application.protected_app_metadata,
            "customData": application.custom_data,
            "isThirdParty": application.is_third_party,
            "appLevelAccessControlEnabled": application.app_level_access_control_enabled,
            "createdAt": epoch_milliseconds(application.created_at),
        }


def _user(user: User) -> Mapping[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "primaryEmail": user.primary_email,
        "primaryPhone": user.primary_phone,
        "name": user.name,
        "avatar": user.avatar,
        "customData": user.custom_data,
        "identities": user.identities,
        "lastSignInAt": None if user.last_sign_in_at is None else epoch_milliseconds(user.last_sign_in_at),
        "createdAt": epoch_milliseconds(user.created_at),
        "updatedAt": epoch_milliseconds(user.updated_at),
        "profile": user.profile,
        "applicationId": user.application_id,
        "cimdClientId": user.cimd_client_id,
        "isSuspended": user.is_suspended,
        "hasPassword": user.has_password,
        "ssoIdentities": [],
        "mfaVerificationFactors": _factors(user),
    }


def _factors(user: User) -> Sequence[str]:
    """Return the kinds of a user's second factors, each once."""
    return list(dict.fromkeys(str(each["type"]) for each in user.mfa_verifications))
