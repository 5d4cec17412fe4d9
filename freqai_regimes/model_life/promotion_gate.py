"""Whether a candidate may replace the champion: better than naive, and not worse than it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

#: One-sided critical values under fixed-b asymptotics, Bartlett kernel, as polynomials in b
#: (Kiefer and Vogelsang 2005, table 1).
_CRITICAL: dict[float, tuple[float, float, float, float]] = {
    0.1: (1.2816, 1.3040, 0.5135, -0.3386),
    0.05: (1.6449, 2.1859, 0.3142, -0.3427),
    0.025: (1.9600, 2.9694, 0.4160, -0.5324),
    0.01: (2.3263, 4.1618, 0.5368, -0.9060),
}


def _tabled(level: float) -> float:
    if level not in _CRITICAL:
        raise ValueError(f"critical values are known for {', '.join(map(str, _CRITICAL))}")
    return level


Level = Annotated[float, AfterValidator(_tabled)]
Measure = Literal["skill", "squared_error"]


class GateOptions(BaseModel):
    """What a model has to show before its predictions may be traded on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(True, description="false: each new model replaces the old one at once")
    measure: Measure = Field(
        "skill",
        description="skill: predictions and outcomes move together, whatever the scale; "
        "squared_error: their sizes must be right too",
    )
    level: Level = Field(0.01, description="chance that a model without skill beats the naive one")
    worse_level: Level = Field(
        0.1, description="a candidate this clearly worse than the champion is refused"
    )
    minimum_effective_rows: int = Field(
        20, ge=5, description="validation rows that do not overlap (rows / horizon)"
    )
    minimum_fresh_rows: int = Field(
        8, ge=2, description="the same, of rows that the champion was not trained on"
    )
    trust_first: bool = Field(
        False, description="true: before the first champion, predictions may be traded on"
    )


@dataclass(frozen=True)
class Comparison:
    """Two models on the same rows, and how clearly the first one is the better one.

    Attributes
    ----------
    rows, effective_rows : dates compared, and how many of them do not overlap.
    value, other_value : of the measure: correlation (higher is better), or mean squared error.
    statistic : mean gain over its standard error; positive: the first one is better.
    """

    rows: int
    effective_rows: float
    value: float
    other_value: float
    statistic: float

    def critical(self, level: float, horizon_candles: int) -> float:
        """What the statistic must exceed at a one-sided level."""
        b = _bandwidth(self.rows, horizon_candles) / max(self.rows, 1)
        return float(np.polynomial.polynomial.polyval(b, _CRITICAL[level]))


@dataclass(frozen=True)
class GateDecision:
    """Whether a candidate becomes champion, why, and on which numbers."""

    promoted: bool
    reason: str
    against_naive: Comparison | None = None
    against_champion: Comparison | None = None


@dataclass(frozen=True)
class GateRows:
    """Validation rows of the candidate's window, in time order; no model was fitted on them.

    Attributes
    ----------
    date : opening time of each row's candle; rows of several pairs may share a date.
    label : what came true, in the label's unit (0 or 1 for classes).
    candidate : its predictions (probabilities for classes).
    champion : the champion's, or None where there is no champion.
    train_mean : mean label of the candidate's training rows: prior of classes.
    """

    date: npt.NDArray[np.datetime64]
    label: npt.NDArray[np.float64]
    candidate: npt.NDArray[np.float64]
    champion: npt.NDArray[np.float64] | None
    train_mean: float


