"""Keeps the profile fields of a tenant: no two of one name, each with its place."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids
from sekisho.profile_fields.errors import FieldNameInUse, FieldsNamedTwice, ProfileFieldNotFound, UnknownFields
from sekisho.profile_fields.models import FieldDefinition, ProfileField, ProfileFieldId
from sekisho.profile_fields.rules import check_definition, check_name
from sekisho.profile_fields.store import ProfileFieldStore
from sekisho.tenants.cache import TenantCache


class Forget(Protocol):
    """Takes a field out of whatever names it, in the caller's transaction."""

    async def __call__(self, name: str, /) -> None: ...


class ProfileFieldService:
    """The profile fields of one tenant."""

    def __init__(self, *, store: ProfileFieldStore, cache: TenantCache, clock: Clock, ids: Ids, forget: Forget) -> None:
        self._store = store
        self._cache = cache
        self._clock = clock
        self._ids = ids
        self._forget = forget

    async def list(self) -> Sequence[ProfileField]:
        """Return the fields in their order."""
        return await self._cache.get(("profile_fields",), self._store.list)

    async def get(self, name: str) -> ProfileField:
        for field in await self.list():
            if field.name == name:
                return field
        raise ProfileFieldNotFound

    async def names(self) -> frozenset[str]:
        return frozenset(field.name for field in await self.list())

    async def add(self, fields: Sequence[tuple[str, FieldDefinition]]) -> Sequence[ProfileField]:
        """Add fields by their names, after those that are there."""
        for name, definition in fields:
            check_name(name)
            check_definition(definition, is_finished=False)
        _refuse_repeated([name for name, _ in fields])
        # First, because it locks: two that add a field at once give it one place.
        await self._cache.changed()
        known = await self._store.list()
        taken = {field.name for field in known}
        last = max((field.sie_order for field in known), default=0)
        added = []
        for place, (name, definition) in enumerate(fields, start=last + 1):
            if name in taken:
                raise FieldNameInUse(name)
            field = ProfileField(
                id=ProfileFieldId(self._ids.standard()),
                name=name,
                definition=definition,
                created_at=self._clock.now(),
                sie_order=place,
            )
            await self._store.add(field)
            added.append(field)
        return added

    async def define(self, name: str, definition: FieldDefinition) -> ProfileField:
        """Say anew what a field takes."""
        check_definition(definition, is_finished=True)
        await self._cache.changed()
        await self.get(name)
        await self._store.define(name, definition)
        return await self.get(name)

    async def arrange(self, places: Sequence[tuple[str, int]]) -> Sequence[ProfileField]:
        """Give fields their places; returns all fields in their order."""
        wanted: Mapping[str, int] = dict(places)
        _refuse_repeated([name for name, _ in places])
        await self._cache.changed()
        if unknown := sorted(wanted.keys() - await self.names()):
            raise UnknownFields(unknown)
        for name, place in wanted.items():
            await self._store.place(name, place)
        return await self.list()

    async def remove(self, name: str) -> None:
        """Ask people for a field no longer, anywhere."""
        await self._cache.changed()
        if not await self._store.remove(name):
            raise ProfileFieldNotFound
        await self._forget(name)


def _refuse_repeated(names: Sequence[str]) -> None:
    if repeated := [name for name, count in Counter(names).items() if count > 1]:
        raise FieldsNamedTwice(repeated)
