"""Users as other stores read them beside their own rows, because whoever asks for those asks for their user next.

A statement selects `BESIDE` last, from `USERS`, and `user_beside` makes a user of what it returned. Stores introduce
him to whoever wants to `Meet` him.
"""

from collections.abc import Callable
from typing import TypeAlias

from sekisho.db.statements import Row
from sekisho.users.lists import COLUMNS
from sekisho.users.models import User
from sekisho.users.tables import UserTable

USERS = UserTable.metadata.tables[UserTable.__tablename__]
BESIDE = tuple(column.label(f"user_{column.name}") for column in COLUMNS)
_FIELDS = tuple(column.name for column in COLUMNS)

Meet: TypeAlias = Callable[[User], None]


def user_of(row: Row) -> User:
    # Columns are named as a user's fields are. By position, because asking a row twenty times took longer than this.
    return User(**dict(zip(_FIELDS, row, strict=False)))


def user_beside(row: Row) -> User | None:
    """Return the user that a row came with, if there is one."""
    return None if row.user_id is None else user_of(row[-len(_FIELDS) :])


def meet_nobody(_user: User) -> None:
    """Take no notice of a user (a `Meet`)."""
