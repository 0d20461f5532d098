"""`/api/subject-tokens`: leave for an application to act as a user, once."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute, PrincipalDep
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.subject_tokens import CreateSubjectTokenBody, SubjectTokenOut
from sekisho.api.responses import JsonResponse
from sekisho.kernel.ids import UserId
from sekisho.subject_tokens.service import LIFETIME

router = APIRouter(route_class=ManagementRoute, tags=["Subject tokens"])


@router.post(
    "/subject-tokens",
    **operation("CreateSubjectToken", answers={201: SubjectTokenOut}, refusals=(400, 401, 403, 404)),
)
async def create_subject_token(
    body: CreateSubjectTokenBody, principal: PrincipalDep, services: ServicesDep
) -> Response:
    token = await services.subject_tokens.create(
        UserId(body.user_id), context=body.context or {}, creator_id=principal.id
    )
    answer = SubjectTokenOut(subject_token=token.reveal(), expires_in=int(LIFETIME.total_seconds()))
    return JsonResponse(answer, status_code=201)
