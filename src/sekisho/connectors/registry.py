"""Which connectors are installed: those that distributions announce under one entry-point group, ours as anybody's.

The name of an entry point is the id of the factory, so that using one loads one. What does not load, or is not what it
says, is left out and logged.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import structlog

from sekisho.connectors.errors import ConnectorRefused, Rule
from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.manifest import ConnectorType, Manifest
from sekisho.connectors.models import Factory

GROUP = "sekisho.connectors"

log = structlog.get_logger(__name__)


class Registry:
    """The factories of one process, each loaded when it is first asked for."""

    def __init__(self, find: Callable[[], Iterable[EntryPoint]] = lambda: entry_points(group=GROUP)) -> None:
        self._find = find
        self._announced: Mapping[str, Sequence[EntryPoint]] | None = None
        self._loaded: dict[str, Factory | None] = {}

    def find(self, factory_id: str) -> Factory | None:
        """Return a factory, if one is installed and sound; of two with one id, nobody knows which is meant."""
        points = self._points().get(factory_id, ())
        if len(points) != 1:
            return None
        if factory_id not in self._loaded:
            self._loaded[factory_id] = _load(points[0])
        return self._loaded[factory_id]

    def all(self) -> Sequence[Factory]:
        """Return every sound factory, by id; raises `ConnectorRefused` when two have one id."""
        points = self._points()
        if twice := sorted(factory_id for factory_id, those in points.items() if len(those) > 1):
            raise ConnectorRefused(Rule.FACTORY_INSTALLED_TWICE, connectorIds=", ".join(twice))
        return [factory for each in sorted(points) if (factory := self.find(each)) is not None]

    def _points(self) -> Mapping[str, Sequence[EntryPoint]]:
        if self._announced is None:
            announced: dict[str, list[EntryPoint]] = {}
            for point in self._find():
                announced.setdefault(point.name, []).append(point)
            self._announced = announced
        return self._announced


def _load(point: EntryPoint) -> Factory | None:
    try:
        factory: Factory = point.load()()
        check(factory, factory_id=point.name)
    # Whatever ails somebody's connector, the others work.
    except Exception as error:
        log.exception("connector left out", connector=point.name, module=point.value, error=str(error))
        return None
    return factory


def check(factory: Any, *, factory_id: str) -> None:
    """Raise `ConnectorError` unless a factory is what it says."""
    manifest = getattr(factory, "manifest", None)
    if not isinstance(manifest, Manifest) or manifest.id != factory_id or "en" not in manifest.name:
        raise ConnectorError(ErrorCode.INVALID_METADATA)
    if not (isinstance(factory.config, type) and issubclass(factory.config, Config)):
        raise ConnectorError(ErrorCode.INVALID_CONFIG_GUARD)
    is_social = manifest.type is ConnectorType.SOCIAL
    if not hasattr(factory, "authorization_uri" if is_social else "send"):
        raise ConnectorError(ErrorCode.UNEXPECTED_TYPE)
