"""Which stored series an entry of ``sources`` is made of, and when a row of each is known."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from freqai_regimes.candles import FUNDING, FUTURES, MARK, SPOT, timeframe_seconds
from freqai_regimes.sources import SourceOptions

FILE, EXTRAS = "file", "kline extras"
#: Freqtrade keeps funding rates as candles of this length, whenever they are settled.
FUNDING_TIMEFRAME = "1h"


@dataclass(frozen=True)
class Series:
    """One series.

    Attributes
    ----------
    pair, timeframe : whose, and of what length; empty for a file.
    candle_type : as freqtrade calls it, or ``FILE`` or ``EXTRAS``.
    options : the entry it belongs to.
    """

    pair: str
    timeframe: str
    candle_type: str
    options: SourceOptions

    @property
    def name(self) -> str:
        """What to call it in an error and in a certificate."""
        if self.candle_type == FILE:
            return f"{self.options.column_prefix}: {self.options.path}"
        return f"{self.options.column_prefix}: {self.pair} {self.timeframe} {self.candle_type}"

    @property
    def known_after(self) -> pd.Timedelta:
        """How long after its date a row is known."""
        if self.candle_type == FILE:
            return self.options.publication_lag
        if self.candle_type == FUNDING:
            return pd.Timedelta(0)
        return pd.Timedelta(seconds=timeframe_seconds(self.timeframe))


def series_of(options: SourceOptions, pair: str, base_timeframe: str) -> tuple[Series, ...]:
    """The series of a source; of the kline extras those of ``pair``.

    A basis has two, the futures candles first.
    """
    timeframe, other = options.timeframe or base_timeframe, str(options.pair)
    if options.kind == "file":
        return (Series("", "", FILE, options),)
    if options.kind == "kline_extras":
        return (Series(pair, timeframe, EXTRAS, options),)
    if options.kind == "funding":
        return (Series(other, FUNDING_TIMEFRAME, FUNDING, options),)
    if options.kind == "mark":
        return (Series(other, timeframe, MARK, options),)
    candles = Series(other, timeframe, FUTURES if ":" in other else SPOT, options)
    if options.kind == "basis":
        return candles, Series(str(options.spot_pair), timeframe, SPOT, options)
    return (candles,)
