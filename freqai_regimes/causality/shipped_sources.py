"""Every kind of source as a subject, and a market with a series for each, made from a seed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

import numpy as np
import pandas as pd

from freqai_regimes.candles import resample
from freqai_regimes.causality.market import Market, Source
from freqai_regimes.causality.subject import BASE, Inputs, Subject
from freqai_regimes.errors import SettingsError
from freqai_regimes.sources import SourceOptions, join_source
from freqai_regimes.sources.as_of import FLAG
from freqai_regimes.sources.options import Kind
from freqai_regimes.synthetic_market import MarketSpec, simulate

TIMEFRAME, HOUR = "1h", pd.Timedelta(hours=1)
PUBLICATION_LAG = 2.5 * HOUR
PAIR, PERPETUAL = "ETH/USDT", "ETH/USDT:USDT"
#: Options by kind, and the names of the series in ``source_market``.
SAMPLES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "pair": ({"pair": PAIR, "timeframe": "1h"}, ("pair",)),
    "mark": ({"pair": PERPETUAL, "timeframe": "4h"}, ("mark",)),
    "funding": ({"pair": PERPETUAL}, ("funding",)),
    "basis": ({"pair": PERPETUAL, "spot_pair": PAIR, "timeframe": "1h"}, ("pair", "spot")),
    "file": (
        {"path": "mood.csv", "publication_lag_hours": 2.5, "every_hours": 6},
        ("file",),
    ),
    "kline_extras": ({}, ("extras",)),
}


def source_subjects() -> list[Subject]:
    """The join of each kind of source that there is, to be certified on ``source_market``.

    Raises
    ------
    SettingsError
        For a kind without a sample.
    """
    return [_subject(kind) for kind in get_args(Kind)]


def sample_options(kind: str) -> SourceOptions:
    """The options with which a kind is certified."""
    if kind not in SAMPLES:
        raise SettingsError(
            f"Sources of kind {kind} cannot be certified: give them a sample in "
            "freqai_regimes/causality/shipped_sources.py."
        )
    prefix = {} if kind == "kline_extras" else {"column_prefix": "x_", "longest_age_hours": 16}
    return SourceOptions.model_validate({"kind": kind, **prefix, **SAMPLES[kind][0]})


def joined(inputs: Inputs, options: SourceOptions, series: tuple[str, ...]) -> pd.DataFrame:
    """The columns of a source alone."""
    base = inputs[BASE]
    spot = inputs[series[1]] if len(series) > 1 else None
    whole = join_source(base, TIMEFRAME, inputs[series[0]], options, spot=spot)
    return whole.drop(columns=list(base))


def with_fresh(columns: pd.DataFrame) -> pd.DataFrame:
    """The flag as numbers: values again, without those that are filled.

    A flag says no until something is missing, which looks like a value made up for the warm-up.
    """
    [flag] = [name for name in columns if str(name).endswith(FLAG)]
    values = columns.drop(columns=flag)
    fresh = values.where(~columns[flag], axis=0).add_suffix(" if not filled")
    return pd.concat([values, fresh], axis=1)


def _subject(kind: str) -> Subject:
    options, series = sample_options(kind), SAMPLES[kind][1]
    return Subject(
        f"source {kind}",
        "source",
        lambda inputs: with_fresh(joined(inputs, options, series)),
        warm_up_candles=lead_candles(options, HOUR, 4 * HOUR),
    )


def lead_candles(options: SourceOptions, step: pd.Timedelta, known_after: pd.Timedelta) -> int:
    """Base candles of ``step`` after which earlier rows of the source no longer matter."""
    if options.kind == "kline_extras":
        return 0
    every = pd.Timedelta(hours=options.every_hours or 0)
    return int(np.ceil((options.longest_age + known_after + every) / step))


@cache
def source_market(days: int = 25) -> Market:
    """One-hour candles, and holed series of each kind beside them."""
    spec = MarketSpec(pairs=("BTC/USDT", PAIR), days=days, seed=3)
    simulated = simulate(spec)
    base, other = (simulated[pair].candles for pair in ("BTC/USDT", PAIR))
    return Market.of(base, TIMEFRAME, others=_others(base, other))


def _others(base: pd.DataFrame, other: pd.DataFrame) -> Mapping[str, Source]:
    rng = np.random.default_rng(11)
    spot = other.assign(close=other["close"] * np.exp(rng.normal(0, 0.001, len(other))))
    spot["high"] = spot[["open", "high", "close"]].max(axis=1)
    spot["low"] = spot[["open", "low", "close"]].min(axis=1)
    mark = resample(other, TIMEFRAME, "4h")
    funding = base[["date"]].iloc[::8].assign(funding_rate=rng.normal(0, 1e-4, -(-len(base) // 8)))
    mood = base[["date"]].iloc[::6].assign(value=rng.normal(0, 1, -(-len(base) // 6)))
    volume = base["volume"] * rng.uniform(0.3, 0.7, len(base))
    extras = base[["date"]].assign(
        trades=rng.poisson(200, len(base)) + 1.0,
        quote_volume=base["volume"] * base["close"],
        taker_base_volume=volume,
        taker_quote_volume=volume * base["close"],
    )
    lags = {
        "pair": (other, HOUR),
        "spot": (spot, HOUR),
        "mark": (mark, 4 * HOUR),
        "funding": (funding, 0 * HOUR),
        "file": (mood, PUBLICATION_LAG),
        "extras": (extras, HOUR),
    }
    return {name: Source(_holed(frame, rng), lag) for name, (frame, lag) in lags.items()}


def _holed(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return frame[rng.random(len(frame)) > 0.05].reset_index(drop=True)