def judge(
    rows: GateRows,
    horizon_candles: int,
    options: GateOptions,
    champion_until: np.datetime64 | None = None,
) -> GateDecision:
    """Compare with the naive model, then with the champion, date by date.

    Measure ``skill``: products of standardised predictions and standardised outcomes, whose mean is
    their correlation; the naive model, a constant, has none. Measure ``squared_error`` (of
    probabilities: Brier scores): the naive model says 0 or the training mean, whichever is the
    better one on these very rows. Against the champion only rows count that begin after
    ``champion_until``, the end of all it was trained and validated on: on others it would be
    flattered. Labels of neighbouring rows overlap, so the standard error is that of Newey and West
    (1987) over two horizons, held against critical values for as wide a bandwidth (Kiefer and
    Vogelsang 2005).

    Parameters
    ----------
    horizon_candles : candles that a label spans; rows this far apart do not overlap.
    champion_until : date; None without a champion.
    """
    naive = against_naive(rows, horizon_candles, options.measure)
    if naive.effective_rows < options.minimum_effective_rows:
        return GateDecision(False, f"{_few(naive)}, {options.minimum_effective_rows} needed", naive)
    needed = naive.critical(options.level, horizon_candles)
    words = (
        f"{_words(naive, options.measure)} of naive (t {naive.statistic:.2f}, {needed:.2f} needed)"
    )
    if not naive.statistic > needed:
        return GateDecision(False, f"not better than naive: {words}", naive)
    if rows.champion is None or champion_until is None:
        return GateDecision(True, f"better than naive: {words}", naive)
    fresh = rows.date > champion_until
    champion = _compare(
        rows.date[fresh],
        rows.label[fresh],
        rows.candidate[fresh],
        rows.champion[fresh],
        horizon_candles,
        options.measure,
    )
    if champion.effective_rows < options.minimum_fresh_rows:
        reason = f"{_few(champion)} since the champion was trained, {options.minimum_fresh_rows}"
        return GateDecision(False, f"{reason} needed", naive, champion)
    limit = champion.critical(options.worse_level, horizon_candles)
    words = f"{_words(champion, options.measure)} of the champion (t {champion.statistic:.2f})"
    if champion.statistic < -limit:
        return GateDecision(False, f"worse than the champion: {words}", naive, champion)
    return GateDecision(True, f"not worse than the champion: {words}", naive, champion)


def against_naive(rows: GateRows, horizon_candles: int, measure: Measure) -> Comparison:
    """The candidate beside the naive model, date by date."""
    return _compare(rows.date, rows.label, rows.candidate, _naive(rows), horizon_candles, measure)


def _naive(rows: GateRows) -> npt.NDArray[np.float64]:
    mean = rows.train_mean
    flat, prior = np.mean(rows.label**2), np.mean((rows.label - mean) ** 2)
    return np.full(len(rows.label), 0.0 if flat < prior else mean)


def _few(comparison: Comparison) -> str:
    return f"{comparison.effective_rows:.0f} rows that do not overlap"


def _words(comparison: Comparison, measure: Measure) -> str:
    name = "correlation" if measure == "skill" else "loss"
    return f"{name} {comparison.value:.3g}, {comparison.other_value:.3g}"


def _compare(
    date: npt.NDArray[np.datetime64],
    label: npt.NDArray[np.float64],
    one: npt.NDArray[np.float64],
    other: npt.NDArray[np.float64],
    horizon_candles: int,
    measure: Measure,
) -> Comparison:
    if measure == "skill":
        outcome = _standardised(label)
        scores = {"one": _standardised(one) * outcome, "other": _standardised(other) * outcome}
    else:
        scores = {"one": -((one - label) ** 2), "other": -((other - label) ** 2)}
    by_date = pd.DataFrame(scores).groupby(date).mean()
    gain = (by_date["one"] - by_date["other"]).to_numpy(dtype=float)
    sign = 1.0 if measure == "skill" else -1.0
    return Comparison(
        rows=len(gain),
        effective_rows=len(gain) / horizon_candles,
        value=sign * float(by_date["one"].mean()),
        other_value=sign * float(by_date["other"].mean()),
        statistic=robust_statistic(gain, _bandwidth(len(gain), horizon_candles)),
    )


def _standardised(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean 0 and spread 1; zeros where nothing varies."""
    centred = values - values.mean() if len(values) else values
    spread = float(centred.std()) if len(values) else 0.0
    return np.asarray(centred / spread) if spread > 1e-12 else np.zeros(len(values))


def _bandwidth(rows: int, horizon_candles: int) -> int:
    return max(min(2 * horizon_candles, rows - 1), 1)


def robust_statistic(gain: npt.NDArray[np.float64], bandwidth: int) -> float:
    """Mean over its Newey-West standard error (Bartlett weights); 0 where nothing varies."""
    if len(gain) < 2:
        return 0.0
    centred = gain - gain.mean()
    variance = float(centred @ centred)
    for lag in range(1, min(bandwidth, len(gain) - 1)):
        variance += 2 * (1 - lag / bandwidth) * float(centred[lag:] @ centred[:-lag])
    error = np.sqrt(max(variance, 0.0)) / len(gain)
    return float(gain.mean() / error) if error > 1e-300 else 0.0
