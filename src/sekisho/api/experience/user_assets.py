"""A picture of oneself, sent while registering (experience.md §4.4)."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from sekisho.api.dependencies import ServicesDep
from sekisho.api.experience.route import CurrentDep, ExperienceRoute, FlowDep
from sekisho.api.responses import JsonResponse
from sekisho.api.uploads import FILE_FORM, uploaded_file
from sekisho.assets.models import PICTURES, SERVED_AT
from sekisho.http.context import context
from sekisho.http.rate_limits import Guarded

router = APIRouter(prefix="/experience/user-assets", route_class=ExperienceRoute, tags=["Experience"])

_OF_NOBODY_YET = "pending"


@router.post("/avatar", operation_id="UploadExperienceAvatar", openapi_extra={"requestBody": FILE_FORM})
async def upload_experience_avatar(
    request: Request, current: CurrentDep, flow: FlowDep, services: ServicesDep
) -> Response:
    await flow.check_may_upload_avatar()
    ctx = context(request)
    # Attack: a stranger who fills the disk, picture by picture.
    async with ctx.rate_limits.guess(ctx, Guarded.UPLOAD, account=current.interaction.uid, wrong=()) as sending:
        sending.was_wrong = True
        file = await uploaded_file(request)
        key = await services.assets.add(
            file.data,
            name=file.name,
            declared=file.media_type,
            owner=flow.state.user_id or _OF_NOBODY_YET,
            kinds=PICTURES,
        )
    return JsonResponse({"url": services.urls.url(f"{SERVED_AT}/{key}")})
