"""Exits that do not wait for a price: a crossed stop, time, and another regime."""

from __future__ import annotations

from dataclasses import dataclass

from freqai_regimes.risk.exits.options import ExitSettings
from freqai_regimes.risk.exits.stop_price import Held, Stop


@dataclass(frozen=True)
class Leave:
    """That a position is left now, and the exit reason freqtrade shows."""

    reason: str


def leave(
    settings: ExitSettings,
    *,
    held: Held | None,
    stop: Stop | None,
    close: float,
    held_candles: int,
    entry_regime: str | None,
    regime: str | None,
) -> Leave | None:
    """Judge a position at a candle boundary; None keeps it.

    A stop that has moved past the last close cannot be set any more: the position is left at once.

    Parameters
    ----------
    held_candles : whole candles since the one in which it was entered opened.
    entry_regime, regime : names then and now; None: unknown, which leaves nothing.

    >>> leave(ExitSettings(maximum_candles=3), held=None, stop=None, close=1.0, held_candles=3,
    ...       entry_regime=None, regime=None)
    Leave(reason='time')
    """
    if stop is not None and held is not None and stop.is_crossed_by(close, held):
        return Leave(stop.reason)
    if settings.maximum_candles is not None and held_candles >= settings.maximum_candles:
        return Leave("time")
    known = entry_regime is not None and regime is not None
    if settings.on_regime_change and known and entry_regime != regime:
        return Leave(f"regime {regime}")
    return None
