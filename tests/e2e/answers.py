"""What many answers say, in one look."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx2
from tests.e2e.journeys import Journey


def told(answers: Sequence[httpx2.Response]) -> Counter[Any]:
    """Count answers by what they say: the error or its code, the status where there is none."""
    return Counter(_said(answer) for answer in answers)


async def refuses(journey: Journey, tokens: dict[str, Any]) -> None:
    """Check that neither token of an answer opens anything any more."""
    assert (await journey.userinfo(tokens["access_token"])).status_code == 401
    assert told([await journey.refresh(tokens["refresh_token"])]) == {"invalid_grant": 1}


def _said(answer: httpx2.Response) -> Any:
    if not answer.is_error:
        return answer.status_code
    body = answer.json()
    return body.get("error") or body["code"]
