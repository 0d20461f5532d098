"""Descriptions of APIs, made comparable: an operation becomes a set of short facts.

Texts, formats and lengths are left out; names, places, types, what is required and what may be null are not.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Facts = frozenset[str]
_JSON = "application/json"


def operation_facts(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Facts:
    """Return what an operation says of itself."""
    return frozenset(_facts(document, operation))


def _facts(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"id {operation['operationId']}"
    yield f"security {operation.get('security', 'default')}"
    yield from (f"tag {tag}" for tag in operation["tags"])
    for raw in operation.get("parameters", ()):
        parameter = _resolved(document, raw)
        yield f"parameter {parameter['in']} {parameter['name']}{_mark(parameter.get('required', False))}"
    yield from _content_facts(document, "body", operation.get("requestBody", {}))
    for status, answer in operation["responses"].items():
        yield f"status {status}"
        yield from _content_facts(document, f"answer {status}", answer)


def _content_facts(document: Mapping[str, Any], where: str, holder: Mapping[str, Any]) -> Iterator[str]:
    schema = holder.get("content", {}).get(_JSON, {}).get("schema")
    if schema:
        yield from _schema_facts(document, where, schema, is_required=True)


def _schema_facts(
    document: Mapping[str, Any], where: str, raw: Mapping[str, Any], *, is_required: bool
) -> Iterator[str]:
    schema = _resolved(document, raw)
    yield f"{where}: {_type(document, schema)}{_mark(is_required)}{' or null' if schema.get('nullable') else ''}"
    for name, member in schema.get("properties", {}).items():
        yield from _schema_facts(document, f"{where}.{name}", member, is_required=name in schema.get("required", ()))
    for keyword, suffix in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(keyword), Mapping):
            yield from _schema_facts(document, where + suffix, schema[keyword], is_required=True)


def _type(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(sorted(str(value) for value in schema["enum"]))
    if choices := schema.get("oneOf", schema.get("anyOf")):
        return " or ".join(sorted({str(_resolved(document, choice).get("type")) for choice in choices}))
    named = str(schema.get("type"))
    return "number" if named == "integer" else named


def _resolved(document: Mapping[str, Any], raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow references, also where one stands alone in `allOf` to carry more beside it."""
    while "$ref" in raw or len(raw.get("allOf", ())) == 1:
        if "$ref" in raw:
            target: Any = document
            for step in raw["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            raw = {**target, **{name: value for name, value in raw.items() if name != "$ref"}}
        else:
            raw = {**raw["allOf"][0], **{name: value for name, value in raw.items() if name != "allOf"}}
    return raw


def _mark(is_required: bool) -> str:  # noqa: FBT001 — private, one meaning
    return "" if is_required else "?"
