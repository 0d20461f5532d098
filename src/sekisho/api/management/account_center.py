"""`/api/account-center`: what people may see and change of their own account."""

from fastapi import APIRouter, Response

from sekisho.account_center.public import account_center_view
from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.account_center import AccountCenterBody, AccountCenterOut
from sekisho.api.responses import JsonResponse

router = APIRouter(route_class=ManagementRoute, tags=["Account center"])


@router.get(
    "/account-center",
    **operation("GetAccountCenterSettings", answers={200: AccountCenterOut}, refusals=(401, 403)),
)
async def get_account_center_settings(services: ServicesDep) -> Response:
    settings = await services.account_center.get()
    return JsonResponse(account_center_view(settings, tenant_id=services.tenant_id))


@router.patch(
    "/account-center",
    **operation("UpdateAccountCenterSettings", answers={200: AccountCenterOut}, refusals=(400, 401, 403)),
)
async def update_account_center_settings(body: AccountCenterBody, services: ServicesDep) -> Response:
    settings = await services.account_center.change(**body.to_change())
    return JsonResponse(account_center_view(settings, tenant_id=services.tenant_id))
