"""The rows of one training window: features, regime and dates, with the labels to be learnt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.labels.labelled import Kind
from freqai_regimes.labels.sample_weight import age_decay, sample_weight
from freqai_regimes.learners.expert_settings import ExpertSettings
from freqai_regimes.learners.sample import RowOrder

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Target:
    """One label of a window; shapes (rows,).

    Attributes
    ----------
    name : of the label.
    kind : what it is, which decides how it is learnt.
    values : in the label's unit, NaN while unresolved.
    known_at : opening time of the candle whose close makes the value certain, NaT likewise.
    """

    name: str
    kind: Kind
    values: pd.Series
    known_at: pd.Series


@dataclass(frozen=True)
class Window:
    """Rows in time order, of one pair or of several; all parts share one index.

    Attributes
    ----------
    features : the columns that train, by name; no NaN.
    regime : 1, 0, -1 or NaN for each row, as it was known at that row.
    date : opening time of each row's candle.
    pair : name of each row's pair.
    targets : the labels, the main one first; it holds no NaN.
    volatility : of each row, in whatever unit (it may widen intervals); None: not known.
    shares : probabilities of bull, sideways and bear in this order; None: not known.
    """

    features: pd.DataFrame
    regime: pd.Series
    date: pd.Series
    pair: pd.Series
    targets: tuple[Target, ...]
    volatility: pd.Series | None = None
    shares: pd.DataFrame | None = None

    @property
    def main(self) -> Target:
        """The label whose prediction the strategy acts on."""
        return self.targets[0]

    def rows(self) -> Floats:
        """Features as numbers, shape (rows, columns)."""
        return self.features.to_numpy(dtype=float)

    def resolved(self, target: Target) -> Positions:
        """Positions of the rows whose label is known."""
        known = target.values.notna().to_numpy() & target.known_at.notna().to_numpy()
        return np.flatnonzero(known)

    def part(self, chosen: Positions) -> Window:
        """Only the rows at these positions, in their order."""
        targets = tuple(
            Target(one.name, one.kind, one.values.iloc[chosen], one.known_at.iloc[chosen])
            for one in self.targets
        )
        volatility = None if self.volatility is None else self.volatility.iloc[chosen]
        shares = None if self.shares is None else self.shares.iloc[chosen]
        return Window(
            self.features.iloc[chosen],
            self.regime.iloc[chosen],
            self.date.iloc[chosen],
            self.pair.iloc[chosen],
            targets,
            volatility,
            shares,
        )


def row_order(date: pd.Series, pair: pd.Series) -> RowOrder:
    """Which candle each row is; candles are as far apart as the two nearest rows."""
    naive = date.dt.tz_convert(None).to_numpy().astype("datetime64[ns]")
    steps = np.diff(np.unique(naive))
    candle = steps.min() if len(steps) else np.timedelta64(1, "s")
    return RowOrder(naive, pair.to_numpy(), candle)


def row_weight(date: pd.Series, known_at: pd.Series, settings: ExpertSettings) -> Floats:
    """How much each training row counts; mean 1."""
    half_life = settings.weight_half_life_days
    if settings.weight_by_uniqueness:
        return sample_weight(date, known_at, half_life).to_numpy(dtype=float)
    if half_life is None:
        return np.ones(len(date))
    decay = age_decay(date, half_life).to_numpy(dtype=float)
    return np.asarray(decay / decay.mean())
