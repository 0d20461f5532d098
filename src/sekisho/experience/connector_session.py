"""What is remembered of a way to a provider and back, beside the flow's state in the interaction: each is read once.

A connector remembers what it needs to believe the provider (connectors.md §4.8). Our pages remember which way they sent
somebody: a page that a tenant brought remembers that itself, in the browser.
"""

from collections.abc import Mapping
from dataclasses import replace
from hmac import compare_digest
from typing import Any

from sekisho.experience.errors import ConnectorSessionNotFound
from sekisho.experience.ports import Interactions
from sekisho.oidc.models import Interaction

_OF_CONNECTOR = "connectorSession"
_OF_PAGE = "pageSession"


class InteractionMemory:
    """What an interaction remembers; `interaction` is as stored, `written` is to be saved with the flow."""

    def __init__(self, *, interactions: Interactions, interaction: Interaction) -> None:
        self.interaction = interaction
        self.written: dict[str, Any] = {}
        self._interactions = interactions

    async def set(self, values: Mapping[str, Any], /) -> None:
        """Remember what a connector needs on the way back."""
        self.written[_OF_CONNECTOR] = dict(values)

    async def get(self) -> Mapping[str, Any]:
        """Return what a connector remembered, once; raises `ConnectorSessionNotFound`."""
        return await self._take(_OF_CONNECTOR)

    def expect(self, state: str, *, verification_id: str) -> None:
        """Remember, for a page, with which state somebody comes back, and for which proof."""
        self.written[_OF_PAGE] = {"state": state, "verificationId": verification_id}

    def expects(self, state: str) -> bool:
        """Tell whether one of our pages sent somebody away with this state, who has not come back."""
        expected = self.interaction.result.get(_OF_PAGE)
        if expected is None:
            return False
        return compare_digest(expected["state"].encode(), state.encode(errors="surrogatepass"))

    async def welcome(self, state: str) -> str:
        """Return for which proof somebody comes back; raises `ConnectorSessionNotFound`."""
        # Attack: an answer of the provider to somebody else, put into this browser to sign it in as him.
        if not self.expects(state):
            raise ConnectorSessionNotFound
        verification_id: str = (await self._take(_OF_PAGE))["verificationId"]
        return verification_id

    async def _take(self, key: str) -> Mapping[str, Any]:
        before = self.interaction.result
        after = {name: value for name, value in before.items() if name != key}
        # Attack: a callback that is sent twice, so that what it carries is believed twice. What was remembered is gone,
        # for good, before the provider is asked.
        if key not in before or not await self._interactions.replace_result_at_once(
            self.interaction.uid, before=before, after=after
        ):
            raise ConnectorSessionNotFound
        self.interaction = replace(self.interaction, result=after)
        remembered: Mapping[str, Any] = before[key]
        return remembered
