"""What the provider did, as entries of the tenant's audit log and in its figures (oidc.md §30)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.audit.service import AuditLog
from sekisho.dashboard.usage import Usage
from sekisho.kernel.ids import UserId
from sekisho.oidc.error_answers import public_code
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.models import GrantType, Interaction

_EXCHANGES: Mapping[str, str] = {
    GrantType.AUTHORIZATION_CODE: "AuthorizationCode",
    GrantType.REFRESH_TOKEN: "RefreshToken",
    GrantType.CLIENT_CREDENTIALS: "ClientCredentials",
    GrantType.TOKEN_EXCHANGE: "TokenExchange",
    GrantType.DEVICE_CODE: "DeviceCode",
}
# Attack: who reads the log redeems what is still good. None of these is masked by its name alone.
_BEARERS = frozenset({"code", "device_code", "user_code", "client_assertion"})
_MASK = "******"
# Attack: requests that are refused, and as long as requests may be, fill the disk.
_LONGEST, _MOST = 500, 30


class ProviderJournal:
    """Implements `sekisho.oidc.ports.Journal`; the surface says how a request ended."""

    def __init__(self, *, audit: AuditLog, usage: Usage) -> None:
        self._audit = audit
        self._usage = usage
        self._client_id: str | None = None
        self._secret_name: str | None = None
        self._account_id: UserId | None = None
        self._session_uid: str | None = None

    def client_proved(self, client_id: str, *, secret_name: str | None) -> None:
        self._client_id, self._secret_name = client_id, secret_name

    def token_issued(self, *, account_id: UserId | None, session_uid: str | None) -> None:
        self._account_id, self._session_uid = account_id, session_uid
        self._usage.token_issued(account_id)

    def interaction_created(self, interaction: Interaction, *, session_uid: str) -> None:
        self._done(
            "Interaction.Create",
            applicationId=interaction.client_id,
            sessionId=session_uid,
            userId=None if interaction.session is None else interaction.session.account_id,
            params=dict(interaction.params),
            prompt={
                "name": interaction.prompt.name,
                "details": dict(interaction.prompt.details),
                "reasons": list(interaction.prompt.reasons),
            },
            interactionId=interaction.uid,
        )

    def interaction_ended(self, interaction: Interaction) -> None:
        self._done(
            "Interaction.End",
            applicationId=interaction.client_id,
            params=dict(interaction.params),
            interactionId=interaction.uid,
        )

    def _done(self, key: str, **context: Any) -> None:
        """Note what is true only if the transaction is committed."""
        self._audit.add(self._audit.entry(key, **context))

    def exchanged(self, form: Sequence[tuple[str, str]], outcome: TokenAnswer | OAuthError) -> None:
        """Note a request for tokens and its answer."""
        key = f"ExchangeTokenBy.{_EXCHANGES.get(dict(form).get('grant_type', ''), 'Unknown')}"
        if isinstance(outcome, OAuthError):
            self._audit.record(key, error=_error(outcome), **self._about(form))
            return
        issued = {
            "AccessToken": outcome.access_token,
            "RefreshToken": outcome.refresh_token,
            "IdToken": outcome.id_token,
        }
        self._audit.record(
            key,
            tokenTypes=[kind for kind, token in issued.items() if token is not None],
            scope=outcome.access_token.scope,
            **self._about(form),
        )

    def revoked(self, form: Sequence[tuple[str, str]], error: OAuthError | None = None) -> None:
        """Note a request to revoke a token."""
        self._audit.record("RevokeToken", error=None if error is None else _error(error), **self._about(form))

    def _about(self, form: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
        params = {name[:_LONGEST]: _MASK if name in _BEARERS else value[:_LONGEST] for name, value in form[:_MOST]}
        return {
            "applicationId": self._client_id or params.get("client_id"),
            "userId": self._account_id,
            "sessionId": self._session_uid,
            # A secret that the application had from the beginning has no name.
            "applicationSecret": {"name": self._secret_name} if self._secret_name else None,
            "params": params,
        }


def _error(error: OAuthError) -> Mapping[str, Any]:
    """Return an error for the log: unlike its answer, it says what was wrong."""
    return {"code": public_code(error), "message": error.detail or error.description or error.error}
