"""Writes the candles that the same market could have made: blocks in another order, or noise."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from freqai_regimes.candles import (
    FUTURES,
    MARK,
    SPOT,
    candle_path,
    read_candles,
    resample,
    timeframe_seconds,
    write_candles,
)
from freqai_regimes.cli.backtest_run import RunData
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.stored_data import check_range_in_data
from freqai_regimes.evidence.candle_noise import noisy_candles
from freqai_regimes.evidence.candle_resampling import resampled_candles
from freqai_regimes.evidence.monte_carlo import SHARE_OF_RANGE


@dataclass(frozen=True)
class OtherCandles:
    """Where candles are taken from, and where others are put in every timeframe of the run.

    Attributes
    ----------
    config, pairs, data, options : of the run.
    datadir : where they are put.
    """

    config: RunConfig
    pairs: list[str]
    data: RunData
    datadir: Path
    options: argparse.Namespace

    def write_resampled(self, seed: int) -> None:
        """Write one path of blocks in another order; the same seed writes the same.

        Candles after the range are left out. Mark prices of futures are those of the candles; there
        is no funding.

        Raises
        ------
        CandleError
            If the stretch that all pairs share is too short for the range.
        """
        timeframes, futures = self._timeframes(), self.options.futures
        finest, timerange = timeframes[0], self.data.timerange
        last = pd.Timestamp(timerange.split("-")[1], tz="UTC")
        candles = {pair: self._read(pair, finest) for pair in self.pairs}
        candles = {pair: frame[frame["date"] < last] for pair, frame in candles.items()}
        made = resampled_candles(candles, finest, self.options.block_days, seed)
        for pair, frame in made.items():
            for timeframe in timeframes:
                coarse = _in_timeframe(frame, finest, timeframe)
                write_candles(coarse, self.datadir, pair, timeframe, self._kind)
            if futures:
                hourly = max("1h", finest, key=timeframe_seconds)
                marks = _in_timeframe(frame, finest, hourly)
                write_candles(marks, self.datadir, pair, hourly, MARK)
        check_range_in_data(timerange, self.config, self.datadir, self.pairs, futures=futures)

    def write_noisy(self, seed: int) -> None:
        """Write the candles of the pairs with noise; the same seed writes the same.

        The run's finest candles are moved, the coarser ones made of them where they reach. Whatever
        else is stored (other pairs, funding, mark prices, kline extras) is linked as it is.
        """
        timeframes = self._timeframes()
        finest, stored = timeframes[0], self.data.datadir
        candles = {pair: self._read(pair, finest) for pair in self.pairs}
        for pair, frame in noisy_candles(candles, SHARE_OF_RANGE, seed).items():
            for timeframe in timeframes:
                coarse = _in_timeframe(frame, finest, timeframe)
                moved = _replaced(self._read(pair, timeframe), coarse)
                write_candles(moved, self.datadir, pair, timeframe, self._kind)
        for path in sorted(stored.rglob("*")):
            link = self.datadir / path.relative_to(stored)
            if path.is_file() and not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path.resolve())

    @property
    def _kind(self) -> str:
        return FUTURES if self.options.futures else SPOT

    def _read(self, pair: str, timeframe: str) -> pd.DataFrame:
        return read_candles(self.data.datadir, pair, timeframe, self._kind)

    def _timeframes(self) -> list[str]:
        """The run's timeframes that every pair has, the finest first."""
        regime, detail = self.config.settings.regime, self.options.timeframe_detail
        own = (regime.timeframe, regime.resample_from, detail)
        wanted = {*self.config.timeframes, *filter(None, own)}
        return [
            timeframe
            for timeframe in sorted(wanted, key=timeframe_seconds)
            if all(
                candle_path(self.data.datadir, pair, timeframe, self._kind).is_file()
                for pair in self.pairs
            )
        ]


def _in_timeframe(frame: pd.DataFrame, finest: str, timeframe: str) -> pd.DataFrame:
    return frame if timeframe == finest else resample(frame, finest, timeframe)


def _replaced(before: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """``before`` with the prices of the candles that ``moved`` has; dates and volume stay."""
    prices = moved.set_index("date")[["open", "high", "low", "close"]]
    known = before["date"].isin(prices.index)
    after = before.copy()
    after.loc[known, prices.columns] = prices.reindex(before.loc[known, "date"]).to_numpy()
    return after
