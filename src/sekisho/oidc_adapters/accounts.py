"""Users as accounts. One unit of work reads a user once, however many of the protocol's steps look at him."""

from sekisho.kernel.ids import ApplicationId, UserId
from sekisho.oidc.models import Account
from sekisho.users.models import User
from sekisho.users.service import UserService


class UserAccounts:
    """Implements `Accounts`."""

    def __init__(self, *, users: UserService) -> None:
        self._users = users
        self._seen: dict[UserId, User] = {}

    async def find(self, account_id: UserId) -> Account | None:
        user = await self.user(account_id)
        return None if user is None else Account(id=user.id, is_suspended=user.is_suspended)

    async def remember_first_client(self, account_id: UserId, *, client_id: str) -> None:
        user = await self.user(account_id)
        if user is not None and user.application_id is None:
            await self._users.set_first_application(account_id, ApplicationId(client_id))

    def meet(self, user: User) -> None:
        """Take a user who was read together with something else."""
        self._seen[user.id] = user

    async def user(self, account_id: UserId) -> User | None:
        if account_id not in self._seen and (user := await self._users.find(account_id)) is not None:
            self._seen[account_id] = user
        return self._seen.get(account_id)
