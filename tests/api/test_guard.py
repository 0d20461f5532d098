"""Validation failures, compared with the reference's words where recordings or the specification show them."""

from typing import Any

import pytest
from pydantic import ValidationError

from sekisho.api.guard import from_errors
from sekisho.api.management.wire.applications import CreateApplicationBody, CreateSecretBody
from sekisho.api.management.wire.body import Body
from sekisho.api.management.wire.users import CreateUserBody, ProfileBody, UpdateUserBody

_TYPES = ["Native", "SPA", "Traditional", "MachineToMachine", "Protected", "SAML"]
_EXPECTED = " | ".join(f"'{name}'" for name in _TYPES)
_APP = {"name": "x", "type": "SPA"}


def issues(shape: type[Body], value: Any) -> tuple[list[dict[str, Any]], str | None]:
    with pytest.raises(ValidationError) as caught:
        shape.model_validate(value)
    refusal = from_errors([{**error, "loc": ("body", *error["loc"])} for error in caught.value.errors()], shape=shape)
    data: Any = refusal.data
    assert (data["name"], refusal.values) == ("ZodError", {"type": "body"})
    return data["issues"], refusal.details


def test_a_missing_member_tells_what_was_expected() -> None:
    required = {"code": "invalid_type", "expected": "object", "received": "undefined", "message": "Required"}
    line = 'Error in key path "profile": (invalid_type) Expected object but received undefined.'
    assert issues(ProfileBody, {"website": "x"}) == ([{**required, "path": ["profile"]}], line)


def test_every_missing_member_is_told() -> None:
    found, lines = issues(CreateApplicationBody, {})
    assert [(issue["path"], issue["expected"]) for issue in found] == [(["name"], "string"), (["type"], _EXPECTED)]
    assert lines is not None
    assert len(lines.splitlines()) == 2


def test_a_missing_member_inside_another_is_told_with_its_path() -> None:
    found, _ = issues(CreateApplicationBody, {**_APP, "oidcClientMetadata": {"redirectUris": []}})
    assert [(issue["path"], issue["expected"]) for issue in found] == [
        (["oidcClientMetadata", "postLogoutRedirectUris"], "array")
    ]


def test_an_unknown_choice_lists_the_known_ones() -> None:
    message = f"Invalid enum value. Expected {_EXPECTED}, received 'Nope'"
    issue = {"received": "Nope", "code": "invalid_enum_value", "options": _TYPES, "path": ["type"], "message": message}
    line = f'Error in key path "type": (invalid_enum_value) {message}'
    assert issues(CreateApplicationBody, {"name": "x", "type": "Nope"}) == ([issue], line)


def test_a_choice_of_another_type_is_a_wrong_type() -> None:
    found, _ = issues(CreateApplicationBody, {"name": "x", "type": 1})
    assert [(issue["code"], issue["expected"], issue["received"], issue["path"]) for issue in found] == [
        ("invalid_type", _EXPECTED, "number", ["type"])
    ]


def test_a_redirect_uri_that_is_none_is_told_by_its_index() -> None:
    uris = {"redirectUris": ["https://app.example.com/callback", "not a uri"], "postLogoutRedirectUris": []}
    path = ["oidcClientMetadata", "redirectUris", 1]
    line = 'Error in key path "oidcClientMetadata.redirectUris.1": (custom) Invalid input'
    expected = [{"code": "custom", "message": "Invalid input", "path": path}], line
    assert issues(CreateApplicationBody, {**_APP, "oidcClientMetadata": uris}) == expected


def test_a_text_without_its_form_is_an_invalid_string() -> None:
    issue = {"validation": "regex", "code": "invalid_string", "message": "Invalid", "path": ["primaryPhone"]}
    line = 'Error in key path "primaryPhone": (invalid_string) Invalid'
    assert issues(CreateUserBody, {"primaryPhone": "abc"}) == ([issue], line)


def test_a_value_that_fits_none_of_two_forms_tells_both() -> None:
    ((issue,), _) = issues(UpdateUserBody, {"username": "1"})
    assert (issue["code"], issue["path"], issue["message"]) == ("invalid_union", ["username"], "Invalid input")
    codes = [union["issues"][0]["code"] for union in issue["unionErrors"]]
    assert codes == ["invalid_string", "invalid_literal"]


@pytest.mark.parametrize(
    ("shape", "value", "expected"),
    [
        (CreateUserBody, {"name": 1}, ("invalid_type", "Expected string, received number")),
        (CreateUserBody, {"name": None}, ("invalid_type", "Expected string, received null")),
        (CreateUserBody, {"customData": []}, ("invalid_type", "Expected object, received array")),
        (CreateUserBody, {"profile": "x"}, ("invalid_type", "Expected object, received string")),
        (CreateUserBody, [], ("invalid_type", "Expected object, received array")),
        (CreateUserBody, {"password": ""}, ("too_small", "String must contain at least 1 character(s)")),
        (CreateSecretBody, {"name": "x", "expiresAt": True}, ("invalid_type", "Expected number, received boolean")),
        (CreateSecretBody, {"name": "x" * 257}, ("too_big", "String must contain at most 256 character(s)")),
        (
            CreateApplicationBody,
            {**_APP, "customClientMetadata": {"refreshTokenTtlInDays": 0}},
            ("too_small", "Number must be greater than or equal to 1"),
        ),
        (
            CreateApplicationBody,
            {**_APP, "customClientMetadata": {"refreshTokenTtlInDays": 181}},
            ("too_big", "Number must be less than or equal to 180"),
        ),
        (
            CreateApplicationBody,
            {**_APP, "customClientMetadata": {"refreshTokenTtlInDays": 1.5}},
            ("invalid_type", "Expected integer, received float"),
        ),
        (
            CreateApplicationBody,
            {**_APP, "customClientMetadata": {"maxAllowedGrants": 0}},
            ("too_small", "Number must be greater than 0"),
        ),
        (
            CreateApplicationBody,
            {**_APP, "customClientMetadata": {"isDeviceFlow": "true"}},
            ("invalid_type", "Expected boolean, received string"),
        ),
    ],
)
def test_failures_have_the_code_and_words_of_the_wire(shape: type[Body], value: Any, expected: tuple[str, str]) -> None:
    ((issue,), _) = issues(shape, value)
    assert (issue["code"], issue["message"]) == expected
