"""Several changes as one statement of PostgreSQL: one round trip, and a transaction by itself.

Each is a common table expression. They share a snapshot, so none sees what another does, and those that nobody counts
run in an order of PostgreSQL's choosing; what cannot go together under these rules is parted into several statements.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sekisho.db.connections import Arguments, Change, Effect

NOTHING_TOUCHED = "22012"
"""The SQLSTATE of a division by zero, which ends a statement whose required change touched no row."""

_PLACEHOLDER = re.compile(r"\$(\d+)")
# More combinations than the product has.
_KEPT = 500


class _Part(NamedTuple):
    """What of a change is the same every time."""

    sql: str
    arguments: int
    effect: Effect
    is_required: bool


def parted(changes: Sequence[Change]) -> Sequence[Sequence[Change]]:
    """Part changes into groups of which each may be one statement, in their order."""
    groups: list[list[Change]] = []
    for change in changes:
        if not groups or not _may_join(change, groups[-1]):
            groups.append([])
        groups[-1].append(change)
    return groups


def _may_join(change: Change, group: Sequence[Change]) -> bool:
    # What only adds looks at no row: whatever else happens to its table, the order makes no difference.
    return change.effect is Effect.ADDS or all(change.reach.isdisjoint(other.reach) for other in group)


def together(group: Sequence[Change]) -> tuple[str, Arguments]:
    """Return a group as one statement."""
    if len(group) == 1 and not group[0].is_required:
        return group[0].sql, group[0].arguments
    text = _text(tuple([_Part(each.sql, len(each.arguments), each.effect, each.is_required) for each in group]))
    return text, [argument for each in group for argument in each.arguments]


@lru_cache(_KEPT)
def _text(parts: Sequence[_Part]) -> str:
    expressions, counts, before = [], [], 0
    for at, part in enumerate(parts):
        sql, before = _renumbered(part.sql, by=before), before + part.arguments
        if part.effect is not Effect.ADDS or part.is_required:
            # Counted, because a change runs when its rows are asked for, and counts are asked for from left to right:
            # locks are taken in the order of the changes, as everywhere, hence no deadlock.
            sql += "" if part.effect is Effect.LOCKS else " RETURNING 1"
            count = f"(SELECT count(*) FROM w{at})"  # noqa: S608 — a number of ours
            counts.append(f"1 / {count}" if part.is_required else count)
        expressions.append(f"w{at} AS ({sql})")
    return f"WITH {', '.join(expressions)} SELECT {', '.join(counts) or '1'}"


def _renumbered(sql: str, *, by: int) -> str:
    return _PLACEHOLDER.sub(lambda found: f"${int(found[1]) + by}", sql)
