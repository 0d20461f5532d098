"""Custom profile fields on a form: which controls they get, and what people typed into them (experience.md §24).

A pattern is matched by the reader's browser alone. Attack: a pattern that takes ages on a text chosen for it would hold
this process up; nothing depends on the match, and programs may send what they like anyway (§24.3).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import normalize
from urllib.parse import urlsplit

from sekisho.hosted.pages import Control, ProfileChoice, ProfileGroup, ProfileInput
from sekisho.hosted.pages import ProfileField as Shown
from sekisho.http.forms import Form
from sekisho.i18n.translator import Translator
from sekisho.profile_fields.models import FieldType, ProfileField

#: What is said about a value that cannot be read.
PROBLEMS: Mapping[Control, str] = {
    Control.DATE: "sekisho.profile.not_a_date",
    Control.NUMBER: "sekisho.profile.not_a_number",
    Control.URL: "sekisho.profile.not_an_address",
}
REQUIRED, NOT_CHOSEN = "sekisho.profile.required", "sekisho.profile.not_chosen"
TOO_SMALL, TOO_LARGE = "sekisho.profile.too_small", "sekisho.profile.too_large"

_CONTROLS = {
    FieldType.NUMBER: Control.NUMBER,
    FieldType.CHECKBOX: Control.TICK,
    FieldType.SELECT: Control.CHOICE,
    FieldType.URL: Control.URL,
}
# What a browser may fill in by itself (WCAG 2.2 §1.3.5).
_AUTOCOMPLETE = {
    "name": "name",
    "givenName": "given-name",
    "middleName": "additional-name",
    "familyName": "family-name",
    "nickname": "nickname",
    "website": "url",
    "profile": "url",
    "avatar": "photo",
    "gender": "sex",
    "birthdate": "bday",
    "locale": "language",
    "formatted": "street-address",
    "streetAddress": "address-line1",
    "locality": "address-level2",
    "region": "address-level1",
    "postalCode": "postal-code",
    "country": "country-name",
}
_DATE_PART = re.compile(r"y+|M+|d+")
_DATE_PARTS = {"yyyy": "{0.year:04}", "MM": "{0.month:02}", "M": "{0.month}", "dd": "{0.day:02}", "d": "{0.day}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One input: a field, or a part of one. `path` is where its value goes."""

    path: tuple[str, ...]
    label: str
    description: str | None
    type: FieldType
    is_required: bool
    config: Mapping[str, Any]

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def control(self) -> Control:
        if self.type is FieldType.DATE:
            return Control.TEXT if self.date_format is None else Control.DATE
        return Control.LINES if self.path[-1] == "formatted" else _CONTROLS.get(self.type, Control.TEXT)

    @property
    def date_format(self) -> str | None:
        """Return how a date is kept, as a format string; None for a notation that is not ours to write."""
        asked = self.config.get("format", "")
        notation = self.config.get("customFormat", "") if asked == "custom" else asked
        parts = _DATE_PART.findall(notation)
        if not parts or not _DATE_PARTS.keys() >= set(parts) or re.search("[A-Za-z{}]", _DATE_PART.sub("", notation)):
            return None
        return _DATE_PART.sub(lambda part: _DATE_PARTS[part[0]], notation)


def shown_fields(
    fields: Sequence[ProfileField], *, say: Translator, values: Mapping[str, str] | None = None
) -> tuple[Shown, ...]:
    """Return the controls of fields, with what was typed, by the names of the inputs."""
    return tuple(_shown(field, say=say, values=values or {}) for field in fields)


def typed_values(fields: Sequence[ProfileField], form: Form, *, say: Translator) -> Mapping[str, str]:
    """Return what a form holds for the inputs of the fields."""
    return {slot.name: form.text(slot.name).strip() for field in fields for slot in _slots(field, say=say)}


def check_values(fields: Sequence[ProfileField], values: Mapping[str, str], *, say: Translator) -> Mapping[str, str]:
    """Return what is wrong with typed values, input by input."""
    slots = (slot for field in fields for slot in _slots(field, say=say))
    found = {slot.name: _problem(slot, values[slot.name], say=say) for slot in slots}
    return {name: problem for name, problem in found.items() if problem is not None}


def profile_of(fields: Sequence[ProfileField], values: Mapping[str, str], *, say: Translator) -> Mapping[str, Any]:
    """Return checked values as they are kept: texts, and an object for an address (§24.3)."""
    profile: dict[str, Any] = {}
    for field in fields:
        for slot in _slots(field, say=say):
            *outer, name = slot.path
            place = profile.setdefault(outer[0], {}) if outer else profile
            place[name] = _kept(slot, values[slot.name])
    return profile


def _shown(field: ProfileField, *, say: Translator, values: Mapping[str, str]) -> Shown:
    inputs = tuple(_input(slot, say=say, values=values) for slot in _slots(field, say=say))
    if not field.definition.type.has_parts:
        return inputs[0]
    label = field.definition.label or _phrase(field.name, say=say)
    return ProfileGroup(label=label, inputs=inputs, description=field.definition.description or None)


