"""`page` and `page_size` in, `Total-Number` and `Link` out (management-api.md §4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias
from urllib.parse import quote, urlencode

from fastapi import Depends, Request
from starlette.datastructures import QueryParams

from sekisho.http.context import context
from sekisho.kernel.errors import DomainError
from sekisho.kernel.pages import PageRequest

DEFAULT_SIZE = 20
MAX_SIZE = 100
_MAX_NUMBER = 10**9  # more rows than a database counts to
_NUMBER, _SIZE = "page", "page_size"


class InvalidPagination(DomainError):
    code = "guard.invalid_pagination"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """The page a caller asked for, and the URL he asked with."""

    page: PageRequest
    is_requested: bool
    url: str
    query: QueryParams

    def links(self, total: int) -> Sequence[str]:
        """Return the `Link` values: first, prev, last, next."""
        number, last = self.page.number, max(1, -(-total // self.page.size))
        targets = {"first": 1, "prev": number - 1, "last": last, "next": number + 1}
        return [
            self._link(relation, target)
            for relation, target in targets.items()
            if (relation != "prev" or number > 1) and (relation != "next" or number < last)
        ]

    def _link(self, relation: str, number: int) -> str:
        # A size nobody named is not named in answer either: whoever follows a link gets the default again.
        ours = {_NUMBER: str(number)} | ({_SIZE: str(self.page.size)} if self.query.get(_SIZE) else {})
        kept = [(name, ours.pop(name) if name in ours else value) for name, value in self.query.multi_items()]
        return f'<{self.url}?{urlencode([*kept, *ours.items()])}>; rel="{relation}"'


async def paging(request: Request) -> Paging:
    ctx = context(request)
    query = ctx.query
    page = PageRequest(
        number=_positive(query.getlist(_NUMBER), default=1, limit=_MAX_NUMBER),
        size=_positive(query.getlist(_SIZE), default=DEFAULT_SIZE, limit=MAX_SIZE),
    )
    is_requested = bool(query.get(_NUMBER) or query.get(_SIZE))
    url = ctx.urls.origin + quote(request.scope["path"], safe="/:@!$&'()*+,;=~")
    return Paging(page=page, is_requested=is_requested, url=url, query=query)


def _positive(values: Sequence[str], *, default: int, limit: int) -> int:
    match [value for value in values if value]:
        case []:
            return default
        case [value] if value.isascii() and value.isdecimal() and len(value) < len(str(limit)) + 1:
            if 1 <= int(value) <= limit:
                return int(value)
    raise InvalidPagination


PagingDep: TypeAlias = Annotated[Paging, Depends(paging)]
