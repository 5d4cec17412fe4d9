"""The blocks of real candles that docs/results.md names, and the regime that each one allows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.candles import FUNDING, FUTURES, read_candles, resample, write_candles

FUTURES_FOLDER = "futures15m_2024-01_2025-08"
SPOT_COST, FUTURES_COST = 0.0011, 0.0006  # of a side: fee plus one basis point
LONG_REGIME: Mapping[str, Any] = {}  # the preset's own: 50 days, 30 days
#: Blocks of eight months are too short for that: 20 days for both.
SHORT_REGIME = {"average_candles": 120, "change_candles": 120}
ALTS_2021 = ("ADA", "AVAX", "BCH", "BTC", "DOT", "ETH", "LINK", "LTC", "SOL", "XRP")
ALTS_2024 = ("AVAX", "BCH", "BTC", "DOGE", "ETH", "LINK", "LTC", "SOL", "XRP")
ALTS_2025 = ("ADA", "AVAX", "BCH", "BNB", "BTC", "DOGE", "ETH", "LINK", "LTC", "SOL", "XRP")
MAJORS = ("BTC", "ETH", "SOL")


@dataclass(frozen=True)
class Block:
    """Pairs and days that are traded; candles before them are history.

    Attributes
    ----------
    start, end : first day that is traded, and the day before which trading ends (UTC). The study
        does not state its first days: they are those with which its buy-and-hold comes out.
    shock : day from whose first open on prices are doubled (futures a bit more, so that the basis
        moves too) and funding is a percent each time; what an account did before must not know of
        it. None: candles as they are.
    stored : timeframe that other ones are made of; None: the wanted one is stored.
    """

    name: str
    folder: str
    coins: tuple[str, ...]
    start: str
    end: str
    regime: Mapping[str, Any] = field(default_factory=dict, hash=False)
    stored: str | None = None
    confirms: bool = False
    shock: str | None = None

    @property
    def pairs(self) -> tuple[str, ...]:
        """Names of the spot pairs."""
        return tuple(f"{coin}/USDT" for coin in self.coins)

    @property
    def timerange(self) -> str:
        """As freqtrade writes it."""
        return "-".join(day.replace("-", "") for day in (self.start, self.end))

    def candles(self, timeframe: str) -> dict[str, pd.DataFrame]:
        """Candles of every pair, all that are stored before ``end``."""
        found = {}
        for pair in self.pairs:
            frame = read_candles(data(self.folder), pair, self.stored or timeframe)
            if self.stored not in (None, timeframe):
                frame = resample(frame, self.stored, timeframe)
            found[pair] = self._before_end(frame)
        return found

    def futures(self, coin: str, timeframe: str) -> pd.DataFrame:
        """Candles of a coin's perpetual future, all that are stored before end."""
        candles = read_candles(data(FUTURES_FOLDER), f"{coin}/USDT:USDT", timeframe, FUTURES)
        return self._before_end(candles, times=2.1)

    def rates(self, coin: str, *, paid: bool = False) -> pd.Series:
        """Funding rates by the moment at which they are settled, all before ``end``.

        A shock changes what is known from its moment on; what is ``paid`` only after it, for the
        rate of that moment is for the time before.
        """
        stored = read_candles(data(FUTURES_FOLDER), f"{coin}/USDT:USDT", "1h", FUNDING)
        rates = stored.set_index("date")["open"]
        rates = rates[rates.index < pd.Timestamp(self.end, tz="UTC")]
        if self.shock is None:
            return rates
        day = pd.Timestamp(self.shock, tz="UTC")
        return rates.mask(rates.index > day if paid else rates.index >= day, 0.01)

    def _before_end(self, frame: pd.DataFrame, *, times: float = 2.0) -> pd.DataFrame:
        kept = frame[frame["date"] < pd.Timestamp(self.end, tz="UTC")].reset_index(drop=True)
        if self.shock is None:
            return kept
        day, dates = pd.Timestamp(self.shock, tz="UTC"), kept["date"]
        kept.loc[dates > day, "open"] *= times
        kept.loc[dates >= day, ["high", "low", "close"]] *= times
        kept.loc[dates == day, "low"] = kept.loc[dates == day, ["open", "low"]].min(axis=1)
        return kept

    def datadir(self, folder: Path, timeframe: str) -> Path:
        """A data directory that freqtrade can run on: the stored one, or one made in ``folder``."""
        if self.stored in (None, timeframe):
            return data(self.folder)
        for pair in self.pairs:
            candles = read_candles(data(self.folder), pair, self.stored)
            write_candles(resample(candles, self.stored, timeframe), folder, pair, timeframe)
        return folder


def data(folder: str) -> Path:
    """A folder of the real candles."""
    if "REGIMES_DATA" not in os.environ:
        raise SystemExit("Set REGIMES_DATA to the folder that holds the data directories.")
    return Path(os.environ["REGIMES_DATA"]) / folder


BLOCKS = (
    Block(
        "BTC/ETH 2018-09..2021-07",
        "hourly_daily_2017_2021",
        ("BTC", "ETH"),
        "2018-09-01",
        "2021-07-17",
        LONG_REGIME,
        stored="1h",
    ),
    Block(
        "10 coins 2021-02..2021-07",
        "spot_2020-12_2021-07",
        ALTS_2021,
        "2021-02-14",
        "2021-07-17",
        SHORT_REGIME,
    ),
    Block(
        "9 coins 2024-03..2024-09",
        "spot_2024-01_2024-09",
        ALTS_2024,
        "2024-03-16",
        "2024-09-06",
        SHORT_REGIME,
    ),
    Block(
        "BTC/ETH/SOL 2024-04..2024-12",
        "majors_2024-01_2025-08",
        MAJORS,
        "2024-04-11",
        "2024-12-31",
        LONG_REGIME,
    ),
    Block(
        "BTC/ETH/SOL 2025",
        "majors_2024-01_2025-08",
        MAJORS,
        "2024-12-31",
        "2025-08-18",
        LONG_REGIME,
        confirms=True,
    ),
    Block(
        "11 coins 2025-03..2025-08",
        "spot_2024-12_2025-08",
        ALTS_2025,
        "2025-03-16",
        "2025-08-18",
        SHORT_REGIME,
        confirms=True,
    ),
)
EXPLORED = tuple(block for block in BLOCKS if not block.confirms)
