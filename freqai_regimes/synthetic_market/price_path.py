"""The paths themselves: spells, volatility, signal, prices and volumes of one built-in market.

Candle k opens at the close of candle k-1 and earns the log return

    r_k = m_k - sigma_k^2 / 2 + sigma_k (b d_k s_{k-1} + sqrt(1 - b^2) e_k)

- ``m`` is the drift of the spell per candle (``SPELL_DRIFT``). Spells are semi-Markov and shared by
  all pairs: each lasts a third of ``spell_days`` plus a gamma variable of shape 2, and is followed
  by one of the two other kinds with equal chance. With spells of 60 days and a volatility of 0.6,
  bull spells older than 20 days close above their 50-day average on about 85 % of days, bear spells
  on about 16 %.
- ``sigma`` is a log-normal stochastic volatility (Taylor, 1986) shared by all pairs: the sum of a
  slow (half-life 10 days) and a fast (8 hours) AR(1) in its logarithm. Its mean square is the
  stated one, whatever the timeframe. The volatility over many candles is a little higher where a
  signal or spells are planted, since both last longer than a candle.
- ``s`` is the hidden signal with pull b (see ``planted_signal``), ``d`` its direction.
- ``e`` has the stated correlation between pairs through a common factor.

Without signal and spells the price is exactly a martingale (apart from the rounding to ticks). The
extremes keep it so inside the candle: high and low each have the distribution of a Brownian path's
extreme given open and close, whatever was known before, so a single stop or limit order earns
nothing either.

The signal can be seen from closed candles in two ways. Its level is in the logarithm of the volume
(beside volatility, the hour of the day and noise). Its innovations are in the wicks: candles close
near the high when the signal rises, so the *average* of the close location (close-low)/(high-low)
over about the horizon follows it. (Were the level itself in the wicks, they could be foreseen, and
limit orders would profit.) A linear regression on these two and the range recovers it with a
correlation of about 0.86 on candles of the finest timeframe; coarser candles keep the volume, not
the wicks.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.signal import lfilter
from scipy.special import log_ndtr

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.synthetic_market.planted_signal import persistence, pull_for
from freqai_regimes.synthetic_market.spec import MarketSpec

Floats = npt.NDArray[np.float64]

DAYS_PER_YEAR = 365
SPELL_DRIFT = MappingProxyType({1: 2.0, 0: 0.0, -1: -1.6})
"""Yearly drift by spell (bull, sideways, bear): the expected price grows by exp(drift) in a year,
the log price by drift less half the variance."""

# Variance of log volatility and half-life in days. On BTC/USDT 1h candles of 2024-25 |r| has an
# autocorrelation of 0.27 at one hour, 0.14 at a day, and kurtosis 12; here about 0.26, 0.16 and 8.
_VOLATILITY_PARTS = {"slow": (0.15, 10.0), "fast": (0.10, 1 / 3)}
_VOLUME_PER_SIGNAL = 0.9
_VOLUME_NOISE = 0.2
_VOLUME_SEASON = 0.25  # of log volume, highest at 15:00 UTC as on Binance
_WICK_PER_INNOVATION = 0.9
_LONGEST_GAP_CANDLES = 36
# Price at the start and volume of a day, both in quote currency.
_COINS = {"BTC": (40_000.0, 1.5e9), "ETH": (2_500.0, 8e8), "SOL": (100.0, 3e8)}
_OTHER_COIN = (10.0, 5e7)


@dataclass(frozen=True)
class PairPath:
    """One pair of a market in its finest timeframe.

    Attributes
    ----------
    candles : ``CANDLE_COLUMNS``, all of them (gaps are cut when the market is written).
    truth : row t is what only the market knows at the close of candle t:
        ``date`` (opening time), ``spell`` (1 bull, 0 sideways, -1 bear), ``signal``, ``direction``
        (in which it pulls on the next candle), ``expected_next_return`` and ``volatility`` (mean
        simple return and standard deviation of the log return of candle t+1), ``log_return`` (of
        candle t, before rounding) and ``missing`` (whether the candle is inside a gap).
    """

    candles: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True)
class _Shared:
    """What all pairs share; arrays of all candles and one more."""

    spell: npt.NDArray[np.int64]
    log_volatility: Floats  # in relation to the stated volatility
    shock: Floats


def simulate(spec: MarketSpec) -> dict[str, PairPath]:
    """Every pair of a market in its finest timeframe; nothing is written."""
    shared = _Shared(_spells(spec), _log_volatility(spec), _normal(spec, "market shock"))
    return {pair: _pair_path(spec, pair, shared) for pair in spec.pairs}


def random_stream(spec: MarketSpec, purpose: str, pair: str = "") -> np.random.Generator:
    """Return a generator for one purpose and pair alone, so that none disturbs another."""
    key = (zlib.crc32(purpose.encode()), zlib.crc32(pair.encode()))
    return np.random.default_rng(np.random.SeedSequence(spec.seed, spawn_key=key))


def _normal(spec: MarketSpec, purpose: str, pair: str = "") -> Floats:
    return random_stream(spec, purpose, pair).standard_normal(spec.candles + 1)


def _autoregression(noise: Floats, half_life_candles: float) -> Floats:
    """Stationary AR(1) of unit variance."""
    phi = persistence(half_life_candles)
    scaled = noise * np.sqrt(1 - phi**2)
    scaled[0] = noise[0]
    return np.asarray(lfilter([1.0], [1.0, -phi], scaled), dtype=float)


def _spells(spec: MarketSpec) -> npt.NDArray[np.int64]:
    path = np.zeros(spec.candles + 1, dtype=np.int64)
    if spec.spell_days == 0:
        return path
    stream = random_stream(spec, "spells")
    third = spec.spell_days * spec.candles_per_day / 3
    kind, begin = int(stream.integers(-1, 2)), 0
    while begin < len(path):
        end = begin + int(np.ceil(third * (1 + stream.gamma(2.0))))
        path[begin:end] = kind
        kind = (kind + 1 + int(stream.integers(1, 3))) % 3 - 1
        begin = end
    return path


def _log_volatility(spec: MarketSpec) -> Floats:
    path = np.zeros(spec.candles + 1)
    for part, (variance, half_life_days) in _VOLATILITY_PARTS.items():
        noise = _normal(spec, f"{part} volatility")
        wave = _autoregression(noise, half_life_days * spec.candles_per_day)
        path += np.sqrt(variance) * wave - variance  # so that the mean of exp(2 path) is 1
    return path


def _pair_path(spec: MarketSpec, pair: str, shared: _Shared) -> PairPath:
    count = spec.candles
    per_year = DAYS_PER_YEAR * spec.candles_per_day
    volatility = spec.volatility_of(pair) / np.sqrt(per_year) * np.exp(shared.log_volatility)
    pull = pull_for(spec.signal_strength, spec.signal_horizon_candles)
    innovation = _normal(spec, "signal", pair)
    signal = _autoregression(
        innovation, spec.signal_horizon_candles
    )  # [k] is known before candle k
    in_bear = -1.0 if spec.signal_by_spell else 1.0
    direction = np.choose(shared.spell + 1, [in_bear, spec.signal_in_sideways, 1.0])
    drift = np.choose(shared.spell + 1, [SPELL_DRIFT[kind] for kind in (-1, 0, 1)]) / per_year
    expected = drift + volatility * pull * direction * signal  # of the log return, without variance
    own = _normal(spec, "shock", pair)
    shock = np.sqrt(spec.correlation) * shared.shock + np.sqrt(1 - spec.correlation) * own
    rest = np.sqrt(1 - (pull * direction) ** 2)
    log_return = expected + volatility * rest * shock - volatility**2 / 2
    dates = _dates(spec)
    prices = _prices(spec, pair, log_return[:count], volatility[:count], innovation[1:])
    candles = pd.DataFrame(
        {"date": dates, **prices, "volume": _volume(spec, pair, shared, signal[1:])}
    )
    truth = {
        "date": dates,
        "spell": shared.spell[:count],
        "signal": signal[1:],
        "direction": direction[1:],
        "expected_next_return": np.expm1(expected - (pull * volatility * direction) ** 2 / 2)[1:],
        "volatility": volatility[1:],
        "log_return": log_return[:count],
        "missing": _missing(spec, pair),
    }
    for name in ("signal", "expected_next_return", "volatility", "log_return"):
        truth[name] = np.round(truth[name], 12)  # processors differ in the last bits of exp
    return PairPath(candles, pd.DataFrame(truth))


def _dates(spec: MarketSpec) -> pd.DatetimeIndex:
    step = pd.Timedelta(seconds=timeframe_seconds(spec.timeframe))
    return pd.date_range(spec.first_open, periods=spec.candles, freq=step, unit="ms")


def _prices(
    spec: MarketSpec, pair: str, log_return: Floats, volatility: Floats, innovation: Floats
) -> dict[str, Floats]:
    """Open, high, low and close, rounded to ticks of about a millionth of the first price."""
    start, _ = _COINS.get(pair.split("/")[0], _OTHER_COIN)
    closes = np.cumsum(log_return)
    opens = np.concatenate([[0.0], closes[:-1]])
    wick, rest = _WICK_PER_INNOVATION, np.sqrt(1 - _WICK_PER_INNOVATION**2)
    above = wick * innovation + rest * _normal(spec, "high", pair)[1:]
    below = -wick * innovation + rest * _normal(spec, "low", pair)[1:]
    # Extreme m of a Brownian bridge to r: P(beyond m) = exp(-2 m (m - r) / sigma^2), turned round.
    highs = opens + (log_return + _bridge_root(log_return, volatility, above)) / 2
    lows = opens + (log_return - _bridge_root(log_return, volatility, below)) / 2
    decimals = 6 - int(np.floor(np.log10(start)))
    logs = {"open": opens, "high": highs, "low": lows, "close": closes}
    return {
        name: np.maximum(np.round(start * np.exp(values), decimals), 10.0**-decimals)
        for name, values in logs.items()
    }


def _bridge_root(log_return: Floats, volatility: Floats, quantile: Floats) -> Floats:
    return np.asarray(np.sqrt(log_return**2 - 2 * volatility**2 * log_ndtr(quantile)), dtype=float)


def _volume(spec: MarketSpec, pair: str, shared: _Shared, signal: Floats) -> Floats:
    """Volume in base currency: rises with volatility and signal, with a daily season."""
    price, per_day = _COINS.get(pair.split("/")[0], _OTHER_COIN)
    seconds = timeframe_seconds(spec.timeframe)
    hours = (np.arange(spec.candles) + 0.5) * seconds / 3600
    season = _VOLUME_SEASON * np.cos(2 * np.pi * (hours - 15) / 24) if seconds < 86400 else 0.0
    noise = _VOLUME_NOISE * _normal(spec, "volume", pair)[1:]
    level = np.log(per_day / price / spec.candles_per_day)
    logs = level + season + shared.log_volatility[:-1] + _VOLUME_PER_SIGNAL * signal + noise
    return np.asarray(np.maximum(np.round(np.exp(logs), 3), 0.001), dtype=float)


def _missing(spec: MarketSpec, pair: str) -> npt.NDArray[np.bool_]:
    """Mark runs of missing candles, one in each of as many equal stretches of the market."""
    missing = np.zeros(spec.candles, dtype=bool)
    if spec.gaps:
        stream = random_stream(spec, "gaps", pair)
        stretch = spec.candles // spec.gaps
        for begin in range(0, stretch * spec.gaps, stretch):
            length = int(stream.integers(1, min(_LONGEST_GAP_CANDLES, stretch - 3) + 1))
            first = begin + int(stream.integers(1, stretch - length))
            missing[first : first + length] = True
    return missing
