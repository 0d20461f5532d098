"""Opens the vault at start: finds the key that seals secrets at rest, and proves that it is the right one.

The first start seals a known text and keeps it; a later start with another key stops here, before anything is sealed
that nobody could open together with what is already there.
"""

import base64
from collections.abc import Sequence
from pathlib import Path

from sekisho.crypto.key_file import create_key_file, read_key_file
from sekisho.crypto.sealing import CannotOpen, Place, Sealer
from sekisho.tenants.errors import VaultLocked
from sekisho.tenants.store import SystemStore

_CHECK = "vaultCheck"
_PLACE = Place(tenant="", table="systems", row=_CHECK, column="value")
_KNOWN_TEXT = b"sekisho"


async def is_vault_made(store: SystemStore) -> bool:
    """Tell whether there was a first start."""
    return await store.find(_CHECK) is not None


async def open_vault(store: SystemStore, *, keys: Sequence[bytes], key_file: Path | None) -> Sealer:
    """Return the sealer, or raise `VaultLocked`. Without `keys` the key file is used, and made at the first start."""
    check = await store.find(_CHECK)
    sealer = Sealer(keys or [_key_from(key_file, is_first_start=check is None)])
    if check is None:
        await store.add(_CHECK, base64.b64encode(sealer.seal(_KNOWN_TEXT, place=_PLACE)).decode())
        return sealer
    try:
        sealer.open(base64.b64decode(check), place=_PLACE)
    except CannotOpen:
        source = "SECRET_VAULT_KEK" if keys else f"The key in {key_file}"
        raise VaultLocked(f"{source} is not the key that sealed the secrets of this database.") from None
    return sealer


def _key_from(key_file: Path | None, *, is_first_start: bool) -> bytes:
    if key_file is None:
        raise VaultLocked(
            "SECRET_VAULT_KEK is not set. On PostgreSQL the key that seals secrets at rest must be given to every "
            "process: make one with `openssl rand -base64 32` and keep it as safe as a backup of the database."
        )
    key = read_key_file(key_file)
    if key is None and not is_first_start:
        raise VaultLocked(
            f"{key_file} is missing: it holds the key that sealed the secrets of this database. "
            "Put it back, or set SECRET_VAULT_KEK to the key it held."
        )
    return key or create_key_file(key_file)
