"""Collecting what a user has yet to give (experience.md §4.4)."""

from typing import Annotated, assert_never

from fastapi import APIRouter, Body
from starlette.responses import Response

from sekisho.api.experience.bodies import (
    ExtraProfileBody,
    NewPasswordBody,
    PasswordProfile,
    ProfileBody,
    RecordProfile,
    UsernameProfile,
)
from sekisho.api.experience.route import ExperienceRoute, FlowDep
from sekisho.api.responses import NoContent
from sekisho.experience.steps.extra_profile import sort_fields
from sekisho.kernel.secret import Secret
from sekisho.users.models import IdentifierType

router = APIRouter(prefix="/experience/profile", route_class=ExperienceRoute, tags=["Experience"])


@router.post("", operation_id="AddUserProfile")
async def add_user_profile(body: Annotated[ProfileBody, Body()], flow: FlowDep) -> Response:
    match body:
        case UsernameProfile():
            await flow.stage_username(body.value)
        case PasswordProfile():
            await flow.stage_password(Secret(body.value))
        case RecordProfile(type="social"):
            await flow.stage_social_identity(body.verification_id)
        case RecordProfile():
            await flow.stage_identifier(IdentifierType(body.type), verification_id=body.verification_id)
        case ExtraProfileBody(values=values):
            flow.stage_extra_profile(sort_fields(values, name=values.get("name"), avatar=values.get("avatar")))
        case _:
            assert_never(body)
    await flow.save()
    return NoContent()


@router.put("/password", operation_id="ResetUserPassword")
async def reset_user_password(body: NewPasswordBody, flow: FlowDep) -> Response:
    await flow.stage_new_password(Secret(body.password))
    await flow.save()
    return NoContent()
