"""The APIs' own description: OpenAPI 3.0.3 where existing tools look for it, 3.1 at `/api/openapi.json`.

One normaliser makes both from what FastAPI sees: paths on the wire, no framework vocabulary, and for 3.0.3 the older
way to say null and bounds.
"""

from collections.abc import Mapping
from importlib import metadata
from typing import Any, cast

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from sekisho.api.documented import ANYTHING, COMPONENTS, operation
from sekisho.api.responses import JsonResponse
from sekisho.api.routing import JsonRoute
from sekisho.http.context import context

router = APIRouter(route_class=JsonRoute)

_PREFIX = "/api"
_FRAMEWORK_SCHEMAS = {"HTTPValidationError", "ValidationError"}
_WITHOUT_TOKEN = ("/api/experience", "/api/interaction", "/api/.well-known")
_SECURITY = {
    "OAuth2": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/oidc/token", "scopes": {"all": "All scopes"}}},
    }
}
_NULL = {"type": "null"}
_ANY_NUMBER = [{"type": "integer"}, {"type": "number"}]
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


@router.get(
    "/.well-known/management.openapi.json",
    tags=["Well-known"],
    **operation("GetWellKnownManagementOpenapiJson", answers={200: ANYTHING}, is_public=True),
)
async def get_well_known_management_openapi_json(request: Request) -> Response:
    document = _document(request, version="3.0.3")
    paths = {path: item for path, item in document["paths"].items() if not _is_without_token(path)}
    return JsonResponse({**document, "paths": paths})


@router.get(
    "/swagger.json",
    tags=["Swagger.json"],
    **operation("GetSwaggerJson", answers={200: ANYTHING}, is_public=True),
)
async def get_swagger_json(request: Request) -> Response:
    return JsonResponse(_document(request, version="3.0.3"))


@router.get("/openapi.json", include_in_schema=False)
async def get_openapi_json(request: Request) -> Response:
    return JsonResponse(_document(request, version="3.1.0"))


def _document(request: Request, *, version: str) -> dict[str, Any]:
    """Return the description of all APIs, with the caller's own server; made once per process and version."""
    app = cast("FastAPI", request.app)
    known: dict[str, dict[str, Any]] = app.state.documents
    if version not in known:
        known[version] = normalized(app, version=version)
    return {**known[version], "servers": [{"url": context(request).urls.base}]}


def normalized(app: FastAPI, *, version: str) -> dict[str, Any]:
    """Return the description of an application, in the words of one version of OpenAPI."""
    raw = get_openapi(
        title="Sekisho APIs", version=metadata.version("sekisho"), openapi_version=version, routes=app.state.operations
    )
    schema = _Schema(is_old=version.startswith("3.0"))
    schemas = {**raw.get("components", {}).get("schemas", {}), **COMPONENTS}
    return {
        "openapi": version,
        "info": raw["info"],
        "paths": {_PREFIX + path: _path_item(_PREFIX + path, item, schema) for path, item in raw["paths"].items()},
        "security": [{"OAuth2": ["all"]}],
        "components": {
            "securitySchemes": _SECURITY,
            "schemas": {name: schema(each) for name, each in schemas.items() if name not in _FRAMEWORK_SCHEMAS},
        },
    }


def _path_item(path: str, item: Mapping[str, Any], schema: "_Schema") -> dict[str, Any]:
    return {method: _operation(path, each, schema) for method, each in item.items()}


def _operation(path: str, raw: Mapping[str, Any], schema: "_Schema") -> dict[str, Any]:
    described = {name: raw[name] for name in ("operationId", "tags", "security") if name in raw}
    if _is_without_token(path):
        described["security"] = []
    described["parameters"] = [_parameter(each, schema) for each in raw.get("parameters", ())]
    if "requestBody" in raw:
        described["requestBody"] = {"required": True, "content": _content(raw["requestBody"]["content"], schema)}
    described["responses"] = {
        status: {"description": "", **({"content": _content(answer["content"], schema)} if "content" in answer else {})}
        for status, answer in raw["responses"].items()
        if not _is_framework_answer(answer)
    }
    return described


def _parameter(raw: Mapping[str, Any], schema: "_Schema") -> dict[str, Any]:
    """Return a parameter; a query cannot say null, so neither does its schema."""
    stated = raw["schema"]
    if "anyOf" in stated:
        present = [choice for choice in stated["anyOf"] if choice != _NULL]
        stated = present[0] if len(present) == 1 else {"anyOf": present}
    kept = {name: raw[name] for name in ("name", "in", "required", "explode") if name in raw}
    return {**kept, "schema": schema(stated)}


def _content(raw: Mapping[str, Any], schema: "_Schema") -> dict[str, Any]:
    return {kind: {"schema": schema(each["schema"])} if "schema" in each else {} for kind, each in raw.items()}


def _is_framework_answer(answer: Mapping[str, Any]) -> bool:
    """Tell the framework's own 422 from ours: validation failures are 400 `guard.invalid_input` here."""
    return "HTTPValidationError" in str(answer.get("content", ""))


def _is_without_token(path: str) -> bool:
    return path.startswith(_WITHOUT_TOKEN)


class _Schema:
    """Rewrites schemas: titles and defaults of null go, and `is_old` says null and bounds as 3.0 does."""

    def __init__(self, *, is_old: bool) -> None:
        self._is_old = is_old

    def __call__(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        if raw.get("anyOf") == _ANY_NUMBER:
            raw = {"type": "number"}
        schema = {name: self._member(name, value) for name, value in raw.items() if name != "title"}
        if schema.get("default", ...) is None:
            del schema["default"]
        return self._as_old(schema) if self._is_old else schema

    def _member(self, name: str, value: Any) -> Any:
        match name:
            case "properties":
                return {key: self(each) for key, each in value.items()}
            case "items" | "additionalProperties" if isinstance(value, Mapping):
                return self(value)
            case "anyOf" | "oneOf" | "allOf":
                return [self(each) for each in value]
            case _:
                return value

    def _as_old(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "const" in schema:
            schema["enum"] = [schema.pop("const")]
        for name, plain in _EXCLUSIVE.items():
            if name in schema:
                schema |= {plain: schema[name], name: True}
        if _NULL in schema.get("anyOf", ()):
            present = [choice for choice in schema.pop("anyOf") if choice != _NULL]
            one = present[0] if len(present) == 1 else {"anyOf": present}
            # OpenAPI 3.0 ignores what stands beside a reference.
            schema |= {"allOf": [one]} if "$ref" in one else one
            schema["nullable"] = True
        return schema
