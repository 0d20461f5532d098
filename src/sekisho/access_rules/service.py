"""Decisions about who may use an application: rules, and whether they let somebody in.

Who is let in is asked at every authorization and every refresh, and answered from what holds at that moment: nothing
of it is cached.
"""

from collections.abc import Mapping, Sequence

from sekisho.access_rules.errors import TooManyRules
from sekisho.access_rules.models import AccessRules
from sekisho.access_rules.store import AccessRuleStore
from sekisho.applications.errors import AccessControlWithoutRules
from sekisho.applications.service import ApplicationService
from sekisho.kernel.errors import ConstraintViolated, InvalidRelation
from sekisho.kernel.ids import ApplicationId, UserId

MOST_GIVEN = 2000
MOST_KEPT = 1000


class AccessRuleService:
    def __init__(self, *, store: AccessRuleStore, applications: ApplicationService) -> None:
        self._store = store
        self._applications = applications

    async def get(self, application_id: ApplicationId) -> AccessRules:
        """Return an application's rules; raises `ApplicationNotFound`."""
        await self._applications.get(application_id)
        return await self._store.find(application_id)

    async def has_any(self, application_id: ApplicationId) -> bool:
        return await self._store.has_any(application_id)

    async def admits(self, account_id: UserId, *, client_id: str) -> bool:
        """Tell whether somebody may use an application; implements the provider's `ClientAccess`."""
        found = await self._applications.find(ApplicationId(client_id))
        if found is None or not found.application.app_level_access_control_enabled:
            return True
        return await self._store.admits(found.application.id, account_id)

    async def replace(self, application_id: ApplicationId, rules: AccessRules) -> AccessRules:
        """Let these be all the rules of an application, each once."""
        # Held: nobody switches access control on while its last rule goes.
        application = await self._applications.hold(application_id)
        kept = _distinct(rules)
        if kept.is_empty and application.app_level_access_control_enabled:
            raise AccessControlWithoutRules(details="Access control is on: at least one rule must stay.")
        if kept.organizations or kept.organization_roles:
            raise InvalidRelation
        if kept.roles and await self._store.roles_of_machines(kept.roles):
            raise ConstraintViolated
        await self._store.replace(application_id, kept)
        return kept


def _distinct(rules: AccessRules) -> AccessRules:
    """Return each rule once; raises `TooManyRules`."""
    given = (rules.users, rules.roles, rules.organizations, _pairs(rules.organization_roles))
    if any(len(each) > MOST_GIVEN for each in given):
        raise TooManyRules(details=f"At most {MOST_GIVEN} rules of a kind can be sent.")
    users, roles, organizations, pairs = (tuple(dict.fromkeys(each)) for each in given)
    if any(len(each) > MOST_KEPT for each in (users, roles, organizations, pairs)):
        raise TooManyRules(details=f"At most {MOST_KEPT} rules of a kind can be kept.")
    return AccessRules(
        users=[str(each) for each in users],
        roles=[str(each) for each in roles],
        organizations=[str(each) for each in organizations],
        organization_roles={id_: tuple(dict.fromkeys(held)) for id_, held in rules.organization_roles.items()},
    )


def _pairs(organization_roles: Mapping[str, Sequence[str]]) -> Sequence[tuple[str, str]]:
    return [(id_, role) for id_, roles in organization_roles.items() for role in roles]
