"""What a built-in market is made of: one frozen value, checked when it is made."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.synthetic_market.planted_signal import greatest_strength

SECONDS_PER_DAY = 86400
GREATEST_CANDLES = 5_000_000
_VOLATILITIES = "fractions above 0 and up to 5 (0.6 = 60 % a year), one or one a pair"
_PAIR = re.compile(r"[A-Z0-9]+/[A-Z0-9]+")


@dataclass(frozen=True)
class MarketSpec:
    """Settings of a built-in market.

    Parameters
    ----------
    pairs : spot names such as ``BTC/USDT``. A pair's candles do not depend on the other pairs.
    timeframe : finest timeframe, in which the market is generated; it must divide a day.
    timeframes : all that are written; multiples of ``timeframe``.
    start : first day, ``YYYY-MM-DD``, from midnight UTC.
    days : length; a longer market with the same start begins with the shorter one (gaps aside).
    seed : 0 or above; the same seed gives the same market.
    signal_strength : Spearman correlation of the hidden signal with the volatility-normalised
        return over the next ``signal_horizon_candles``; 0 plants nothing (see ``planted_signal``).
    signal_horizon_candles : in candles of ``timeframe``; also the half-life of the signal.
    signal_by_spell : whether the signal pulls the other way in bear spells, which one expert per
        regime can learn and a single linear model cannot.
    signal_in_sideways : pull of the signal in sideways spells, from -1 to 1, as a share of that in
        bull spells. With 0 and ``signal_by_spell``, bull and bear cancel: only who knows the regime
        can use the signal.
    spell_days : mean length of bull, sideways and bear spells; none is shorter than a third of it.
        0 = no spells. About 60 makes them visible to a 50-day average.
    gaps : runs of missing candles in each pair.
    futures : whether futures candles, 1h mark candles and 8-hour funding rates are written as well,
        named ``BTC/USDT:USDT``.
    annual_volatility : standard deviation of a year's log return (365 days), as a fraction; one for
        all pairs or one a pair.
    correlation : of the candle returns of any two pairs, from 0 to 1.

    Raises
    ------
    SettingsError
        For any value that is not allowed.
    """

    pairs: Sequence[str] = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
    timeframe: str = "1h"
    timeframes: Sequence[str] = ("1h", "4h", "1d")
    start: str = "2023-01-01"
    days: int = 400
    seed: int = 1
    signal_strength: float = 0.0
    signal_horizon_candles: int = 18
    signal_by_spell: bool = False
    signal_in_sideways: float = 1.0
    spell_days: float = 60.0
    gaps: int = 0
    futures: bool = False
    annual_volatility: float | Sequence[float] = 0.6
    correlation: float = 0.6

    def __post_init__(self) -> None:
        """Check every value, and turn lists into tuples."""
        for name in ("pairs", "timeframes", "annual_volatility"):
            value = getattr(self, name)
            if isinstance(value, Sequence) and not isinstance(value, str):
                object.__setattr__(self, name, tuple(value))
            elif name != "annual_volatility" or not _is_number(value):
                _refuse(name, value, "a list" if name != "annual_volatility" else _VOLATILITIES)
        self._check_types()
        self._check_pairs()
        self._check_timeframes()
        self._check_length()
        self._check_strength()

    @property
    def candles(self) -> int:
        """Number of candles of ``timeframe`` in the whole market."""
        return self.days * self.candles_per_day

    @property
    def candles_per_day(self) -> int:
        """Number of candles of ``timeframe`` in a day."""
        return SECONDS_PER_DAY // timeframe_seconds(self.timeframe)

    @property
    def first_open(self) -> pd.Timestamp:
        """Opening time of the first candle."""
        return pd.Timestamp(self.start, tz="UTC")

    def volatility_of(self, pair: str) -> float:
        """Annual volatility of a pair, as a fraction."""
        if isinstance(self.annual_volatility, int | float):
            return self.annual_volatility
        return self.annual_volatility[list(self.pairs).index(pair)]

    def _check_types(self) -> None:
        for name, least in (("days", 1), ("seed", 0), ("signal_horizon_candles", 1), ("gaps", 0)):
            value = getattr(self, name)
            if not (_is_number(value) and isinstance(value, int) and value >= least):
                _refuse(name, value, f"a whole number of at least {least}")
        for name in ("signal_strength", "signal_in_sideways", "spell_days", "correlation"):
            if not _is_number(getattr(self, name)):
                _refuse(name, getattr(self, name), "a number")
        for name in ("signal_by_spell", "futures"):
            if not isinstance(getattr(self, name), bool):
                _refuse(name, getattr(self, name), "true or false")

    def _check_pairs(self) -> None:
        for pair in self.pairs:
            if not _PAIR.fullmatch(str(pair)):
                _refuse("pairs", pair, "spot names such as 'BTC/USDT' (futures=True adds ':USDT')")
        if not self.pairs or len(set(self.pairs)) < len(self.pairs):
            _refuse("pairs", self.pairs, "at least one pair, each named once")
        given = self.annual_volatility
        each = [given] * len(self.pairs) if isinstance(given, int | float) else given
        if len(each) != len(self.pairs) or not all(_is_number(v) and 0 < v <= 5 for v in each):
            _refuse("annual_volatility", given, _VOLATILITIES)
        if not 0 <= self.correlation <= 1:
            _refuse("correlation", self.correlation, "0 to 1")

    def _check_timeframes(self) -> None:
        seconds = _seconds("timeframe", self.timeframe)
        if SECONDS_PER_DAY % seconds:
            _refuse(
                "timeframe", self.timeframe, "one that divides a day, such as 1m, 5m, 1h, 4h, 1d"
            )
        if not self.timeframes or len(set(self.timeframes)) < len(self.timeframes):
            _refuse("timeframes", self.timeframes, "at least one timeframe, each named once")
        for coarser in self.timeframes:
            length = _seconds("timeframes", coarser)
            if length % seconds:
                _refuse("timeframes", coarser, f"multiples of timeframe {self.timeframe}")
            if SECONDS_PER_DAY % length and self.days * SECONDS_PER_DAY < 2 * length:
                _refuse(
                    "timeframes", coarser, f"those of which a candle fits in {self.days} day(s)"
                )
        if self.futures and 3600 % seconds:
            _refuse("timeframe", self.timeframe, "1h or finer when futures=True (1h mark candles)")

    def _check_length(self) -> None:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(self.start)):
            _refuse("start", self.start, "a day as YYYY-MM-DD")
        if self.candles > GREATEST_CANDLES:
            _refuse(
                "days",
                f"{self.days} ({self.candles} candles of {self.timeframe})",
                f"at most {GREATEST_CANDLES} candles a pair: fewer days, or coarser",
            )
        try:
            years = self.first_open.year, (self.first_open + pd.Timedelta(days=self.days)).year
        except (ValueError, OverflowError):
            years = 0, 0
        if years[0] < 1970 or years[1] > 2261:
            _refuse("start", self.start, "a day that exists, in 1970 or later, ending before 2262")
        if self.signal_horizon_candles >= self.candles:
            _refuse("signal_horizon_candles", self.signal_horizon_candles, f"below {self.candles}")
        shortest = 3 / self.candles_per_day
        if self.spell_days != 0 and not shortest <= self.spell_days < math.inf:
            _refuse(
                "spell_days", self.spell_days, f"0 (none), or at least {shortest:g} (3 candles)"
            )
        if self.gaps * 4 > self.candles:
            _refuse("gaps", self.gaps, f"at most {self.candles // 4}, a quarter of the candles")

    def _check_strength(self) -> None:
        if not -1 <= self.signal_in_sideways <= 1:
            _refuse("signal_in_sideways", self.signal_in_sideways, "-1 to 1")
        greatest = greatest_strength(self.signal_horizon_candles)
        if not 0 <= self.signal_strength <= greatest:
            _refuse(
                "signal_strength",
                self.signal_strength,
                f"a rank correlation from 0 to {math.floor(greatest * 1000) / 1000} "
                f"(the most over {self.signal_horizon_candles} candles)",
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _seconds(name: str, timeframe: str) -> int:
    try:
        return timeframe_seconds(str(timeframe))
    except CandleError as error:
        raise SettingsError(f"{name} of the market: {error}") from error


def _refuse(name: str, got: object, allowed: str) -> None:
    raise SettingsError(f"{name} of the market is {got!r}; allowed: {allowed}.")
