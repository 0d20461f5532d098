"""Recordings as they would be if their client had asked for a little less, or for a little more.

Recording 06 also asks for organizations, which Sekisho does not know yet: replays leave them out, on both sides. The
scopes and the API that remain are made by the test. Recording 12 lists connectors by ids that are made at random:
replays ask for the recorded ones.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.replay.recordings import Answer, Exchange, Recording, Request

_PREFIXES = ("urn:logto:scope:organization", "urn:logto:resource:organizations")
_CLAIMS = frozenset({"organizations", "organization_data", "organization_roles"})


def without_organizations(recording: Recording) -> Recording:
    """Return the recording as if its client had never asked for organizations."""
    return replace(recording, exchanges=tuple(map(_exchange, recording.exchanges)))


def with_connector_ids(recording: Recording) -> Recording:
    """Return the recording as if its client had brought the ids of its connectors along."""
    return replace(recording, exchanges=tuple(map(_with_connector_id, recording.exchanges)))


def _with_connector_id(exchange: Exchange) -> Exchange:
    request, made = exchange.request, exchange.answer.body
    if request.method != "POST" or not request.url.endswith("/connectors") or "id" not in made:
        return exchange
    return replace(exchange, request=replace(request, body={**request.body, "id": made["id"]}))


def _exchange(exchange: Exchange) -> Exchange:
    return replace(exchange, request=_request(exchange.request), answer=_answer(exchange.answer))


def _request(request: Request) -> Request:
    url = urlsplit(request.url)
    if not url.query:
        return request
    query = [(name, _scopes(value)) for name, value in parse_qsl(url.query)]
    return replace(request, url=url._replace(query=urlencode([each for each in query if each[1]])).geturl())


def _answer(answer: Answer) -> Answer:
    tokens = {name: {**token, "payload": _without_claims(token["payload"])} for name, token in answer.tokens.items()}
    body = answer.body
    if isinstance(body, dict):
        body = _without_claims(body)
    return replace(answer, body=body, tokens=tokens)


def _without_claims(members: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in members.items() if name not in _CLAIMS}
    return {**kept, "scope": _scopes(kept["scope"])} if isinstance(kept.get("scope"), str) else kept


def _scopes(value: str) -> str:
    return " ".join(each for each in value.split(" ") if not each.startswith(_PREFIXES))
