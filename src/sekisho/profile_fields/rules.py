"""Whether a definition of a profile field makes sense: pure functions (management-api.md §13.6).

What is wrong in itself is refused always. What only a finished field must have (options, a pattern that can be
matched, a default that can be chosen) is asked for when a field is changed, not when it is begun.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.profile_fields.errors import FieldRefused, Flaw, ReservedFieldName
from sekisho.profile_fields.models import FieldDefinition, FieldType
from sekisho.profile_fields.names import NAME, RESERVED, ReservedField

_IN_ORDER = (ReservedField.BUILT_IN, ReservedField.CUSTOM_DATA, ReservedField.SIGN_IN_IDENTIFIER)
# Patterns are matched by browsers, in their dialect; what Python spells otherwise is respelled before it is judged.
_DIALECT = ((re.compile(r"\(\?<(?![=!])"), "(?P<"), (re.compile(r"\\[pP]\{[^}]*\}"), r"\\w"))
_CHECKBOX_VALUES = frozenset({"true", "false"})


def check_name(name: str) -> None:
    """Refuse a name no field may have: raises `FieldRefused`, `ReservedFieldName`."""
    if not NAME.fullmatch(name):
        raise FieldRefused(Flaw.NAME)
    for reason in _IN_ORDER:
        if name in RESERVED[reason]:
            raise ReservedFieldName(reason, name=name)


def check_definition(definition: FieldDefinition, *, is_finished: bool) -> None:
    """Refuse a definition that makes no sense: raises `FieldRefused`."""
    if definition.type.has_parts:
        _check_parts(definition, is_finished=is_finished)
    else:
        _check_config(definition.type, definition.config, is_finished=is_finished)


def _check_parts(definition: FieldDefinition, *, is_finished: bool) -> None:
    parts: Sequence[Mapping[str, Any]] = definition.config.get("parts", ())
    names = [part["name"] for part in parts]
    if not names or len(names) != len(set(names)):
        is_address = definition.type is FieldType.ADDRESS
        raise FieldRefused(Flaw.ADDRESS_PARTS if is_address else Flaw.FULLNAME_PARTS)
    for part in parts:
        type_ = FieldType(part["type"])
        if type_.has_parts:
            raise FieldRefused(Flaw.PART_TYPE)
        _check_config(type_, part.get("config", {}), is_finished=is_finished)


def _check_config(type_: FieldType, config: Mapping[str, Any], *, is_finished: bool) -> None:
    for least, most in (("minLength", "maxLength"), ("minValue", "maxValue")):
        if least in config and most in config and config[least] > config[most]:
            raise FieldRefused(Flaw.BOUNDS)
    if not is_finished:
        return
    options = [option["value"] for option in config.get("options", ())]
    if type_ is FieldType.SELECT and not options:
        raise FieldRefused(Flaw.OPTIONS)
    if type_ is FieldType.REGEX and not _is_pattern(config.get("format", "")):
        raise FieldRefused(Flaw.REGEX)
    default = config.get("defaultValue")
    choices = _CHECKBOX_VALUES if type_ is FieldType.CHECKBOX else options
    if default is not None and type_ in {FieldType.CHECKBOX, FieldType.SELECT} and default not in choices:
        raise FieldRefused(Flaw.DEFAULT_VALUE)


def _is_pattern(pattern: str) -> bool:
    """Tell whether a pattern can be matched."""
    for foreign, ours in _DIALECT:
        pattern = foreign.sub(ours, pattern)
    try:
        with warnings.catch_warnings():
            # What Python may read otherwise one day is no concern of a browser.
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return bool(pattern)
