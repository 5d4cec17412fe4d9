"""Whether a champion has become worse since it was let in: by its losses and by its trades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from river import drift as streaming
from river.base import DriftDetector

from freqai_regimes.model_life.promotion_gate import GateRows, Level, against_naive

Floats = npt.NDArray[np.float64]


class DegradationOptions(BaseModel):
    """The alarms on a champion's losses and on the trades made with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Level | None = Field(
        0.01, description="alarm when this clearly worse than the naive model; null: never"
    )
    minimum_effective_rows: int = Field(
        20, ge=5, description="known outcomes that do not overlap, before there is a verdict"
    )
    detector: Literal["none", "adwin", "page_hinkley", "kswin"] = Field(
        "none", description="river's detector on the losses, with river's defaults"
    )
    minimum_sharpe: float | None = Field(
        None, description="annual, of closed trades; lower raises the alarm (source 004: 0.4)"
    )
    sharpe_days: int = Field(30, ge=2, description="days of trades that count")
    sharpe_minimum_trades: int = Field(10, ge=2, description="fewer trades: no verdict")


@dataclass(frozen=True)
class Finding:
    """Whether a watch raises its alarm, and why."""

    alarm: bool
    reason: str


def could_alarm(outcomes: int, horizon_candles: int, options: DegradationOptions) -> bool:
    """Whether the losses of so many outcomes can raise an alarm at all, whatever they are."""
    enough = outcomes / horizon_candles >= options.minimum_effective_rows
    return options.detector != "none" or (options.level is not None and enough)


def losses_against_naive(
    rows: GateRows, horizon_candles: int, options: DegradationOptions
) -> Finding:
    """Alarm where the champion's squared errors are clearly larger than the naive model's.

    ``rows.candidate`` holds the champion's predictions of candles after its training.
    """
    if options.level is None:
        return Finding(False, "losses are not watched")
    compared = against_naive(rows, horizon_candles, "squared_error")
    if compared.effective_rows < options.minimum_effective_rows:
        few = f"{compared.effective_rows:.0f} outcomes that do not overlap"
        return Finding(False, f"{few}, {options.minimum_effective_rows} needed")
    limit = -compared.critical(options.level, horizon_candles)
    worse = compared.statistic < limit
    words = f"loss {compared.value:.4g}, naive {compared.other_value:.4g}"
    return Finding(worse, f"{words} (t {compared.statistic:.2f}, alarm below {limit:.2f})")


def losses_over_time(losses: Floats, options: DegradationOptions) -> Finding:
    """Alarm where river's detector finds a change in the losses, and the later ones are larger.

    ADWIN: Bifet and Gavaldà 2007; Page-Hinkley: Page 1954; KSWIN: Raab et al. 2020. They assume
    independent values: give losses that do not overlap. Fed anew from the first loss each time, so
    that a restart changes nothing.
    """
    detector = _detector(options.detector)
    last_change = 0
    for at, loss in enumerate(losses):
        detector.update(float(loss))
        if detector.drift_detected:
            last_change = at
    if not last_change:
        return Finding(False, f"{options.detector}: no change in {len(losses)} losses")
    before, after = float(losses[:last_change].mean()), float(losses[last_change:].mean())
    words = f"mean loss {before:.4g} before, {after:.4g} since {len(losses) - last_change} losses"
    return Finding(after > before, f"{options.detector}: {words}")


def _detector(name: str) -> DriftDetector:
    detectors: dict[str, Callable[[], DriftDetector]] = {
        "none": streaming.NoDrift,
        "adwin": streaming.ADWIN,
        "page_hinkley": streaming.PageHinkley,
        "kswin": partial(streaming.KSWIN, seed=0),
    }
    return detectors[name]()


def sharpe_of_trades(
    profits: Floats, days: npt.NDArray[np.int_], options: DegradationOptions
) -> Finding:
    """Alarm on a low Sharpe ratio of daily profits; no trades are not a bad ratio.

    Parameters
    ----------
    profits : of closed trades, as fractions.
    days : day of each, 0 the oldest and ``sharpe_days`` - 1 the newest.
    """
    if options.minimum_sharpe is None:
        return Finding(False, "trades are not watched")
    if len(profits) < options.sharpe_minimum_trades:
        return Finding(False, f"{len(profits)} trades, {options.sharpe_minimum_trades} needed")
    daily = np.bincount(days, weights=profits, minlength=options.sharpe_days)
    spread = float(daily.std(ddof=1))
    ratio = float(daily.mean()) / spread * np.sqrt(365) if spread > 0 else 0.0
    low = ratio < options.minimum_sharpe
    return Finding(low, f"Sharpe ratio {ratio:.2f}, alarm below {options.minimum_sharpe:g}")
