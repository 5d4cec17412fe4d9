"""From settings to regime: what the history allows, the rules' answers, the confirmed regime."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Protocol, cast

import pandas as pd

from freqai_regimes.errors import CandleError
from freqai_regimes.features.full_window import full_window_mean
from freqai_regimes.regimes.moving_average import moving_average_regime
from freqai_regimes.regimes.options import MovingAverage, RegimeRule, RegimeSettings
from freqai_regimes.regimes.probabilities import PROBABILITIES, REGIME, certain
from freqai_regimes.regimes.transition import confirmed_regime, dwelling_regime
from freqai_regimes.regimes.vote import vote


class Rule(Protocol):
    """The contract of a rule's module."""

    def judge(self, candles: pd.DataFrame, options: Any, *, soft: bool) -> pd.DataFrame:
        """``REGIME_COLUMNS`` of each candle; row t uses candles <= t."""

    def warm_up_candles(self, options: Any) -> int:
        """Closed candles of which the last one knows its regime."""


@dataclass(frozen=True)
class AverageChoice:
    """The length of the long average of a run, and why it is that."""

    candles: int
    shortened: bool
    reason: str


def warm_up_candles(settings: RegimeSettings, average_candles: int) -> int:
    """Closed regime candles that must come before the first known regime.

    The least there is: a state that changes all the time is confirmed later. The average counts
    whatever the rules are, for the control arm decides by it.
    """
    needed = max(average_candles, *(_needed(rule, settings) for rule in settings.rules))
    return needed + settings.confirmation_candles - 1 + 2 * (settings.minimum_dwell_candles - 1)


def _needed(rule: RegimeRule, settings: RegimeSettings) -> int:
    if isinstance(rule, MovingAverage):
        return settings.change_candles + 1
    return _module(rule).warm_up_candles(rule)


def _module(rule: RegimeRule) -> Rule:
    return cast(Rule, sys.modules[type(rule).__module__])


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
    remedy = "set regimes.regime.shorter_average_candles"
    if warm_up_candles(settings, least) == warm_up_candles(settings, 2):
        remedy = "shorten the windows of the rules"
    raise CandleError(
        f"{name}: {history_candles} closed {settings.timeframe} candles before the first traded "
        f"one, {warm_up_candles(settings, least)} are needed for the regime. Load more history "
        f"(live: raise startup_candle_count), begin later, or {remedy}."
    )


def regime_of(
    candles: pd.DataFrame, settings: RegimeSettings, average_candles: int
) -> pd.DataFrame:
    """``REGIME_COLUMNS`` of each candle: the confirmed regime, and the probability of each one.

    Row t uses candles <= t, which must be of ``settings.timeframe``. Where no rule doubts, the
    probability of the confirmed regime is 1. Else the probabilities are those that the rules give
    at this candle, whatever is confirmed yet.

    Returns
    -------
    Same index; NaN in all columns while the regime is unknown.
    """
    answers = [_answer(rule, candles, settings, average_candles) for rule in settings.rules]
    answer = answers[0] if len(answers) == 1 else vote(answers)
    confirmed = confirmed_regime(answer[REGIME], settings.confirmation_candles)
    regime = dwelling_regime(confirmed, settings.minimum_dwell_candles)
    if not settings.doubts:
        return certain(regime)
    shares = answer[list(PROBABILITIES.values())].where(regime.notna())
    return pd.concat([regime.rename(REGIME), shares], axis=1)


def _answer(
    rule: RegimeRule, candles: pd.DataFrame, settings: RegimeSettings, average_candles: int
) -> pd.DataFrame:
    if not isinstance(rule, MovingAverage):
        return _module(rule).judge(candles, rule, soft=settings.soft)
    return moving_average_regime(
        candles["close"],
        average_candles=average_candles,
        average_band=settings.average_band,
        change_candles=settings.change_candles,
        change_band=settings.change_band,
        inner_band=settings.average_inner_band,
        soft=settings.soft,
    )


def price_above_average(
    candles: pd.DataFrame, settings: RegimeSettings, average_candles: int
) -> pd.DataFrame:
    """Bull while the close is above its average, else sideways: the control arm's plain rule.

    ``REGIME_COLUMNS``; row t uses closes <= t; NaN until the average is full. No band, no
    confirmation.
    """
    average = full_window_mean(candles["close"], average_candles)
    return certain((candles["close"] > average).astype(float).where(average.notna()))
