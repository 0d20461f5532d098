"""Decides which key signs, which are published, and which cookie signatures count."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.crypto.jwk import SigningKeyObject, algorithm_of, from_pem, key_id_of, public_jwk, to_pem
from sekisho.crypto.sealing import Place, Sealer
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, TenantId
from sekisho.kernel.secret import Secret
from sekisho.signing_keys.models import SealedKey, SealedSigningKey, SigningKey, SigningKeyStatus
from sekisho.signing_keys.store import SigningKeyStore
from sekisho.tenants.cache import TenantCache

_ORDER = tuple(SigningKeyStatus)  # Current, Next, Previous: the order of the JWKS


class SigningKeyService:
    def __init__(
        self,
        *,
        tenant_id: TenantId,
        store: SigningKeyStore,
        cache: TenantCache,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._tenant_id = tenant_id
        self._store = store
        self._cache = cache
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def current(self) -> SigningKey:
        """Return the key that signs now."""
        return (await self.published())[0]

    async def published(self) -> Sequence[SigningKey]:
        """Return the keys of the JWKS: Current, Next, Previous."""
        return await self._cache.get(("signing keys",), self._open_signing)

    async def cookie_keys(self) -> Sequence[bytes]:
        """Return the cookie keys: the first signs, each verifies."""
        return await self._cache.get(("cookie keys",), self._open_cookie)

    async def install(self, *, keys: Sequence[SigningKeyObject], cookie_keys: Sequence[Secret]) -> None:
        """Give a new tenant its keys: the first of `keys` signs, the second only verifies."""
        now = self._clock.now()
        for key, status in zip(keys, (SigningKeyStatus.CURRENT, SigningKeyStatus.PREVIOUS), strict=False):
            key_id = self._ids.standard()
            sealed = self._sealer.seal_text(to_pem(key), place=self._place("signing_keys", key_id))
            await self._store.add_signing(SealedSigningKey(id=key_id, sealed=sealed, created_at=now, status=status))
        for age, secret in enumerate(cookie_keys):
            key_id = self._ids.standard()
            sealed = self._sealer.seal_text(secret.reveal(), place=self._place("cookie_keys", key_id))
            created_at = now - timedelta(seconds=age)  # the order of the list is the order of their age
            await self._store.add_cookie(SealedKey(id=key_id, sealed=sealed, created_at=created_at))
        await self._cache.changed()

    async def _open_signing(self) -> Sequence[SigningKey]:
        opened = [self._opened(sealed) for sealed in await self._store.list_signing()]
        return tuple(sorted(opened, key=lambda key: _ORDER.index(key.status)))

    async def _open_cookie(self) -> Sequence[bytes]:
        rows = await self._store.list_cookie()
        return tuple(self._sealer.open(row.sealed, place=self._place("cookie_keys", row.id)) for row in rows)

    def _opened(self, row: SealedSigningKey) -> SigningKey:
        key = from_pem(self._sealer.open_text(row.sealed, place=self._place("signing_keys", row.id)))
        return SigningKey(
            kid=key_id_of(key),
            algorithm=algorithm_of(key),
            status=row.status,
            key=key,
            jwk=public_jwk(key),
        )

    def _place(self, table: str, key_id: str) -> Place:
        return Place(tenant=self._tenant_id, table=table, row=key_id, column="sealed")
