"""What a connector is: its id, its names, how it looks, and the form in which administrators configure it.

The shapes of connectors.md §4.2 and §4.3. `name` and `description` map language tags to texts and need `en`.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class ConnectorType(StrEnum):
    SOCIAL = "Social"
    EMAIL = "Email"
    SMS = "Sms"


class Platform(StrEnum):
    """Where a social connector's sign-in runs; of one target, one connector for each platform is enough."""

    NATIVE = "Native"
    UNIVERSAL = "Universal"
    WEB = "Web"


class FormItemType(StrEnum):
    """The input of a form item, and what it stores: a text, number, boolean, list of texts, or any JSON."""

    TEXT = "Text"
    MULTILINE_TEXT = "MultilineText"
    NUMBER = "Number"
    SWITCH = "Switch"
    SELECT = "Select"
    MULTI_SELECT = "MultiSelect"
    JSON = "Json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One item of a Select (which has titles) or MultiSelect (which has none)."""

    value: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCondition:
    """The item is shown while the item `target_key` has the value."""

    target_key: str
    expect_value: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormItem:
    """One input of the form. `key` is that of the configuration, in camelCase; `default` fills a new form."""

    key: str
    label: str
    type: FormItemType
    placeholder: str | None = None
    is_required: bool | None = None
    default: object = None
    items: Sequence[Choice] = ()
    show_conditions: Sequence[ShowCondition] = ()
    description: str | None = None
    tooltip: str | None = None
    is_confidential: bool | None = None

    def to_wire(self) -> dict[str, Any]:
        chosen = [_present({"value": each.value, "title": each.title}) for each in self.items]
        conditions = [
            _present({"targetKey": each.target_key, "expectValue": each.expect_value}) for each in self.show_conditions
        ]
        members = {
            "type": self.type,
            "key": self.key,
            "label": self.label,
            "placeholder": self.placeholder,
            "required": self.is_required,
            "defaultValue": self.default,
            "selectItems": chosen or None,
            "showConditions": conditions or None,
            "description": self.description,
            "tooltip": self.tooltip,
            "isConfidential": self.is_confidential,
        }
        return _present(members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A connector as administrators and pages see it.

    `id` is also the name of the entry point. `target` names the identity provider: identities of users are kept under
    it. `logo` and `logo_dark` are `data:` or `https:` URIs (`svg_file`), `readme` is Markdown. A standard connector may
    be added many times, each with a target of its own. `config_template` stands in for `form_items` in the Console.
    """

    id: str
    type: ConnectorType
    target: str
    platform: Platform | None = None
    name: Mapping[str, str]
    description: Mapping[str, str]
    logo: str
    logo_dark: str | None = None
    readme: str
    form_items: Sequence[FormItem] = ()
    is_standard: bool | None = None
    is_token_storage_supported: bool | None = None
    config_template: str | None = None
    custom_data: Mapping[str, Any] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        """Return the members both a factory and a connector show; `id` is the factory's."""
        return {
            "id": self.id,
            "target": self.target,
            "platform": self.platform,
            "name": dict(self.name),
            "description": dict(self.description),
            "logo": self.logo,
            "logoDark": self.logo_dark,
            "readme": self.readme,
            **_present(
                {
                    "configTemplate": self.config_template,
                    "formItems": [item.to_wire() for item in self.form_items] or None,
                    "isStandard": self.is_standard,
                    "isTokenStorageSupported": self.is_token_storage_supported,
                    "customData": dict(self.custom_data) or None,
                }
            ),
        }


def text_file(beside: str, name: str) -> str:
    """Return the text of a file next to a module: `text_file(__file__, "example.md")`."""
    return Path(beside).with_name(name).read_text(encoding="utf-8")


def svg_file(beside: str, name: str) -> str:
    """Return an SVG next to a module as a data URI: `svg_file(__file__, "example.svg")`."""
    return svg_uri(text_file(beside, name))


def svg_uri(markup: str) -> str:
    """Return an SVG as a data URI."""
    return f"data:image/svg+xml;base64,{b64encode(markup.encode()).decode()}"


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
