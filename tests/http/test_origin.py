"""Which origin a request names."""

import httpx2
import pytest
from tests.support.visitor import Visitor


@pytest.mark.parametrize("hosts", [["localhost:3001", "localhost:3001"], ["localhost:3001", "evil.example"]])
async def test_a_request_that_names_two_hosts_is_refused(visitor: Visitor, hosts: list[str]) -> None:
    headers = [("host", host) for host in hosts]

    assert (await visitor.get("/health/live", headers=headers[:1])).status_code == 200
    answer = await visitor.get("/health/live", headers=httpx2.Headers(headers))

    assert answer.status_code == 400
