"""`/api/sign-in-exp`: how people sign in, whether a password would be accepted, and which usernames differ by case."""

from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation, text_parameter
from sekisho.api.management.wire.sign_in_experience import CheckPasswordBody, UpdateSignInExperienceBody
from sekisho.api.management.wire.sign_in_experience_out import (
    CONFLICTS_PARAMETER,
    PASSWORD_CHECK_OUT,
    CustomUiAssetsOut,
    SignInExperienceOut,
    conflicts_limit,
)
from sekisho.api.responses import JsonResponse
from sekisho.api.uploads import FILE_FORM, uploaded_file
from sekisho.assets.errors import StorageNotConfigured
from sekisho.custom_ui.errors import SharedOrigin
from sekisho.kernel.errors import InvalidInput
from sekisho.kernel.ids import UserId
from sekisho.kernel.secret import Secret
from sekisho.passwords.models import NOBODY, UserInfo
from sekisho.services import Services
from sekisho.sign_in.errors import NotForAdminTenant
from sekisho.sign_in.public import whole_view
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.users.models import UsernameConflicts

router = APIRouter(route_class=ManagementRoute, tags=["Sign-in experience"])


@router.get(
    "/sign-in-exp",
    **operation("GetSignInExp", answers={200: SignInExperienceOut}, refusals=(401, 403, 404)),
)
async def get_sign_in_exp(services: ServicesDep) -> Response:
    return JsonResponse(whole_view(await services.sign_in.get(), tenant_id=services.tenant_id))


@router.patch(
    "/sign-in-exp",
    **operation(
        "UpdateSignInExp",
        answers={200: SignInExperienceOut},
        refusals=(400, 401, 403, 404, 409, 422),
        # Demonstration connectors are the hosted service's, so there is none to remove.
        parameters=(text_parameter("removeUnusedDemoSocialConnector"),),
    ),
)
async def update_sign_in_exp(body: UpdateSignInExperienceBody, services: ServicesDep) -> Response:
    changed = await services.sign_in_settings.change(body.to_columns())
    return JsonResponse(whole_view(changed, tenant_id=services.tenant_id))


@router.post(
    "/sign-in-exp/default/check-password",
    **operation(
        "CheckPasswordWithDefaultSignInExperience", answers={200: PASSWORD_CHECK_OUT}, refusals=(400, 401, 403)
    ),
)
async def check_password_with_default_sign_in_experience(body: CheckPasswordBody, services: ServicesDep) -> Response:
    policy = (await services.sign_in.get()).password_policy
    if policy.rejects_user_info and not body.user_id:
        raise InvalidInput(details="The policy looks at what a user is called: userId is required.")
    about = await _about(body.user_id, services) if body.user_id else NOBODY
    await services.uow.release()
    issues = await services.passwords.issues(Secret(body.password), policy=policy, user=about)
    if issues:
        return JsonResponse({"result": False, "issues": [issue.to_wire() for issue in issues]}, status_code=400)
    return JsonResponse({"result": True})


_OWN_ORIGIN = (
    "Your own sign-in pages need an origin that carries neither the Console nor another tenant: "
    "set ADMIN_ENDPOINT (or ADMIN_PORT) so that the Console moves away, or ENDPOINT with * so that every tenant has a "
    "host."
)

_UPLOAD = operation("UploadCustomUiAssets", answers={200: CustomUiAssetsOut}, refusals=(400, 401, 403, 422, 500))
_UPLOAD["openapi_extra"]["requestBody"] = FILE_FORM


@router.post("/sign-in-exp/default/custom-ui-assets", **_UPLOAD)
async def upload_custom_ui_assets(request: Request, services: ServicesDep) -> Response:
    if services.tenant_id == ADMIN_TENANT:
        raise NotForAdminTenant
    if not services.custom_ui.is_configured:
        raise StorageNotConfigured
    if not services.is_alone_at_origin:
        raise SharedOrigin(details=_OWN_ORIGIN)
    file = await uploaded_file(request)
    await services.uow.release()
    return JsonResponse(CustomUiAssetsOut(custom_ui_asset_id=await services.custom_ui.add(file.data)))


@router.get(
    "/sign-in-exp/username-policy/case-sensitivity-conflicts",
    **operation(
        "GetUsernameCaseSensitivityConflicts",
        answers={200: UsernameConflicts},
        refusals=(400, 401, 403),
        parameters=(CONFLICTS_PARAMETER,),
    ),
)
async def get_username_case_sensitivity_conflicts(request: Request, services: ServicesDep) -> Response:
    limit = conflicts_limit(request.query_params.get("limit"))
    return JsonResponse(await services.sign_in_settings.conflicts(limit=limit))


async def _about(user_id: str, services: Services) -> UserInfo:
    user = await services.users.get(UserId(user_id))
    return UserInfo(name=user.name, username=user.username, email=user.primary_email, phone=user.primary_phone)
