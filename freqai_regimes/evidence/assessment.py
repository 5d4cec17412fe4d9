"""All statistics of one run in one call, with its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.errors import RegimesError
from freqai_regimes.evidence.backtest_overfitting import Overfitting, backtest_overfitting
from freqai_regimes.evidence.cost_stress import CostStress, cost_stress
from freqai_regimes.evidence.delay_stress import DelayStress, delay_stress
from freqai_regimes.evidence.json_values import json_values
from freqai_regimes.evidence.monte_carlo import MonteCarlo
from freqai_regimes.evidence.random_entries import RandomEntries, random_entries
from freqai_regimes.evidence.stationary_bootstrap import (
    BootstrapIntervals,
    SharpeDifference,
    bootstrap_intervals,
    sharpe_difference,
)
from freqai_regimes.evidence.track_record import TrackRecord, track_record
from freqai_regimes.evidence.verdict import Figures, Verdict, verdict


@dataclass(frozen=True)
class Assessment:
    """Everything that is said of a run.

    Attributes
    ----------
    verdict : in words, with its checks.
    record : probabilistic and deflated Sharpe ratio, length of record needed.
    intervals : of Sharpe ratio, net return and drawdown.
    entries : beside random ones.
    costs, delay : stresses.
    differences : annual Sharpe ratio less that of each named arm.
    overfitting : of the grid that was tried; None without a grid.
    monte_carlo : runs on other candles; empty without.
    """

    verdict: Verdict
    record: TrackRecord
    intervals: BootstrapIntervals
    entries: RandomEntries
    costs: CostStress
    delay: DelayStress
    differences: dict[str, SharpeDifference]
    overfitting: Overfitting | None
    monte_carlo: tuple[MonteCarlo, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON; what is not finite is null."""
        plain: dict[str, Any] = json_values(self)
        return plain


def assess(
    daily: pd.Series,
    trades: pd.DataFrame,
    candles: Mapping[str, pd.DataFrame],
    *,
    starting_balance: float,
    trials: int = 1,
    trial_variance: float | None = None,
    arms: Mapping[str, pd.Series] | None = None,
    grid: pd.DataFrame | None = None,
    monte_carlo: Sequence[MonteCarlo] = (),
    seed: int = 0,
) -> Assessment:
    """Assess a run.

    Parameters
    ----------
    daily : simple net returns, one for each UTC day of the run, finite; quiet days are 0.
    trades : freqtrade's backtest trades of the run.
    candles : by pair, ``date`` (opening time, UTC, ascending) and ``open``, of the range only.
    starting_balance : stake currency, above 0.
    trials : configurations tried on these data, this one included.
    trial_variance : of their daily Sharpe ratios; None: see ``track_record``.
    arms : daily net returns to compare with, by name; the days in common count.
    grid : daily net returns of all configurations that were tried, one column each.
    monte_carlo : runs on other candles, summed up.
    seed : of all that is drawn; the same seed gives the same assessment.

    Raises
    ------
    RegimesError
        If the days do not ascend one by one, a return is not finite, or the balance is not above 0.
    CandleError
        If a traded pair has no candles, or a trade lies outside them.
    """
    _check(daily, starting_balance)
    record = track_record(daily, trials, trial_variance)
    intervals = bootstrap_intervals(daily, seed=seed)
    entries = random_entries(trades, candles, seed=seed)
    costs = cost_stress(daily, trades, starting_balance)
    figures = Figures(
        net_return=costs.at(1.0).net_return,
        days=record.days,
        trades=len(trades),
        trials=record.trials,
        deflated_sharpe=record.dsr,
        bootstrap_not_positive=intervals.not_positive,
        random_entries=entries.p_value,
        net_return_twice_cost=costs.at(2.0).net_return,
    )
    return Assessment(
        verdict(figures),
        record,
        intervals,
        entries,
        costs,
        delay_stress(daily, trades, candles, starting_balance),
        {name: sharpe_difference(daily, other, seed=seed) for name, other in (arms or {}).items()},
        None if grid is None else backtest_overfitting(grid),
        tuple(monte_carlo),
    )


def _check(daily: pd.Series, starting_balance: float) -> None:
    if not starting_balance > 0:
        raise RegimesError(f"starting_balance is {starting_balance}; it must be above 0.")
    days = pd.DatetimeIndex(daily.index)
    if (
        days.tz is None
        or not (days == days.normalize()).all()
        or not (days[1:] - days[:-1] == pd.Timedelta(days=1)).all()
    ):
        raise RegimesError("The returns are not by UTC day, one for each; give every day once.")
    if not np.isfinite(daily.to_numpy(dtype=float)).all():
        raise RegimesError("A day's return is missing or infinite; quiet days are 0.")
