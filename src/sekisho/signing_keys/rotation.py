"""Replaces signing and cookie keys. Whoever changes them waits for others who do (`_lock`)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sekisho.crypto.jwk import KeyType, SigningAlgorithm, SigningKeyObject, generate_key, to_pem
from sekisho.crypto.sealing import Sealer
from sekisho.jobs.queue import JobQueue
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, TenantId
from sekisho.kernel.secret import Secret
from sekisho.signing_keys.errors import KeyNotFound, KeyRequired, OnlyPreviousKeyCanBeDeleted, RotationPending
from sekisho.signing_keys.jobs import ACTIVATE
from sekisho.signing_keys.models import SealedKey, SealedSigningKey, SigningKey, SigningKeyStatus
from sekisho.signing_keys.places import COOKIE_KEYS, SIGNING_KEYS, place
from sekisho.signing_keys.service import SigningKeyService
from sekisho.signing_keys.store import SigningKeyStore
from sekisho.tenants.cache import TenantCache

_MOST_COOKIE_KEYS = 2
_MILLISECOND = timedelta(milliseconds=1)
_NO_GRACE = timedelta(0)
_CURRENT, _NEXT, _PREVIOUS = SigningKeyStatus
_TYPE_OF = {SigningAlgorithm.RS256: KeyType.RSA}

#: Reads how the tenant wants to sign; None: as new keys do by themselves.
PreferredAlgorithm = Callable[[], Awaitable[str | None]]


class KeyRotation:
    """`default_grace` is how long a new signing key is only published when a rotation does not say."""

    def __init__(
        self,
        *,
        tenant_id: TenantId,
        keys: SigningKeyService,
        store: SigningKeyStore,
        cache: TenantCache,
        sealer: Sealer,
        clock: Clock,
        ids: Ids,
        jobs: JobQueue,
        preferred_algorithm: PreferredAlgorithm,
        default_grace: timedelta = _NO_GRACE,
    ) -> None:
        self._tenant_id = tenant_id
        self._keys = keys
        self._store = store
        self._cache = cache
        self._sealer = sealer
        self._clock = clock
        self._ids = ids
        self._jobs = jobs
        self._preferred_algorithm = preferred_algorithm
        self._default_grace = default_grace

    async def install(self, *, keys: Sequence[SigningKeyObject], cookie_keys: Sequence[Secret]) -> None:
        """Give a new tenant its keys: the first of `keys` signs, the second only verifies."""
        for key, status in zip(keys, (_CURRENT, _PREVIOUS), strict=False):
            await self._add(key, status)
        now = self._clock.now()
        for age, secret in enumerate(cookie_keys):
            # The order of the list is the order of their age.
            await self._add_cookie(secret, created_at=now - timedelta(seconds=age))
        await self._cache.changed()

    async def rotate(self, *, key_type: KeyType | None = None, grace: timedelta | None = None) -> Sequence[SigningKey]:
        """Make a new signing key, and return all. With a grace period it is published now and signs when that is over.

        Raises `RotationPending` when it should sign at once and another key waits for its time.
        """
        grace = self._default_grace if grace is None else grace
        algorithm = _algorithm(key_type, await self._preferred_algorithm())
        if not grace:
            await self._refuse_pending()
        await self._store.rest()
        key = await asyncio.to_thread(generate_key, algorithm)  # of RSA, seconds
        await self._lock()
        if grace:
            await self._announce(key, grace=grace)
        else:
            await self._refuse_pending()
            await self._step_back()
            await self._add(key, _CURRENT)
        return await self._keys.newest_first()

    async def activate(self) -> None:
        """Write down that the next key signs, if its time has come; nothing waits for it."""
        if (await self._keys.ring()).is_due(self._clock.now()):
            await self._lock()

    async def delete(self, key_id: str) -> None:
        """Delete the previous signing key: what it signed is not verifiable any more."""
        await self._lock()
        keys = await self._keys.published()
        if len(keys) == 1:
            raise KeyRequired
        key = next((key for key in keys if key.id == key_id), None)
        if key is None:
            raise KeyNotFound(key_id)
        if key.status is not _PREVIOUS:
            raise OnlyPreviousKeyCanBeDeleted
        await self._store.remove_signing(_PREVIOUS)

    async def rotate_cookie_key(self) -> Sequence[SealedKey]:
        """Make a new cookie key, and return all; what the one before it signed still counts."""
        await self._cache.changed()
        kept = await self._store.list_cookie()
        for key in kept[_MOST_COOKIE_KEYS - 1 :]:
            await self._store.remove_cookie(key.id)
        # The newest signs: it must be newer even when the clock stood still or was set back.
        created_at = max([self._clock.now(), *(key.created_at + _MILLISECOND for key in kept)])
        await self._add_cookie(Secret(self._ids.secret()), created_at=created_at)
        return await self._store.list_cookie()

    async def delete_cookie_key(self, key_id: str) -> None:
        """Delete a cookie key: cookies that it signed are not ours any more."""
        await self._cache.changed()
        keys = await self._store.list_cookie()
        if len(keys) == 1:
            raise KeyRequired
        if all(key.id != key_id for key in keys):
            raise KeyNotFound(key_id)
        await self._store.remove_cookie(key_id)

    async def _lock(self) -> None:
        """Keep other processes from changing the keys until the transaction ends, and write down what is due."""
        # Bumps the version first: its row is locked until the end, and whoever else changes keys waits for it.
        await self._cache.changed()
        if (await self._keys.ring()).is_due(self._clock.now()):
            await self._step_back()
            await self._store.succeed(_NEXT, to=_CURRENT)

    async def _refuse_pending(self) -> None:
        if any(key.status is _NEXT for key in await self._keys.published()):
            raise RotationPending

    async def _step_back(self) -> None:
        """Make the current key the previous one; the one before it is not published any more."""
        await self._store.remove_signing(_PREVIOUS)
        await self._store.succeed(_CURRENT, to=_PREVIOUS)

    async def _announce(self, key: SigningKeyObject, *, grace: timedelta) -> None:
        """Publish a key before it signs, so that whoever caches the JWKS knows it in time."""
        await self._store.remove_signing(_NEXT)
        await self._add(key, _NEXT, effective_at=self._clock.now() + grace)
        await self._jobs.add(ACTIVATE, {}, delay=grace)

    async def _add(
        self, key: SigningKeyObject, status: SigningKeyStatus, *, effective_at: datetime | None = None
    ) -> None:
        key_id = self._ids.standard()
        row = SealedSigningKey(
            id=key_id,
            sealed=self._sealer.seal_text(to_pem(key), place=place(self._tenant_id, SIGNING_KEYS, key_id)),
            created_at=self._clock.now(),
            status=status,
            effective_at=effective_at,
        )
        await self._store.add_signing(row)

    async def _add_cookie(self, secret: Secret, *, created_at: datetime) -> None:
        key_id = self._ids.standard()
        sealed = self._sealer.seal_text(secret.reveal(), place=place(self._tenant_id, COOKIE_KEYS, key_id))
        await self._store.add_cookie(SealedKey(id=key_id, sealed=sealed, created_at=created_at))


def _algorithm(key_type: KeyType | None, preferred: str | None) -> SigningAlgorithm:
    """Return what a new key is for: the tenant's algorithm, unless another kind of key is asked for."""
    wanted = None if preferred is None else SigningAlgorithm(preferred)
    if wanted is not None and key_type in {None, _TYPE_OF.get(wanted, KeyType.EC)}:
        return wanted
    return SigningAlgorithm.RS256 if key_type is KeyType.RSA else SigningAlgorithm.ES384
