"""Figures of the dashboard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How many there are in a period; `delta` is how many more than in the period before."""

    count: int
    delta: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUsers:
    today: Figure
    last_week: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveUsersReport:
    """`curve` has a point for every day of the month that ends on the day asked for."""

    curve: Sequence[tuple[date, int]]
    daily: Figure
    weekly: Figure
    monthly: Figure
