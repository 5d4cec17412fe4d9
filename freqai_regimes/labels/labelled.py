"""Labels together with the moment at which each is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

Kind = Literal["regression", "binary", "three_class"]


@dataclass(frozen=True)
class Labelled:
    """What a label function returns.

    Attributes
    ----------
    values : one float column a label, index as the candles; NaN (never 0) while unresolved.
    known_at : the same columns; opening time (UTC) of the candle whose close makes the value
        certain, NaT while unresolved. A date, since the same candle has different row numbers in
        backtest and live.
    kind : what each column is, which decides the learner.
    """

    values: pd.DataFrame
    known_at: pd.DataFrame
    kind: dict[str, Kind]

    def masked(self, until: pd.Timestamp) -> Labelled:
        """The labels as they were known once the candle that opened at ``until`` had closed."""
        known = self.known_at <= until
        return Labelled(self.values.where(known), self.known_at.where(known), self.kind)
