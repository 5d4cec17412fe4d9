"""From settings to regime: which average the history allows, and the confirmed state per candle."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from freqai_regimes.errors import CandleError
from freqai_regimes.regimes.moving_average import moving_average_regime
from freqai_regimes.regimes.options import RegimeSettings
from freqai_regimes.regimes.probabilities import certain
from freqai_regimes.regimes.transition import confirmed_regime


@dataclass(frozen=True)
class AverageChoice:
    """The length of the long average of a run, and why it is that."""

    candles: int
    shortened: bool
    reason: str


def warm_up_candles(settings: RegimeSettings, average_candles: int) -> int:
    """Closed regime candles that must come before the first known regime."""
    return max(average_candles, settings.change_candles + 1) + settings.confirmation_candles - 1


def choose_average(settings: RegimeSettings, history_candles: int, name: str) -> AverageChoice:
    """The long average if the history before the first traded candle allows it, else the shorter.

    Parameters
    ----------
    history_candles : closed regime candles before the first traded candle.
    name : the pair, for the text.

    Raises
    ------
    CandleError
        If the history is too short for either; half an average is never used.
    """
    lengths = [settings.average_candles, settings.shorter_average_candles]
    for length in lengths:
        if length is not None and history_candles >= warm_up_candles(settings, length):
            shortened = length != settings.average_candles
            reason = f"{name}: average of {length} {settings.timeframe} candles"
            if shortened:
                reason += (
                    f" instead of {settings.average_candles}: only {history_candles} closed "
                    "candles lie before the first traded one"
                )
            return AverageChoice(length, shortened, reason)
    least = min(length for length in lengths if length is not None)
    raise CandleError(
        f"{name}: {history_candles} closed {settings.timeframe} candles before the first traded "
        f"one, {warm_up_candles(settings, least)} are needed for the regime. Load more history, "
        "begin later, or set regimes.regime.shorter_average_candles."
    )


def regime_of(
    candles: pd.DataFrame, settings: RegimeSettings, average_candles: int
) -> pd.DataFrame:
    """``REGIME_COLUMNS`` of each candle: the confirmed regime and the probability of each one.

    Row t uses closes <= t of ``candles``, which must be of ``settings.timeframe``; NaN in all
    columns while unknown.
    """
    state = moving_average_regime(
        candles["close"],
        average_candles=average_candles,
        average_band=settings.average_band,
        change_candles=settings.change_candles,
        change_band=settings.change_band,
    )
    return certain(confirmed_regime(state, settings.confirmation_candles))


def price_above_average(
    candles: pd.DataFrame, settings: RegimeSettings, average_candles: int
) -> pd.DataFrame:
    """Bull while the close is above its average, else sideways: the control arm's plain rule.

    ``REGIME_COLUMNS``; row t uses closes <= t; NaN until the average is full. No band, no
    confirmation.
    """
    average = candles["close"].rolling(average_candles).mean()
    return certain((candles["close"] > average).astype(float).where(average.notna()))