def _input(slot: Slot, *, say: Translator, values: Mapping[str, str]) -> ProfileInput:
    placeholder = slot.config.get("placeholder") or (
        slot.config.get("customFormat", "") if slot.type is FieldType.DATE and slot.control is Control.TEXT else ""
    )
    return ProfileInput(
        name=slot.name,
        label=slot.label,
        control=slot.control,
        value=values.get(slot.name, slot.config.get("defaultValue", "")),
        description=slot.description,
        placeholder=placeholder,
        pattern=slot.config.get("format", "") if slot.type is FieldType.REGEX else "",
        is_required=slot.is_required,
        autocomplete=_AUTOCOMPLETE.get(slot.path[-1], "off"),
        choices=tuple(_choices(slot, say=say)),
    )


def _slots(field: ProfileField, *, say: Translator) -> Iterator[Slot]:
    """Return the inputs of a field. A full name's parts are kept by themselves, an address as one object."""
    definition = field.definition
    if not definition.type.has_parts:
        yield Slot(
            path=(field.name,),
            label=definition.label or _phrase(field.name, say=say),
            description=definition.description or None,
            type=definition.type,
            is_required=definition.is_required,
            config=definition.config,
        )
        return
    is_address = definition.type is FieldType.ADDRESS
    for part in definition.config.get("parts", ()):
        if not part.get("enabled"):
            continue
        name = part["name"]
        yield Slot(
            path=(field.name, name) if is_address else (name,),
            label=part.get("label") or _phrase(f"address.{name}" if is_address else name, say=say),
            description=part.get("description") or None,
            type=FieldType(part["type"]),
            is_required=bool(part.get("required")),
            config=part.get("config") or {},
        )


def _phrase(name: str, *, say: Translator) -> str:
    """Return what a field is called whose label was left empty."""
    return say.find(f"profile.{name}") or say.find(f"profile.{name}.formatted") or name


def _choices(slot: Slot, *, say: Translator) -> Iterator[ProfileChoice]:
    if slot.type is not FieldType.SELECT:
        return
    for option in slot.config.get("options", ()):
        value = option["value"]
        named = say.find(f"profile.gender_options.{value}") if slot.path == ("gender",) else None
        yield ProfileChoice(value=value, label=option.get("label") or named or value)


def _problem(slot: Slot, value: str, *, say: Translator) -> str | None:
    if slot.control is Control.TICK:
        return None
    if not value:
        missing = NOT_CHOSEN if slot.control is Control.CHOICE else REQUIRED
        return say(missing, label=slot.label) if slot.is_required else None
    match slot.control:
        case Control.DATE if _date(value) is None:
            return say(PROBLEMS[Control.DATE])
        case Control.URL if not _is_web_address(value):
            return say(PROBLEMS[Control.URL])
        case Control.NUMBER:
            return _number_problem(slot, value, say=say)
        case Control.CHOICE if value not in {option["value"] for option in slot.config.get("options", ())}:
            return say(NOT_CHOSEN, label=slot.label)
        case Control.TEXT | Control.LINES:
            return _length_problem(slot, len(value), say=say)
        case _:
            return None


def _number_problem(slot: Slot, value: str, *, say: Translator) -> str | None:
    number = _number(value)
    if number is None:
        return say(PROBLEMS[Control.NUMBER])
    least, most = slot.config.get("minValue"), slot.config.get("maxValue")
    is_small, is_large = least is not None and number < least, most is not None and number > most
    if (is_small or is_large) and least is not None and most is not None:
        return say("error.invalid_min_max_input", minValue=least, maxValue=most)
    if is_small:
        return say(TOO_SMALL, min=least)
    return say(TOO_LARGE, max=most) if is_large else None


def _length_problem(slot: Slot, length: int, *, say: Translator) -> str | None:
    least, most = slot.config.get("minLength"), slot.config.get("maxLength")
    is_short, is_long = least is not None and length < least, most is not None and length > most
    if (is_short or is_long) and least is not None and most is not None:
        return say("error.invalid_min_max_length", minLength=least, maxLength=most)
    if is_short:
        return say("error.username_too_short", min=least)
    return say("error.username_too_long", max=most) if is_long else None


def _kept(slot: Slot, value: str) -> str:
    if slot.control is Control.TICK:
        return "true" if value else "false"
    if slot.control is Control.NUMBER:
        return normalize("NFKC", value)
    chosen = _date(value) if slot.control is Control.DATE else None
    return value if chosen is None or slot.date_format is None else slot.date_format.format(chosen)


def _date(value: str) -> date | None:
    try:
        # HTML §2.3.5.2: whatever the control looks like, it sends `1990-01-31`.
        return date.fromisoformat(value)
    except ValueError:
        return None


def _number(value: str) -> Decimal | None:
    try:
        number = Decimal(normalize("NFKC", value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
