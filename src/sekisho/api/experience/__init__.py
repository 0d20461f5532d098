"""The Experience API: what sign-in pages, ours or a tenant's own, call from the browser.

No token: authority is the interaction cookie. One router per kind of resource; `router` is all of them.
"""

from fastapi import APIRouter

from sekisho.api.experience import (
    consent,
    interaction,
    profile,
    social,
    user_assets,
    verification,
    verification_codes,
    well_known,
)

router = APIRouter()
for part in (interaction, verification, verification_codes, social, profile, user_assets, consent, well_known):
    router.routes.extend(part.router.routes)

__all__ = ["router"]
