"""How figures are summed up and printed: one per line, `name value unit`, so that runs can be compared by a script."""

from collections.abc import Sequence


def show(name: str, value: float, unit: str) -> None:
    """Print one figure, with as many digits as mean something."""
    print(f"{name} {value:.{_decimals(value)}f} {unit}", flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def _decimals(value: float) -> int:
    if value >= 100:  # noqa: PLR2004 — three digits are enough
        return 0
    return 1 if value >= 10 else 3  # noqa: PLR2004 — the same
