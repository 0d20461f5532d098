"""A message before it is put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from sekisho.connectors.kit.messages import TemplateType
from sekisho.users.models import Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be said, and to whom: an e-mail address or a phone number. `payload` holds the variables."""

    purpose: TemplateType
    to: Identifier
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Delivery(Enum):
    """How a message is sent, as far as whoever asked for it can tell."""

    #: Sent; what goes wrong is told.
    OPEN = auto()
    #: Sent, and nobody may learn from the answer that there is somebody to send it to.
    DISCREET = auto()
    #: Not sent, because there is nobody; from outside the same as a discreet one.
    SILENT = auto()
