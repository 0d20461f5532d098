"""Running a connector: what it is given, and what is made of what it hands back."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from sqlalchemy import literal, select
from tests.connectors.social_kit import KeptSession, NoMail
from tests.support.databases import START
from tests.support.receiver import SILENCE, Receiver, receiving

from sekisho.connectors.builtin.kakao import Kakao
from sekisho.connectors.errors import ConnectorRefused, InsufficientInfo, Rule
from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.manifest import ConnectorType, Manifest, Platform, svg_uri
from sekisho.connectors.kit.social import AuthorizationRequest, SocialResult, SocialUser, TokenResponse
from sekisho.connectors.kit.tools import HttpFailed, Tools
from sekisho.connectors.models import Connector, ConnectorId, FactoryId, StoredConnector
from sekisho.connectors.provider_http import ProviderHttp, redirected
from sekisho.connectors.use import NoSession, Social, messenger
from sekisho.db.database import Database, UnitOfWork
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds
from sekisho.outbound.on_demand import OutboundOnDemand

PROVIDER = "https://provider.example.com"


class NoHttp:
    async def request(self, *_given: Any, **_more: Any) -> Any:
        raise AssertionError("nobody is asked")


class PlainConfig(Config):
    client_id: str


class Plain:
    """Signs in whoever a test says."""

    manifest: ClassVar = Manifest(
        id="plain",
        type=ConnectorType.SOCIAL,
        target="plain",
        platform=Platform.UNIVERSAL,
        name={"en": "Plain"},
        description={"en": "Plain."},
        logo=svg_uri("<svg/>"),
        readme="# Plain\n",
        is_token_storage_supported=True,
    )

    config: ClassVar = PlainConfig

    def __init__(self, result: SocialResult | None = None) -> None:
        self.result = result
        self.requests: list[AuthorizationRequest] = []

    async def authorization_uri(self, request: AuthorizationRequest, **_given: Any) -> str:
        self.requests.append(request)
        return f"{PROVIDER}/authorize?state={request.state}"

    async def user(self, _callback: Mapping[str, Any], **_given: Any) -> SocialResult:
        assert self.result is not None
        return self.result

    async def refresh(self, refresh_token: str, **_given: Any) -> TokenResponse:
        return TokenResponse(access_token=f"fresh for {refresh_token}")


def social(factory: Any, *, stores: bool = False, config: Mapping[str, Any] | None = None, **more: str) -> Social:
    stored = StoredConnector(
        id=ConnectorId("instance"),
        factory_id=FactoryId(factory.manifest.id),
        config={"clientId": "id"} if config is None else config,
        overrides={},
        sync_profile=False,
        enable_token_storage=stores,
        created_at=START,
    )
    tools = Tools(http=NoHttp(), mail=NoMail(), clock=ManualClock(START), ids=RandomIds())
    return Social(connector=Connector(stored=stored, factory=factory), tools=tools, stand_ins=more)


async def came_back(result: SocialResult, *, stores: bool = False) -> SocialResult:
    return await social(Plain(result), stores=stores).user({"code": "c"}, session=KeptSession())


async def test_a_connector_is_told_who_it_is_and_where_to_come_back_to() -> None:
    factory = Plain()
    address = await social(factory).authorization_uri(
        state="s", redirect_uri="http://localhost/cb", session=KeptSession(), jti="j", user_agent="u", scope="all"
    )
    assert address == f"{PROVIDER}/authorize?state=s"
    assert factory.requests == [
        AuthorizationRequest(
            state="s",
            redirect_uri="http://localhost/cb",
            connector_id="instance",
            connector_factory_id="plain",
            jti="j",
            user_agent="u",
            scope="all",
        )
    ]


@pytest.mark.parametrize(("state", "redirect_uri"), [("", "http://localhost/cb"), ("s", "")])
async def test_nobody_is_sent_away_without_a_way_back(state: str, redirect_uri: str) -> None:
    with pytest.raises(InsufficientInfo):
        await social(Plain()).authorization_uri(state=state, redirect_uri=redirect_uri, session=NoSession())


async def test_a_configuration_is_judged_when_it_is_used() -> None:
    with pytest.raises(ConnectorError) as refused:
        await social(Plain(), config={}).authorization_uri(state="s", redirect_uri="r", session=NoSession())
    assert refused.value.error is ErrorCode.INVALID_CONFIG


async def test_tokens_are_let_go_where_they_are_not_stored() -> None:
    result = SocialResult(user=SocialUser(id="1"), token=TokenResponse(access_token="at"))
    assert (await came_back(result)).token is None
    assert (await came_back(result, stores=True)).token == TokenResponse(access_token="at")


@pytest.mark.parametrize(
    "result",
    [
        SocialResult(user=SocialUser(id="")),
        SocialResult(user=SocialUser(id="x" * 257)),
        SocialResult(user=SocialUser(id="1", name="a\x00b")),
        SocialResult(user=SocialUser(id="1", raw_data={"deep": [{"a": "\ud800"}]})),
        SocialResult(user=SocialUser(id="1"), token=TokenResponse(access_token="at", scope="\x00")),
    ],
    ids=["nobody", "longer than its column", "null character", "lone surrogate", "token"],
)
async def test_what_no_database_keeps_is_an_invalid_answer(result: SocialResult) -> None:
    with pytest.raises(ConnectorError) as refused:
        await came_back(result, stores=True)
    assert refused.value.error is ErrorCode.INVALID_RESPONSE


async def test_tokens_are_renewed_where_they_are_stored() -> None:
    assert (await social(Plain(), stores=True).refresh("rt")).access_token == "fresh for rt"
    with pytest.raises(ConnectorRefused) as refused:
        await social(Plain()).refresh("rt")
    assert refused.value.rule is Rule.STORES_NO_TOKENS


def test_who_signs_people_in_sends_nothing() -> None:
    tools = Tools(http=NoHttp(), mail=NoMail(), clock=ManualClock(START), ids=RandomIds())
    with pytest.raises(ConnectorRefused) as refused:
        messenger(Kakao(), config={}, tools=tools)
    assert refused.value.rule is Rule.WRONG_TYPE


@pytest.mark.parametrize(
    ("url", "real"),
    [
        (f"{PROVIDER}/a?b=1", "http://127.0.0.1:1/p/a?b=1"),
        (PROVIDER, "http://127.0.0.1:1/p"),
        (f"{PROVIDER}?b=1", "http://127.0.0.1:1/p?b=1"),
        ("https://provider.example.com.evil.example/a", "https://provider.example.com.evil.example/a"),
        ("https://other.example.com/a", "https://other.example.com/a"),
    ],
)
def test_a_stand_in_takes_the_place_of_one_origin(url: str, real: str) -> None:
    assert redirected(url, {PROVIDER: "http://127.0.0.1:1/p"}) == real


# The port to providers


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving(200, 503, SILENCE) as receiver:
        yield receiver


@pytest.fixture
async def uow(database: Database) -> AsyncIterator[UnitOfWork]:
    async with database.unit_of_work() as uow:
        yield uow


@pytest.fixture
async def http(receiver: Receiver, uow: UnitOfWork) -> AsyncIterator[ProviderHttp]:
    outbound = OutboundOnDemand(endpoint=None, allowed=())
    yield ProviderHttp(outbound=outbound, uow=uow, stand_ins={PROVIDER: receiver.url})
    await outbound.close()


async def test_every_answer_comes_back_and_no_answer_is_a_failure(http: ProviderHttp, receiver: Receiver) -> None:
    answer = await http.request("POST", f"{PROVIDER}/token", form={"b": "1", "a": "2"}, headers={"x-one": "1"})
    assert (answer.status, answer.is_success) == (200, True)
    assert (receiver.received[0].path, receiver.received[0].form) == ("/token", {"b": "1", "a": "2"})
    assert receiver.received[0].headers["x-one"] == "1"

    assert (await http.request("GET", PROVIDER)).status == 503
    with pytest.raises(HttpFailed, match="longer than"):
        await http.request("GET", PROVIDER, patience=timedelta(milliseconds=200))


async def test_addresses_that_are_never_called_are_a_failure(http: ProviderHttp) -> None:
    for url in ("http://169.254.169.254/latest/meta-data", "ftp://provider.example.com/", "no address"):
        with pytest.raises(HttpFailed):
            await http.request("GET", url)


async def test_no_transaction_is_open_while_a_provider_is_asked(http: ProviderHttp, uow: UnitOfWork) -> None:
    await uow.execute(select(literal(1)))
    await http.request("GET", PROVIDER)
    assert not uow.is_open
    await uow.begin()
    with pytest.raises(RuntimeError, match="slow work inside a transaction"):
        await http.request("GET", PROVIDER)
