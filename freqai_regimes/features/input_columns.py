"""The columns a generator asks for: one clear line where the candles lack them."""

from __future__ import annotations

from collections.abc import Iterable

from freqai_regimes.errors import SettingsError


def require_columns(
    generator: str, needed: Iterable[str], present: Iterable[object], remedy: str = ""
) -> None:
    """Refuse candles that lack a column.

    Raises
    ------
    SettingsError
        With what is missing, what there is, and ``remedy``: what the user can do about it.

    >>> require_columns("cross_asset", ["btc_close"], ["date", "close"], "Add its source.")
    Traceback (most recent call last):
    freqai_regimes.errors.SettingsError: cross_asset asks for btc_close, which the candles do not
    have; there are date, close. Add its source.
    """
    there = [str(column) for column in present]
    missing = [column for column in needed if column not in there]
    if missing:
        raise SettingsError(
            f"{generator} asks for {', '.join(missing)}, which the candles do not have; there are "
            f"{', '.join(there)}. {remedy or 'Correct the columns, or add the source.'}"
        )
