"""Where keys lie sealed: what is sealed for one place opens at no other."""

from typing import Final

from sekisho.crypto.sealing import Place
from sekisho.kernel.ids import TenantId

SIGNING_KEYS: Final = "signing_keys"
COOKIE_KEYS: Final = "cookie_keys"


def place(tenant_id: TenantId, table: str, key_id: str) -> Place:
    return Place(tenant=tenant_id, table=table, row=key_id, column="sealed")
