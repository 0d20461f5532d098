"""Validation failures in the wire's words: Pydantic's errors become `issues` and `details` (management-api.md §3.2).

One table from Pydantic's error types to issue codes. Its keys are Pydantic's vocabulary, its values the wire's.
Request bodies and the configurations of connectors are refused alike.
"""

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

Issue: TypeAlias = dict[str, Any]
Path: TypeAlias = Sequence[str | int]

_NAME = "ZodError"
_EXPECTED = {
    "string_type": "string",
    "bool_type": "boolean",
    "number_type": "number",
    "int_type": "number",
    "float_type": "number",
    "list_type": "array",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
}


def issues_of(errors: Sequence[Mapping[str, Any]], *, shape: Any) -> list[Issue]:
    """Return the issues of Pydantic's `errors()`; `shape` is the type the value should have had."""
    return [_issue(error, error["loc"], shape) for error in errors]


def document_of(issues: Sequence[Issue]) -> dict[str, Any]:
    """Return what a refusal carries as `data`."""
    return {"issues": list(issues), "name": _NAME}


def details_of(issues: Sequence[Issue]) -> str:
    """Return what a refusal carries as `details`: a line for each issue."""
    return "\n".join(_line(issue) for issue in issues)


def _issue(error: Mapping[str, Any], path: Path, shape: Any) -> Issue:
    kind, value, context = error["type"], error.get("input"), error.get("ctx") or {}
    if kind == "missing":
        expected = _kind_of_type(_member(shape, path))
        return _wrong_type(path, expected=expected, received="undefined", message="Required")
    if kind == "int_type" and isinstance(value, float):
        return _wrong_type(path, expected="integer", received="float")
    if kind in _EXPECTED:
        return _wrong_type(path, expected=_EXPECTED[kind], received=_kind_of_value(value))
    if make := _CONSTRAINTS.get(kind):
        return {**make(value, context), "path": list(path)}
    if kind == "invalid_union":
        unions = [{"issues": [{**issue, "path": list(path)}], "name": _NAME} for issue in context["alternatives"]]
        return {"code": kind, "unionErrors": unions, "path": list(path), "message": error["msg"]}
    if kind == "invalid_string":
        return {"code": kind, **context, "path": list(path), "message": error["msg"]}
    message = error["msg"] if kind == "custom" else "Invalid input"
    return {"code": "custom", "path": list(path), "message": message}


def _wrong_type(path: Path, *, expected: str, received: str, message: str | None = None) -> Issue:
    return {
        "code": "invalid_type",
        "expected": expected,
        "received": received,
        "path": list(path),
        "message": message or f"Expected {expected}, received {received}",
    }


def _too_small(what: str, unit: str) -> Callable[[Any, Mapping[str, Any]], Issue]:
    def make(_value: Any, context: Mapping[str, Any]) -> Issue:
        minimum = context["min_length"]
        message = f"{what.capitalize()} must contain at least {minimum} {unit}(s)"
        return _bound("too_small", "minimum", minimum, what, message)

    return make


def _too_long(_value: Any, context: Mapping[str, Any]) -> Issue:
    maximum = context["max_length"]
    message = f"String must contain at most {maximum} character(s)"
    return _bound("too_big", "maximum", maximum, "string", message)


def _bound(code: str, name: str, limit: Any, what: str, message: str) -> Issue:
    return {"code": code, name: limit, "type": what, "inclusive": True, "exact": False, "message": message}


def _at_least(_value: Any, context: Mapping[str, Any]) -> Issue:
    message = f"Number must be greater than or equal to {context['ge']}"
    return _bound("too_small", "minimum", context["ge"], "number", message)


def _at_most(_value: Any, context: Mapping[str, Any]) -> Issue:
    message = f"Number must be less than or equal to {context['le']}"
    return _bound("too_big", "maximum", context["le"], "number", message)


def _positive(_value: Any, context: Mapping[str, Any]) -> Issue:
    message = f"Number must be greater than {context['gt']}"
    return {**_bound("too_small", "minimum", context["gt"], "number", message), "inclusive": False}


def _pattern(_value: Any, _context: Mapping[str, Any]) -> Issue:
    return {"code": "invalid_string", "validation": "regex", "message": "Invalid"}


def _enum(value: Any, context: Mapping[str, Any]) -> Issue:
    expected = str(context["expected"]).replace(" or ", ", ").replace(", ", " | ")
    if not isinstance(value, str):
        received = _kind_of_value(value)
        return _wrong_type((), expected=expected, received=received)
    options = [option.strip("'") for option in expected.split(" | ")]
    message = f"Invalid enum value. Expected {expected}, received '{value}'"
    return {"code": "invalid_enum_value", "received": value, "options": options, "message": message}


_CONSTRAINTS: Mapping[str, Callable[[Any, Mapping[str, Any]], Issue]] = {
    "string_too_short": _too_small("string", "character"),
    "string_too_long": _too_long,
    "too_short": _too_small("array", "element"),
    "string_pattern_mismatch": _pattern,
    "literal_error": _enum,
    "greater_than_equal": _at_least,
    "less_than_equal": _at_most,
    "greater_than": _positive,
}


def _line(issue: Issue) -> str:
    """Return one line of `details`."""
    reason = issue["message"]
    if issue["code"] == "invalid_type":
        reason = f"Expected {issue['expected']} but received {issue['received']}."
    path = ".".join(str(step) for step in issue["path"])
    return f'Error in key path "{path}": ({issue["code"]}) {reason}'


def _kind_of_value(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str() | bytes():
            return "string"
        case int() | float():
            return "number"
        case list() | tuple():
            return "array"
        case _:
            return "object"


def _kind_of_type(annotation: Any) -> str:
    """Return what the wire calls the values of a type."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind_of_type(get_args(annotation)[0])
    if origin is Literal:
        return " | ".join(f"'{value}'" for value in get_args(annotation))
    if origin in {Union, types.UnionType}:
        return _kind_of_type(get_args(annotation)[0])
    plain = origin or annotation
    if not isinstance(plain, type):
        return "object"
    for kind, name in ((bool, "boolean"), (str, "string"), (int, "number"), (float, "number"), (list, "array")):
        if issubclass(plain, kind):
            return name
    return "object"


def _member(shape: Any, path: Path) -> Any:
    """Return the type of a member that is missing from its object."""
    for step in path:
        if get_origin(shape) is Annotated or get_origin(shape) in {Union, types.UnionType}:
            shape = get_args(shape)[0]
        if isinstance(step, int):
            shape = next(iter(get_args(shape)), Any)
        elif isinstance(shape, type) and hasattr(shape, "model_fields"):
            fields = shape.model_fields.items()
            shape = next((field.annotation for name, field in fields if step in {name, field.alias}), Any)
        else:
            return Any
    return shape
