"""Addresses that applications register, and that this server calls: none of them leads into a network of ours."""

import pytest
from joserfc.jwk import ECKey
from tests.api.conftest import on_sqlite
from tests.attack.test_provider_clients import present, refused, signed
from tests.oidc.party import REDIRECT_URI, Party, PartyMaker
from tests.oidc.test_backchannel_delivery import Outbox, sign_out
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata, OidcClientMetadata
from sekisho.kernel.clock import ManualClock, epoch_seconds
from sekisho.kernel.ids import ApplicationId
from sekisho.services import Runtime

INSIDE = (
    *("http://169.254.169.254/latest/meta-data", "http://[fd00:ec2::254]/latest", "http://100.100.100.200/latest"),
    *("http://[::ffff:169.254.169.254]/", "http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/"),
)
KEY = ECKey.generate_key("P-256")


@pytest.fixture
def outbox(runtime: Runtime, clock: ManualClock) -> Outbox:
    return Outbox(runtime=runtime, clock=clock)


async def listen_at(party: Party, address: str) -> None:
    metadata = OidcClientMetadata(
        redirect_uris=(REDIRECT_URI,), post_logout_redirect_uris=(), backchannel_logout_uri=address
    )
    async with party.services() as services:
        await services.applications.update(ApplicationId(party.client_id), {"oidc_client_metadata": metadata})


@on_sqlite
@pytest.mark.parametrize("address", INSIDE)
async def test_back_channel_ssrf_no_sign_out_calls_a_metadata_service(
    visitor: Visitor, party: Party, outbox: Outbox, address: str
) -> None:
    """Whatever its spelling: nothing is connected to, and the outbox says why."""
    await listen_at(party, address)
    await party.tokens(visitor)
    await sign_out(visitor, logout="yes")
    job = await outbox.failed(1)
    assert job.last_error.startswith(("Outbound", "UnknownHost"))


@on_sqlite
async def test_jwks_uri_ssrf_no_assertion_makes_us_call_a_metadata_service(
    visitor: Visitor, make_party: PartyMaker, clock: ManualClock
) -> None:
    for address in INSIDE:
        custom = CustomClientMetadata(token_endpoint_auth_method="private_key_jwt", jwks_uri=address)
        party = await make_party(ApplicationType.MACHINE_TO_MACHINE, custom=custom)
        now = epoch_seconds(clock.now())
        who = {"iss": party.client_id, "sub": party.client_id}
        claims = {**who, "aud": f"{ORIGIN}/oidc", "exp": now + 60, "jti": "one"}

        assert refused(await present(visitor, signed(claims, key=KEY))), address
