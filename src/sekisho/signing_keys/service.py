"""Which signing key signs, which are published, and which cookie signatures count. `rotation.py` changes them."""

from collections.abc import Sequence

from sekisho.crypto.jwk import algorithm_of, from_pem, key_id_of, public_jwk
from sekisho.crypto.sealing import Sealer
from sekisho.crypto.signatures import signer_of
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import TenantId
from sekisho.signing_keys.models import KeyRing, SealedKey, SealedSigningKey, SigningKey, SigningKeyStatus
from sekisho.signing_keys.places import COOKIE_KEYS, SIGNING_KEYS, place
from sekisho.signing_keys.store import SigningKeyStore
from sekisho.tenants.cache import TenantCache


class SigningKeyService:
    def __init__(
        self, *, tenant_id: TenantId, store: SigningKeyStore, cache: TenantCache, sealer: Sealer, clock: Clock
    ) -> None:
        self._tenant_id = tenant_id
        self._store = store
        self._cache = cache
        self._sealer = sealer
        self._clock = clock

    async def current(self) -> SigningKey:
        """Return the key that signs now."""
        return (await self.published())[0]

    async def published(self) -> Sequence[SigningKey]:
        """Return the keys of the JWKS: Current, Next, Previous."""
        return (await self.ring()).at(self._clock.now())

    async def newest_first(self) -> Sequence[SigningKey]:
        """Return the same keys as administrators see them: Next, Current, Previous."""
        return sorted(await self.published(), key=lambda key: key.status is not SigningKeyStatus.NEXT)

    async def cookie_keys(self) -> Sequence[bytes]:
        """Return the cookie keys: the first signs, each verifies."""
        return await self._cache.get(("cookie keys",), self._open_cookie)

    async def list_cookie_keys(self) -> Sequence[SealedKey]:
        """Return the cookie keys as they are kept, newest first."""
        return await self._store.list_cookie()

    async def ring(self) -> KeyRing:
        """Return the keys together with the time at which they change places."""
        return await self._cache.get(("signing keys",), self._open_signing)

    async def _open_signing(self) -> KeyRing:
        return KeyRing([self._opened(sealed) for sealed in await self._store.list_signing()])

    async def _open_cookie(self) -> Sequence[bytes]:
        rows = await self._store.list_cookie()
        return tuple(self._sealer.open(row.sealed, place=place(self._tenant_id, COOKIE_KEYS, row.id)) for row in rows)

    def _opened(self, row: SealedSigningKey) -> SigningKey:
        key = from_pem(self._sealer.open_text(row.sealed, place=place(self._tenant_id, SIGNING_KEYS, row.id)))
        return SigningKey(
            id=row.id,
            kid=key_id_of(key),
            algorithm=algorithm_of(key).value,
            status=row.status,
            key=key,
            sign=signer_of(key),
            jwk=public_jwk(key),
            created_at=row.created_at,
            effective_at=row.effective_at,
        )
