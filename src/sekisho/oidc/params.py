"""Request parameters as they came: an empty one is absent, a repeated one is remembered as such."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sekisho.oidc.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The known parameters of one request. `resource` alone may be repeated (RFC 8707 §2)."""

    values: Mapping[str, str]
    resources: Sequence[str] = ()
    repeated: Sequence[str] = ()

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def require(self, name: str) -> str:
        value = self.values.get(name)
        if value is None:
            raise InvalidRequest(f"missing required parameter '{name}'")
        return value

    def refuse_repeated(self) -> None:
        """Refuse a request that says a thing twice, because parsers differ in which of the two they believe."""
        # RFC 6749 §3.1, §3.2: request parameters must not be included more than once.
        if len(self.repeated) == 1:
            raise InvalidRequest(f"'{self.repeated[0]}' parameter must not be provided twice")
        if self.repeated:
            names = ", ".join(f"'{name}'" for name in self.repeated[:-1])
            raise InvalidRequest(f"{names} and '{self.repeated[-1]}' parameters must not be provided twice")

    def only(self, names: Collection[str]) -> "Params":
        """Return the parameters without those that `names` does not list."""
        return Params(
            values={name: value for name, value in self.values.items() if name in names},
            resources=self.resources if "resource" in names else (),
            repeated=self.repeated,
        )


def read_params(pairs: Iterable[tuple[str, str]], *, known: Collection[str], splits_resources: bool = False) -> Params:
    """Sort raw pairs into parameters; unknown names are ignored (RFC 6749 §3.1).

    `splits_resources`: `resource=a,b` means two resources (oidc.md §1.3: in the query of an authorization request).
    """
    values: dict[str, str] = {}
    resources: list[str] = []
    seen: set[str] = set()
    repeated: list[str] = []
    for name, value in pairs:
        if name not in known:
            continue
        if name == "resource":
            resources += [part for part in (value.split(",") if splits_resources else (value,)) if part]
            continue
        if name in seen and name not in repeated:
            repeated.append(name)
        seen.add(name)
        if value:
            values.setdefault(name, value)
    for name in repeated:
        values.pop(name, None)
    return Params(values=values, resources=tuple(resources), repeated=tuple(repeated))


def words(value: str | None) -> Sequence[str]:
    """Split a space-separated list, each word once, in the order given."""
    return list(dict.fromkeys((value or "").split()))
