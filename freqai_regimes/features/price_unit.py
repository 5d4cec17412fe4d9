"""Which columns are in units of price or volume, and so not scale-free."""

from __future__ import annotations

UNITS = frozenset({"open", "high", "low", "close", "volume", "trades"})


def has_unit(column: str) -> bool:
    """Say whether a column is in units of price or volume, by the last word of its name.

    >>> has_unit("close"), has_unit("eth_high"), has_unit("funding_rate")
    (True, True, False)
    """
    return column.rpartition("_")[2] in UNITS
