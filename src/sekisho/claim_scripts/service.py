"""A tenant's scripts: kept sealed, run when a token is drafted, and tried out by administrators."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

import msgspec
import structlog

from sekisho.audit.service import AuditLog
from sekisho.claim_scripts.context import ScriptContext
from sekisho.claim_scripts.engine.supervisor import Run, ScriptEngine
from sekisho.claim_scripts.errors import ClaimScriptNotFound, ScriptDenied, ScriptFailed
from sekisho.claim_scripts.models import Claims, ClaimScript, Denied, Failed, ScriptKind
from sekisho.db.database import UnitOfWork
from sekisho.kernel.errors import EntityNotFound
from sekisho.kernel.ids import TenantId
from sekisho.oidc.custom_claims import TokenDraft
from sekisho.oidc.errors import AccessDenied, InvalidRequest
from sekisho.tenants.cache import TenantCache
from sekisho.tenants.models import ConfigurationKey
from sekisho.tenants.service import TenantService

log = structlog.get_logger(__name__)

_KEYS: Mapping[ScriptKind, ConfigurationKey] = {
    ScriptKind.ACCESS_TOKEN: ConfigurationKey.JWT_ACCESS_TOKEN,
    ScriptKind.CLIENT_CREDENTIALS: ConfigurationKey.JWT_CLIENT_CREDENTIALS,
}
_LOG_KEYS: Mapping[ScriptKind, str] = {
    ScriptKind.ACCESS_TOKEN: "JwtCustomizer.AccessToken",
    ScriptKind.CLIENT_CREDENTIALS: "JwtCustomizer.ClientCredentials",
}
_NOTHING: Mapping[str, Any] = {}


class ClaimScriptService:
    """Implements `oidc.ports.CustomClaims`; the rest is for administrators."""

    def __init__(
        self,
        *,
        tenant_id: TenantId,
        uow: UnitOfWork,
        tenants: Callable[[], TenantService],
        cache: TenantCache,
        context: Callable[[], ScriptContext],
        engine: ScriptEngine,
        audit: AuditLog,
    ) -> None:
        self._tenant_id = tenant_id
        self._uow = uow
        self._tenants = tenants
        self._cache = cache
        self._context = context
        self._engine = engine
        self._audit = audit

    async def of(self, draft: TokenDraft) -> Mapping[str, Any]:
        """Return what the tenant's script adds to a token; raises `OAuthError` where it refuses the token."""
        script = await self.find(ScriptKind.of(draft.kind))
        if script is None:
            return _NOTHING
        given = {"token": draft.members(), "context": await self._context().of(draft)}
        await self._uow.release()
        match await self._engine.run(self._run(script, given)):
            case Claims(values=values):
                return values
            case Denied(message=message):
                self._note(draft, {"code": "oidc.access_denied", "message": message})
                raise AccessDenied(message)
            case Failed() as failed:
                self._note(draft, {"code": "jwt_customizer.general", "message": f"{failed.name}: {failed.message}"})
                self._tolerate(script, failed, kind=ScriptKind.of(draft.kind))
                return _NOTHING
            case never:
                assert_never(never)

    async def find(self, kind: ScriptKind) -> ClaimScript | None:
        # In a box, so that there being none is remembered, too.
        box = await self._cache.get(("claim script", kind), lambda: self._read(kind))
        return box[0]

    async def _read(self, kind: ScriptKind) -> tuple[ClaimScript | None]:
        value = await self._tenants().configuration(_KEYS[kind])
        return (None if value is None else msgspec.convert(value, ClaimScript),)

    async def get(self, kind: ScriptKind) -> ClaimScript:
        script = await self.find(kind)
        if script is None:
            raise ClaimScriptNotFound(kind)
        return script

    async def list(self) -> Sequence[tuple[ConfigurationKey, ClaimScript]]:
        """Return the scripts there are, each with the name of its value."""
        found = [(key, await self.find(kind)) for kind, key in _KEYS.items()]
        return [(key, script) for key, script in found if script is not None]

    async def put(self, kind: ScriptKind, script: ClaimScript) -> bool:
        """Set a script; True when there was none."""
        # Locks the tenant's configuration, so that of two at once one creates and one replaces.
        await self._tenants().configuration_changed()
        is_new = await self.find(kind) is None
        await self._tenants().set_configuration(_KEYS[kind], msgspec.to_builtins(script))
        return is_new

    async def change(self, kind: ScriptKind, change: Mapping[str, Any]) -> ClaimScript:
        """Replace the members that are given, in the words of the wire."""
        await self._tenants().configuration_changed()
        changed = {**msgspec.to_builtins(await self.get(kind)), **change}
        await self._tenants().set_configuration(_KEYS[kind], changed)
        return msgspec.convert(changed, ClaimScript)

    async def remove(self, kind: ScriptKind) -> None:
        if not await self._tenants().remove_configuration(_KEYS[kind]):
            raise EntityNotFound

    async def try_out(self, script: ClaimScript, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run a script that is not in use; raises `ScriptFailed` and `ScriptDenied`."""
        await self._uow.release()
        # What is tried out leaves no state to the one that is in use, nor finds any.
        match await self._engine.run(self._run(script, given, is_kept=False)):
            case Claims(values=values):
                return values
            case Denied(message=message):
                raise ScriptDenied(message)
            case Failed() as failed:
                raise ScriptFailed(failed)
            case never:
                assert_never(never)

    def _run(self, script: ClaimScript, given: Mapping[str, Any], *, is_kept: bool = True) -> Run:
        environment = script.environment_variables
        more = {} if environment is None else {"environmentVariables": dict(environment)}
        return Run(tenant_id=self._tenant_id, script=script.script, input={**given, **more}, is_kept=is_kept)

    def _note(self, draft: TokenDraft, error: Mapping[str, Any]) -> None:
        """Note for administrators what went wrong: nothing of the script, nor of what it was given."""
        user_id = None if draft.authorization is None else draft.authorization.grant.account_id
        key = _LOG_KEYS[ScriptKind.of(draft.kind)]
        self._audit.record(key, error=error, applicationId=draft.client_id, userId=user_id)

    def _tolerate(self, script: ClaimScript, failed: Failed, *, kind: ScriptKind) -> None:
        """Let a failure be, unless the administrator wants no token rather than one without the claims."""
        log.warning("claim script failed", tenant=self._tenant_id, kind=kind, name=failed.name, error=failed.message)
        if script.block_issuance_on_error:
            raise InvalidRequest(f"An error occurred in the custom claims script: {failed.message}")
