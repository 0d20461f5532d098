"""The rules a tenant's connectors keep, and what is tidied before they are stored (connectors.md §4.5). Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.connectors.errors import ConnectorRefused, ConnectorsCollide, Rule
from sekisho.connectors.kit.manifest import ConnectorType, Manifest
from sekisho.connectors.models import Connector


def check_new_social(new: Connector, overrides: Mapping[str, Any] | None, *, others: Sequence[Connector]) -> None:
    """Raise `ConnectorRefused` unless a social connector may stand beside the others."""
    if new.manifest.is_standard:
        if not (overrides or {}).get("target"):
            raise ConnectorRefused(Rule.NEEDS_TARGET)
    else:
        if overrides is not None:
            raise ConnectorRefused(Rule.KEEPS_METADATA)
        if any(each.stored.factory_id == new.stored.factory_id for each in others):
            raise ConnectorRefused(Rule.ONLY_ONCE)
    place = _place(new)
    for each in others:
        if place is not None and _place(each) == place:
            data = {"connectorId": each.manifest.id, "connectorName": dict(each.name)}
            raise ConnectorRefused(Rule.TARGET_TAKEN, data=data)


def check_overrides(connector: Connector, overrides: Mapping[str, Any]) -> None:
    """Raise `ConnectorRefused` unless a connector's metadata may become this: identities are kept under its target."""
    if not connector.manifest.is_standard:
        raise ConnectorRefused(Rule.KEEPS_METADATA)
    if overrides.get("target") != connector.stored.overrides.get("target"):
        raise ConnectorRefused(Rule.KEEPS_TARGET)


def check_token_storage(manifest: Manifest, *, is_wanted: bool) -> None:
    """Raise `ConnectorRefused` where tokens are to be stored and there are none."""
    if is_wanted and not (manifest.type is ConnectorType.SOCIAL and manifest.is_token_storage_supported):
        raise ConnectorRefused(Rule.STORES_NO_TOKENS)


def check_together(connectors: Sequence[Connector]) -> None:
    """Raise `ConnectorsCollide` where connectors stand in each other's way.

    None can be made so, but one that was not installed for a while comes back beside the one made in its absence.
    """
    counts = Counter(each.type for each in connectors)
    places = Counter(place for each in connectors if (place := _place(each)) is not None)
    if any(count > 1 for count in places.values()):
        raise ConnectorsCollide(Rule.TARGET_TAKEN)
    if counts[ConnectorType.EMAIL] > 1:
        raise ConnectorsCollide(Rule.TWO_FOR_EMAIL)
    if counts[ConnectorType.SMS] > 1:
        raise ConnectorsCollide(Rule.TWO_FOR_SMS)


def _place(connector: Connector) -> tuple[str, str] | None:
    """Return what only one social connector may have."""
    if connector.type is not ConnectorType.SOCIAL or connector.platform is None:
        return None
    return connector.target, connector.platform


def cleaned(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without what is empty, however deep: forms send empty texts for what nobody filled in."""
    return {name: kept for name, value in document.items() if not _is_empty(kept := _cleaned(value))}


def _cleaned(value: Any) -> Any:
    match value:
        case Mapping():
            return cleaned(value)
        case list() | tuple():
            return [kept for each in value if not _is_empty(kept := _cleaned(each))]
        case _:
            return value


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
