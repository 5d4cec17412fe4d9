"""FreqAI's store of candles, mended where its dates get mixed up."""

from __future__ import annotations

from datetime import UTC

from freqtrade.configuration import TimeRange
from freqtrade.freqai.data_drawer import FreqaiDataDrawer
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen


class RegimeDataDrawer(FreqaiDataDrawer):
    """FreqAI's store of candles, with one kind of UTC.

    FreqAI 2026.9 loads history with one UTC object and appends candles that carry another; the
    ``date`` column of a timeframe becomes ``object`` at its first new candle, merges between
    timeframes fail and with them each live training. History whose dates are converted to
    ``datetime.timezone.utc``, which new candles carry, keeps the column a datetime.
    """

    def load_all_pair_histories(self, timerange: TimeRange, dk: FreqaiDataKitchen) -> None:
        """Load the stored candles of every pair and timeframe, their dates in one kind of UTC."""
        super().load_all_pair_histories(timerange, dk)
        for frames in self.historic_data.values():
            for frame in frames.values():
                frame["date"] = frame["date"].dt.tz_convert(UTC)
