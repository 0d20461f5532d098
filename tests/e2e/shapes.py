"""JSON of the shape an operation describes: as it should be, and with members that are odd, unknown or not there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from tests.e2e import odd_values

Schema = Mapping[str, Any]


def sane(schema: Schema, definitions: Schema, *, name: str = "") -> Any:
    """Return what a well-behaved program would send."""
    schema = next(alternatives(schema, definitions))
    if name in odd_values.SANE:
        return odd_values.SANE[name]
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type", "object" if "properties" in schema else None):
        case "object":
            members = schema.get("properties", {}).items()
            return {key: sane(member, definitions, name=key) for key, member in members} or {"a": [1, {"b": None}]}
        case "array":
            return [sane(schema["items"], definitions)]
        case "boolean":
            return True
        case "integer" | "number":
            return 1
        case _:
            return "x"


def alternatives(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    """Return every shape a schema lets a value have."""
    if "$ref" in schema:
        yield from alternatives(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for choice in choices:
        yield from alternatives(choice, definitions)
    if not choices:
        yield schema


def paths(value: Any) -> Iterator[tuple[str, ...]]:
    """Return the way to every member of nested objects, the whole first."""
    yield ()
    if isinstance(value, dict):
        for key, member in value.items():
            yield from ((key, *rest) for rest in paths(member))


def replaced(whole: Any, path: Sequence[str], part: Any) -> Any:
    """Return nested objects with another member at the end of a path."""
    if not path:
        return part
    return {**whole, path[0]: replaced(whole[path[0]], path[1:], part)}


def any_json() -> SearchStrategy[Any]:
    """Return any JSON, and what only looks like it."""
    leaves = st.one_of(st.sampled_from(odd_values.VALUES), st.text(max_size=20), st.integers(), st.floats())
    keys = st.one_of(st.sampled_from(sorted(odd_values.SANE)), st.text(max_size=10))
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=12
    )


def shaped(schema: Schema, definitions: Schema, *, name: str = "") -> SearchStrategy[Any]:
    """Return JSON of a schema's shape: some members left out, some odd, some unknown."""
    return st.one_of([_of_one(each, definitions, name) for each in alternatives(schema, definitions)])


def _of_one(schema: Schema, definitions: Schema, name: str) -> SearchStrategy[Any]:
    plain = st.just(sane(schema, definitions, name=name))
    members = schema.get("properties")
    if not members:
        return st.one_of(plain, any_json())
    optional = {key: shaped(member, definitions, name=key) for key, member in members.items()}
    unknown = st.dictionaries(st.text(max_size=8), any_json(), max_size=1)
    known = st.fixed_dictionaries({}, optional=optional)
    return st.one_of(plain, st.builds(lambda one, other: {**other, **one}, known, unknown))
