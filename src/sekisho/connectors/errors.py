"""Refusals about connectors (connectors.md §4.5). What goes wrong inside one is the kit's (`kit/errors.py`)."""

from collections.abc import Mapping
from enum import StrEnum

from sekisho.kernel.errors import DomainError, EntityNotFound, ErrorKind


class ConnectorNotFound(EntityNotFound):
    """The tenant has no such connector, or what it is made of is not installed."""


class FactoryNotFound(EntityNotFound):
    """No such factory is installed."""


class Rule(StrEnum):
    """A rule that a tenant's connectors keep; the wire says `connector.<value>`."""

    UNKNOWN_FACTORY = "not_found_with_connector_id"
    FACTORY_INSTALLED_TWICE = "more_than_one_connector_factory"
    NEEDS_TARGET = "should_specify_target"
    KEEPS_TARGET = "can_not_modify_target"
    KEEPS_METADATA = "cannot_overwrite_metadata_for_non_standard_connector"
    ONLY_ONCE = "multiple_instances_not_supported"
    TARGET_TAKEN = "multiple_target_with_same_platform"
    TWO_FOR_EMAIL = "more_than_one_email"
    TWO_FOR_SMS = "more_than_one_sms"
    SYNCS_NO_PROFILE = "invalid_type_for_syncing_profile"
    STORES_NO_TOKENS = "token_storage_not_supported"
    WRONG_TYPE = "unexpected_type"
    SENDS_NOTHING = "not_found"


_KINDS: Mapping[Rule, ErrorKind] = dict.fromkeys(
    (
        Rule.UNKNOWN_FACTORY,
        Rule.FACTORY_INSTALLED_TWICE,
        Rule.ONLY_ONCE,
        Rule.TARGET_TAKEN,
        Rule.SYNCS_NO_PROFILE,
        Rule.STORES_NO_TOKENS,
    ),
    ErrorKind.UNPROCESSABLE,
)


class ConnectorRefused(DomainError):
    """A rule would be broken."""

    def __init__(self, rule: Rule, *, data: object = None, **values: object) -> None:
        self.rule = rule
        self.code = f"connector.{rule}"  # type: ignore[misc] # one class, one code per rule
        self.kind = _KINDS.get(rule, ErrorKind.INVALID)  # type: ignore[misc] # the same
        super().__init__(data=data)
        self.values = values


class ConnectorsCollide(ConnectorRefused):
    """Connectors that are there already exclude each other: nobody's request is to blame."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self.kind = ErrorKind.INVALID  # type: ignore[misc] # see above


class NobodyCarriesMessages(DomainError):
    """The tenant has no connector of the type a message needs. Values: `type`."""

    code = "connector.not_found"
    kind = ErrorKind.NOT_IMPLEMENTED


class ConnectorIdInUse(DomainError):
    """The tenant has a connector with the id that was asked for."""

    code = "entity.unique_integrity_violation"
    kind = ErrorKind.UNPROCESSABLE


class InsufficientInfo(DomainError):
    """Nobody is sent to a provider without a state to come back with, or a place to come back to."""

    code = "session.insufficient_info"
