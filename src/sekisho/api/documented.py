"""What an operation says of itself in OpenAPI beside what FastAPI sees: answers, refusals, parameters read by us."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import Response

COMPONENTS: dict[str, Any] = {}
"""Schemas of the answers of every operation that was declared, by name."""

ANYTHING: Mapping[str, Any] = {}
OBJECT: Mapping[str, Any] = {"type": "object", "additionalProperties": True}
_REF = "#/components/schemas/{name}"

PAGE_PARAMETERS: Sequence[Mapping[str, Any]] = tuple(
    {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "default": default},
    }
    for name, default in (("page", 1), ("page_size", 20))
)
SEARCH_PARAMETER: Mapping[str, Any] = {
    "name": "search_params",
    "in": "query",
    "required": False,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    "explode": True,
}


def text_parameter(name: str) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}


def operation(
    operation_id: str,
    *,
    answers: Mapping[int, Any],
    refusals: Sequence[int] = (),
    parameters: Sequence[Mapping[str, Any]] = (),
    is_public: bool = False,
) -> dict[str, Any]:
    """Return the arguments of a route decorator. `answers` maps a status to a type, a schema, or None for no body."""
    extra: dict[str, Any] = {"parameters": list(parameters)} if parameters else {}
    if is_public:
        extra["security"] = []
    responses: dict[int | str, dict[str, Any]] = {status: _answer(answer) for status, answer in answers.items()}
    responses |= {status: {"description": ""} for status in refusals}
    return {
        "operation_id": operation_id,
        "status_code": next(iter(answers)),
        "responses": responses,
        "response_class": Response,
        "response_model": None,
        "openapi_extra": extra,
    }


def _answer(answer: Any) -> dict[str, Any]:
    if answer is None:
        return {"description": ""}
    described = {} if answer == ANYTHING else {"schema": _schema(answer)}
    return {"description": "", "content": {"application/json": described}}


def _schema(answer: Any) -> Any:
    if isinstance(answer, Mapping):
        return answer
    (schema,), components = msgspec.json.schema_components((answer,), ref_template=_REF)
    COMPONENTS.update({name: _without_absent(component) for name, component in components.items()})
    return schema


def _without_absent(component: Any) -> Any:
    """Drop the null that stands for an absent member: our encoder leaves such members out."""
    properties = component.get("properties", {})
    for name, schema in properties.items():
        if "default" in schema and schema.pop("default") is None:
            present = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
            properties[name] = present[0] if len(present) == 1 else {"anyOf": present}
    return component
