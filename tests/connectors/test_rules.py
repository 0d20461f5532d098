"""What a tenant's connectors keep among each other, and what is not stored of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from tests.support.databases import START

from sekisho.connectors.builtin.kakao import Kakao
from sekisho.connectors.builtin.oauth2 import OAuth2
from sekisho.connectors.builtin.smtp.connector import Smtp
from sekisho.connectors.errors import ConnectorRefused, ConnectorsCollide, Rule
from sekisho.connectors.kit.manifest import ConnectorType, Manifest
from sekisho.connectors.models import Connector, ConnectorId, Factory, FactoryId, StoredConnector
from sekisho.connectors.rules import check_new_social, check_together, cleaned
from sekisho.kernel.errors import ErrorKind


class Text(Smtp):
    manifest: ClassVar[Manifest] = replace(Smtp.manifest, id="text", type=ConnectorType.SMS)


class Placeless(Kakao):
    """Signs people in nowhere in particular."""

    manifest: ClassVar[Manifest] = replace(Kakao.manifest, id="placeless", platform=None)


def connector(factory: Factory, *, id_: str = "one", **overrides: Any) -> Connector:
    stored = StoredConnector(
        id=ConnectorId(id_),
        factory_id=FactoryId(factory.manifest.id),
        config={},
        overrides=overrides,
        sync_profile=False,
        enable_token_storage=False,
        created_at=START,
    )
    return Connector(stored=stored, factory=factory)


@pytest.mark.parametrize(
    ("connectors", "rule"),
    [
        ([connector(Smtp()), connector(Smtp(), id_="two")], Rule.TWO_FOR_EMAIL),
        ([connector(Text()), connector(Text(), id_="two")], Rule.TWO_FOR_SMS),
        ([connector(Kakao()), connector(OAuth2(), id_="two", target="kakao")], Rule.TARGET_TAKEN),
    ],
    ids=["e-mail", "SMS", "target"],
)
def test_connectors_that_came_back_beside_others_are_told(connectors: list[Connector], rule: Rule) -> None:
    with pytest.raises(ConnectorsCollide) as refused:
        check_together(connectors)
    assert (refused.value.rule, refused.value.kind) == (rule, ErrorKind.INVALID)


def test_connectors_of_every_kind_stand_beside_each_other() -> None:
    check_together([connector(each()) for each in (Smtp, Text, Kakao, Placeless, OAuth2)])


def test_who_is_at_home_nowhere_takes_nobodys_place() -> None:
    check_new_social(connector(Placeless()), None, others=[connector(Smtp()), connector(Kakao())])
    with pytest.raises(ConnectorRefused):
        check_new_social(connector(OAuth2(), target="kakao"), {"target": "kakao"}, others=[connector(Kakao())])


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        ({"a": "", "b": None, "c": [], "d": {}}, {}),
        ({"a": {"b": {"c": ""}}, "d": [[], [""], {"e": None}]}, {}),
        ({"zero": 0, "no": False, "space": " "}, {"zero": 0, "no": False, "space": " "}),
        ({"list": ["", "x", None, {"a": ""}, 0]}, {"list": ["x", 0]}),
    ],
    ids=["empty", "empty inside", "not empty", "lists"],
)
def test_what_is_empty_is_not_kept(document: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    assert cleaned(document) == kept
