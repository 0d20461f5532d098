"""What Sekisho takes from a connector, whoever wrote it: nothing that no database keeps, and tokens only if wanted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from tests.connectors.social_kit import KeptSession, NewTrial, new_trial

from sekisho.connectors.builtin.kakao import Kakao
from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.manifest import Manifest
from sekisho.connectors.kit.social import (
    AuthorizationRequest,
    ConnectorSession,
    SocialResult,
    SocialUser,
    TokenResponse,
)
from sekisho.connectors.kit.tools import Tools
from sekisho.connectors.models import Connector, ConnectorId, FactoryId, StoredConnector
from sekisho.connectors.use import Social
from sekisho.kernel.clock import ManualClock

__all__ = ["new_trial"]

TOKENS = TokenResponse(access_token="at")


class Said:
    """A connector that says what it is told to say."""

    manifest: ClassVar[Manifest] = replace(Kakao.manifest, is_token_storage_supported=True)
    config: ClassVar[type[Config]] = Config

    def __init__(self, user: SocialUser) -> None:
        self._user = user

    async def authorization_uri(
        self,
        request: AuthorizationRequest,  # noqa: ARG002 — the protocol's
        *,
        config: Any,  # noqa: ARG002
        session: ConnectorSession,  # noqa: ARG002
        tools: Tools,  # noqa: ARG002
    ) -> str:
        return "https://kauth.kakao.com/oauth/authorize?a=b"

    async def user(
        self,
        callback: Mapping[str, Any],  # noqa: ARG002
        *,
        config: Any,  # noqa: ARG002
        session: ConnectorSession,  # noqa: ARG002
        tools: Tools,  # noqa: ARG002
    ) -> SocialResult:
        return SocialResult(user=self._user, token=TOKENS)


def social(new_trial: NewTrial, user: SocialUser, *, clock: ManualClock, stores_tokens: bool = False) -> Social:
    said = Said(user)
    stored = StoredConnector(
        id=ConnectorId("instance"),
        factory_id=FactoryId("kakao-universal"),
        config={},
        overrides={},
        sync_profile=False,
        enable_token_storage=stores_tokens,
        created_at=clock.now(),
    )
    stand_ins = {"https://kauth.kakao.com": "http://localhost:3001/dev/providers/kakao"}
    tools = new_trial(said).tools
    return Social(connector=Connector(stored=stored, factory=said), tools=tools, stand_ins=stand_ins)


@pytest.mark.parametrize("user_id", ["1", "x" * 256])
async def test_an_id_is_taken_as_it_is(new_trial: NewTrial, clock: ManualClock, user_id: str) -> None:
    result = await social(new_trial, SocialUser(id=user_id), clock=clock).user({}, session=KeptSession())
    assert result.user.id == user_id


@pytest.mark.parametrize(
    "user",
    [
        SocialUser(id=""),
        SocialUser(id="x" * 257),
        SocialUser(id="1", name="a\0b"),
        SocialUser(id="\ud800"),
        SocialUser(id="1", raw_data={"score": float("nan")}),
    ],
    ids=["empty", "long", "nul", "surrogate", "nan"],
)
async def test_what_no_database_keeps_is_no_answer(new_trial: NewTrial, clock: ManualClock, user: SocialUser) -> None:
    with pytest.raises(ConnectorError) as error:
        await social(new_trial, user, clock=clock).user({}, session=KeptSession())
    assert error.value.error is ErrorCode.INVALID_RESPONSE


@pytest.mark.parametrize("stores_tokens", [True, False])
async def test_tokens_are_handed_on_only_to_be_stored(
    new_trial: NewTrial, clock: ManualClock, *, stores_tokens: bool
) -> None:
    asked = social(new_trial, SocialUser(id="1"), clock=clock, stores_tokens=stores_tokens)
    result = await asked.user({}, session=KeptSession())
    assert result.token == (TOKENS if stores_tokens else None)


async def test_a_stand_in_is_where_people_are_sent(new_trial: NewTrial, clock: ManualClock) -> None:
    asked = social(new_trial, SocialUser(id="1"), clock=clock)
    address = await asked.authorization_uri(state="s", redirect_uri="http://localhost", session=KeptSession())
    assert address == "http://localhost:3001/dev/providers/kakao/oauth/authorize?a=b"
