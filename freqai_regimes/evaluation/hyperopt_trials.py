"""Reads what freqtrade's hyperopt wrote, and says what its best epoch is worth after all others."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.daily_returns import DAYS_PER_YEAR, daily_returns
from freqai_regimes.evaluation.deflated_sharpe import (
    SharpeSample,
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
)


@dataclass(frozen=True)
class Trial:
    """One epoch: what was tried, the Sharpe ratio of the account's days, and these themselves."""

    epoch: int
    loss: float
    parameters: dict[str, Any]
    trades: int
    profit: float
    sample: SharpeSample
    daily: pd.Series = field(repr=False, compare=False)


@dataclass(frozen=True)
class Verdict:
    """The best of all trials, by freqtrade's loss, and its ratio after all of them.

    Attributes
    ----------
    trials : number of epochs, all counted as independent tries (the strict side).
    variance : of the daily ratios between them.
    chance : daily ratio to be expected of the best of them without skill.
    psr : probability that the best's true ratio is above 0; dsr: above ``chance``.
    enough_days : days after which the best's ratio would be above ``chance`` with 95 %.
    """

    best: Trial
    trials: int
    variance: float
    chance: float
    psr: float
    dsr: float
    enough_days: float

    def to_json(self) -> dict[str, Any]:
        """Plain values without the days; what is infinite is null."""
        plain = asdict(self)
        del plain["best"]["daily"]
        if math.isinf(self.enough_days):
            plain["enough_days"] = None
        return plain


def read_trials(path: Path) -> list[Trial]:
    """Every epoch of a ``.fthypt`` file, in order.

    Raises
    ------
    RegimesError
        If there is no such file, or a line of it is no epoch of freqtrade 2026.9.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RegimesError(
            f"{path} cannot be read ({error}). Give a file of user_data/hyperopt_results."
        ) from error
    trials = []
    for number, line in enumerate(lines, 1):
        try:
            trials.append(_trial(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise RegimesError(
                f"{path} is no result of freqtrade hyperopt: line {number} ({error!r}). Give a "
                "file of user_data/hyperopt_results."
            ) from error
    if not trials:
        raise RegimesError(f"{path} holds no epoch: run freqtrade hyperopt again.")
    return trials


def judge(trials: list[Trial]) -> Verdict:
    """What the best of the trials is worth; the variance is the one between their ratios."""
    best = min(trials, key=lambda trial: trial.loss)
    ratios = [trial.sample.sharpe for trial in trials]
    variance = float(np.var(ratios, ddof=1)) if len(ratios) > 1 else 0.0
    chance = expected_maximum_sharpe(len(trials), variance)
    return Verdict(
        best,
        len(trials),
        variance,
        chance,
        probabilistic_sharpe_ratio(best.sample),
        deflated_sharpe_ratio(best.sample, len(trials), variance),
        minimum_track_record_length(best.sample, chance),
    )


def annual(ratio: float) -> float:
    """A daily ratio by year, for people."""
    return ratio * math.sqrt(DAYS_PER_YEAR)


def _trial(epoch: dict[str, Any]) -> Trial:
    stats = epoch["results_metrics"]
    trades = stats["trades"]
    closed = pd.to_datetime([trade["close_timestamp"] for trade in trades], unit="ms", utc=True)
    profit = pd.Series([float(trade["profit_abs"]) for trade in trades], dtype=float)
    first, last = (
        pd.Timestamp(stats[f"backtest_{end}_ts"], unit="ms", tz="UTC") for end in ("start", "end")
    )
    days = daily_returns(pd.Series(closed), profit, first, last, float(stats["starting_balance"]))
    return Trial(
        int(epoch["current_epoch"]),
        float(epoch["loss"]),
        dict(epoch["params_dict"]),
        len(trades),
        float(stats["profit_total"]),
        SharpeSample.of(days),
        days,
    )
