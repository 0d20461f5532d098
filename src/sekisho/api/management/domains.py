"""`/api/domains`: custom domains of a tenant. Without a provider of host names there are none, and none can be made."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NoReturn

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field, WithJsonSchema

from sekisho.api.auth import ManagementRoute
from sekisho.api.documented import OBJECT, operation
from sekisho.api.formats import Number
from sekisho.api.management.wire.body import Body
from sekisho.api.responses import JsonResponse
from sekisho.domains.errors import DomainsNotConfigured
from sekisho.kernel.errors import EntityIdNotFound, EntityNotFound

router = APIRouter(route_class=ManagementRoute, tags=["Domains"])

_PATH = "/domains/{id}"


class CreateDomainBody(Body):
    domain: Annotated[str, Field(min_length=1, max_length=256)]


class VerificationFilesBody(Body):
    verification_files: Annotated[list[Any], WithJsonSchema({"type": "object", "additionalProperties": True})]


class CleanUpDomainsBody(Body):
    stale_days: Number


class DnsRecordOut(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    type: str
    value: str


class DomainOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    domain: str
    status: Literal["PendingVerification", "PendingSsl", "Active", "Error"]
    error_message: str | None
    dns_records: Sequence[DnsRecordOut]
    created_at: int


class CleanUpOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    scanned_count: int
    deleted_count: int
    skipped_active_count: int
    failed_count: int


@router.get("/domains", **operation("ListDomains", answers={200: list[DomainOut]}, refusals=(401, 403)))
async def list_domains() -> Response:
    return JsonResponse([])


@router.post("/domains", **operation("CreateDomain", answers={201: DomainOut}, refusals=(400, 401, 403, 422)))
async def create_domain(body: CreateDomainBody) -> Response:  # noqa: ARG001 — checked, and kept by nobody
    raise DomainsNotConfigured


@router.post("/domains/cleanup", **operation("CleanupDomains", answers={200: CleanUpOut}, refusals=(400, 401, 403)))
async def cleanup_domains(body: CleanUpDomainsBody) -> Response:  # noqa: ARG001
    raise DomainsNotConfigured


@router.get(_PATH, **operation("GetDomain", answers={200: DomainOut}, refusals=(400, 401, 403, 404)))
async def get_domain(id: str) -> Response:  # noqa: A002 — the contract's name
    _missing(id)


@router.delete(_PATH, **operation("DeleteDomain", answers={204: None}, refusals=(400, 401, 403, 404)))
async def delete_domain(id: str) -> Response:  # noqa: A002, ARG001
    raise EntityNotFound


@router.get(
    _PATH + "/verification-files",
    **operation("ListDomainVerificationFiles", answers={200: OBJECT}, refusals=(400, 401, 403, 404)),
)
async def list_domain_verification_files(id: str) -> Response:  # noqa: A002
    _missing(id)


@router.put(
    _PATH + "/verification-files",
    **operation("ReplaceDomainVerificationFiles", answers={200: OBJECT}, refusals=(400, 401, 403, 404)),
)
async def replace_domain_verification_files(id: str, body: VerificationFilesBody) -> Response:  # noqa: A002, ARG001
    _missing(id)


def _missing(id_: str) -> NoReturn:
    raise EntityIdNotFound(name="domains", id=id_)
