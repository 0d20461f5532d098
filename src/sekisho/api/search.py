"""`search`, `mode`, `joint` and `isCaseSensitive` made into a `Search` (management-api.md §5)."""

from collections.abc import Mapping, Sequence

from starlette.datastructures import QueryParams

from sekisho.db.search import Search, SearchMode, SearchTerm
from sekisho.kernel.errors import InvalidInput
from sekisho.kernel.json import UnacceptableJson, check_text

USER_FIELDS = {
    "id": "id",
    "primaryEmail": "primary_email",
    "primaryPhone": "primary_phone",
    "username": "username",
    "name": "name",
}
APPLICATION_FIELDS = {"id": "id", "name": "name", "description": "description"}
ROLE_FIELDS = {"id": "id", "name": "name", "description": "description"}
SCOPE_FIELDS = {"id": "id", "name": "name", "description": "description"}

_SEARCH, _MODE = "search", "mode"
_MAX_LENGTH = 1024
_MAX_VALUES = 100
_TRUTHY = {"1", "true", "yes", "y"}


def is_truthy(value: str | None) -> bool:
    """Tell whether a query parameter that works as a switch is on."""
    return (value or "").lower() in _TRUTHY


def parse_search(query: QueryParams, fields: Mapping[str, str]) -> Search | None:
    """Return what the query searches for in these fields (wire names to ours), or None: raises `InvalidInput`."""
    # Attack: thousands of values, each compared with five columns of every user.
    if sum(key.startswith(_SEARCH) for key, _ in query.multi_items()) > _MAX_VALUES:
        raise InvalidInput(details=f"A search may have at most {_MAX_VALUES} values.")
    modes = {_field(key, _MODE, fields): _mode(query.getlist(key)) for key in query if key.startswith(_MODE)}
    general = modes.get(None, SearchMode.LIKE)
    terms = [
        _term(_field(key, _SEARCH, fields), query.getlist(key), fields, modes, general)
        for key in dict.fromkeys(query)
        if key.startswith(_SEARCH)
    ]
    matches_all, is_case_sensitive = _matches_all(query), is_truthy(query.get("isCaseSensitive"))
    if not is_case_sensitive and SearchMode.SIMILAR_TO in (general, *modes.values(), *(term.mode for term in terms)):
        raise InvalidInput(details="The mode `similar_to` needs `isCaseSensitive=true`.")
    if not terms:
        return None
    return Search(terms=tuple(terms), matches_all=matches_all, is_case_sensitive=is_case_sensitive)


def _term(
    field: str | None,
    values: Sequence[str],
    fields: Mapping[str, str],
    modes: Mapping[str | None, SearchMode],
    general: SearchMode,
) -> SearchTerm:
    mode = modes.get(field, general)
    if mode is not SearchMode.EXACT and len(values) > 1:
        raise InvalidInput(details="Only the mode `exact` takes more than one value of a field.")
    for value in values:
        _check(value)
    return SearchTerm(fields=tuple(fields.values()) if field is None else (field,), values=tuple(values), mode=mode)


def _check(value: str) -> None:
    if not value:
        raise InvalidInput(details="A search value must not be empty.")
    if len(value) > _MAX_LENGTH:
        raise InvalidInput(details=f"A search value may have at most {_MAX_LENGTH} characters.")
    try:
        check_text(value)
    except UnacceptableJson as error:
        raise InvalidInput(details=f"A search value {error}.") from error


def _field(key: str, prefix: str, fields: Mapping[str, str]) -> str | None:
    """Return the field that `<prefix>.<field>` names, or None for the parameter that means all."""
    if key == prefix:
        return None
    name = key.removeprefix(prefix)
    if name.startswith(".") and (field := fields.get(name[1:])):
        return field
    raise InvalidInput(details=f"`{key[:100]}` does not name a field that can be searched.")


def _mode(values: Sequence[str]) -> SearchMode:
    match values:
        case [value] if value in set(SearchMode):
            return SearchMode(value)
        case _:
            raise InvalidInput(details="A search mode must be one of `exact`, `like`, `similar_to`, `posix`.")


def _matches_all(query: QueryParams) -> bool:
    match [*query.getlist("joint"), *query.getlist("jointMode")]:
        case [] | ["or"]:
            return False
        case ["and"]:
            return True
        case _:
            raise InvalidInput(details="`joint` must be `and` or `or`.")
