"""What came of an interaction, said by a test in place of the sign-in experience."""

from collections.abc import Mapping
from typing import Any

from sekisho.sessions.service import InteractionService


async def save_result(interactions: InteractionService, uid: str, result: Mapping[str, Any]) -> None:
    """Replace what has come of the interaction so far, if it is still there."""
    interaction = await interactions.find(uid)
    if interaction is not None:
        await interactions.replace_result(uid, before=interaction.result, after=result)
