"""What is installed: found by entry points, loaded when used, left out when it is not what it says."""

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

from sekisho.connectors.builtin.kakao import Kakao
from sekisho.connectors.errors import ConnectorRefused, Rule
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.manifest import Manifest
from sekisho.connectors.registry import GROUP, Registry, check


def point(name: str, value: str = "sekisho.connectors.builtin.kakao:Kakao") -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


def of(*points: EntryPoint) -> Callable[[], Iterable[EntryPoint]]:
    return lambda: points


def test_a_connector_is_loaded_once_and_found_by_its_id() -> None:
    registry = Registry(of(point("kakao-universal")))
    factory = registry.find("kakao-universal")
    assert isinstance(factory, Kakao)
    assert registry.find("kakao-universal") is factory
    assert list(registry.all()) == [factory]
    assert registry.find("nope") is None


@pytest.mark.parametrize(
    "broken",
    [
        point("kakao-universal", "no.such.module:Kakao"),
        point("kakao-universal", "sekisho.connectors.builtin.kakao:Nobody"),
        point("another-name"),
        point("kakao-universal", "sekisho.connectors.builtin.kakao:KakaoConfig"),
    ],
    ids=["no module", "no class", "another id", "no connector"],
)
def test_a_broken_connector_is_left_out_and_the_others_work(broken: EntryPoint) -> None:
    registry = Registry(of(broken, point("x-universal", "sekisho.connectors.builtin.x:X")))
    assert registry.find(broken.name) is None
    assert [each.manifest.id for each in registry.all()] == ["x-universal"]


def test_of_two_connectors_with_one_id_none_is_used_and_administrators_are_told() -> None:
    x = point("x-universal", "sekisho.connectors.builtin.x:X")
    registry = Registry(of(point("kakao-universal"), x, point("kakao-universal")))
    assert registry.find("kakao-universal") is None
    assert registry.find("x-universal") is not None
    with pytest.raises(ConnectorRefused) as refused:
        registry.all()
    assert (refused.value.rule, refused.value.values) == (
        Rule.FACTORY_INSTALLED_TWICE,
        {"connectorIds": "kakao-universal"},
    )


class Mute:
    """Says that it signs people in, and cannot."""

    manifest: ClassVar[Manifest] = Kakao.manifest
    config: ClassVar[type] = Kakao.config


class Unconfigured(Kakao):
    config: ClassVar[Any] = dict


@pytest.mark.parametrize(
    ("factory", "error"),
    [
        (object(), ErrorCode.INVALID_METADATA),
        (Unconfigured(), ErrorCode.INVALID_CONFIG_GUARD),
        (Mute(), ErrorCode.UNEXPECTED_TYPE),
    ],
    ids=["nothing", "no configuration", "no method"],
)
def test_what_a_factory_lacks_is_named(factory: Any, error: ErrorCode) -> None:
    with pytest.raises(ConnectorError) as refused:
        check(factory, factory_id="kakao-universal")
    assert refused.value.error is error
