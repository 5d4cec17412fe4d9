"""Options with which everything the package ships is certified, and candles that they all accept.

A generator or label whose defaults do not suffice, or do not say all, has its samples here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.causality.finding import HISTORY, STEPS, WARM_UP
from freqai_regimes.causality.market import Market
from freqai_regimes.causality.subject import Allowance
from freqai_regimes.regimes.options import RegimeSettings
from freqai_regimes.settings import Settings

UNTRADED = (
    "a candle without a trade takes the last known share of takers; where the window begins with "
    "one, only a longer history has it"
)
CONFIRMATION = (
    "a state counts once it is confirmed; a history that begins inside an unconfirmed stretch "
    "knows nothing until the next one, and never says anything else"
)

#: Small windows, so that a few hundred candles are enough to certify the rules.
REGIME = RegimeSettings(
    timeframe="1h",
    average_candles=40,
    average_band=0.005,
    change_candles=20,
    confirmation_candles=3,
)
SETTINGS = Settings(regime=REGIME)
CONFIRMED = tuple(
    Allowance(check, CONFIRMATION, tolerance=0.0, unknown=True)
    for check in (HISTORY, STEPS, WARM_UP)
)


@dataclass(frozen=True)
class Sample:
    """One set of options for a generator or a label.

    Attributes
    ----------
    options : without the generator's or label's own name.
    mark : put behind the name where there is more than one sample.
    thresholds, warm_up_candles : of a label, see ``Subject``.
    allowances : exceptions, see ``Subject``.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    mark: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    warm_up_candles: int | None = None
    allowances: tuple[Allowance, ...] = ()


def example_feature(candles: pd.DataFrame, span_candles: int) -> pd.DataFrame:
    """A feature as a user may write one: the change over a span."""
    change = candles["close"] / candles["close"].shift(span_candles) - 1
    return change.to_frame("change")


_STATISTICS = (
    *("mean", "std", "skew", "kurtosis", "scipy_kurtosis", "area", "slope", "lsbm", "fmax", "msdc"),
)
_PROFILE = (
    *("close_WMA", "close_STD", "volume_SMA", "span_SMA", "trades_SMA", "tb_base_SMA"),
    *("close_AREA", "close_SLOPE", "volume_SLOPE"),
)

FEATURES: Mapping[str, Sequence[Sample]] = {
    "momentum": (Sample({"windows_candles": [6, 24]}),),
    "volume": (Sample({"windows_candles": [6, 24]}),),
    "cross_asset": (Sample({"windows_candles": [6, 24]}),),
    "volatility": (
        Sample(
            {
                "windows_candles": [6, 24],
                "estimators": ["realised", "parkinson", "garman_klass", "rogers_satchell", "atr"],
            }
        ),
    ),
    "statistics": (
        Sample({"functions": _STATISTICS, "windows_candles": [6, 24], "columns": ["close"]}),
        Sample(
            {"functions": _STATISTICS, "windows_candles": [24], "partial_windows": True},
            "partial windows",
        ),
        Sample(
            {
                "functions": ["mean", "std"],
                "windows_candles": [6, 24, 60],
                "rel_base": "next",
                "rel_func": "rel_diff",
            },
            "relative",
        ),
    ),
    "volume_profile": (
        Sample(
            {"functions": _PROFILE, "windows_candles": [6, 24], "base_window_candles": 60},
            allowances=tuple(
                Allowance(check, UNTRADED, unknown=True) for check in (HISTORY, STEPS, WARM_UP)
            ),
        ),
    ),
    "talib": (
        Sample(
            {"functions": ["SMA", "LINEARREG_SLOPE", "STDDEV"], "windows_candles": [6, 24]},
            "windows",
        ),
        Sample(
            {
                "functions": ["RSI", "ATR", "ADX", "EMA", "MACD", "CCI", "NATR"],
                "windows_candles": [14],
                "columns": ["close"],
            },
            "recursive",
        ),
    ),
    "source_004": (Sample({"with_ema_60": True}),),
    "custom": (
        Sample(
            {
                "function": f"{__name__}:{example_feature.__name__}",
                "parameters": {"span_candles": 5},
                "columns": ["change"],
                "warm_up_candles": 5,
            }
        ),
    ),
}

RULES: Mapping[str, Sequence[Sample]] = {
    "price_change": (
        Sample({"change_candles": 20, "band": 0.01}),
        Sample(
            {"change_candles": 20, "band": 0.01, "inner_band": 0.002},
            "hysteresis",
            allowances=CONFIRMED,
        ),
    ),
    "macd": (Sample({"fast_candles": 10, "slow_candles": 22, "band": 0.001}),),
    "chop": tuple(
        Sample({"measure": measure, "window_candles": 20, "quantile_candles": 60}, measure)
        for measure in ("efficiency_ratio", "atr", "bollinger_width")
    ),
    "hidden_markov": (Sample({"return_candles": 12, "train_candles": 100, "refit_candles": 40}),),
}
#: Every way from rules to a regime: the vote of all, soft probabilities, hysteresis and dwell.
REGIMES: Mapping[str, RegimeSettings] = {
    "": REGIME,
    "hysteresis and dwell": RegimeSettings.model_validate(
        REGIME.model_dump() | {"average_inner_band": 0.001, "minimum_dwell_candles": 4}
    ),
    "soft": REGIME.model_copy(update={"soft": True}),
    "vote": RegimeSettings.model_validate(
        REGIME.model_dump()
        | {
            "soft": True,
            "rules": [
                {"rule": "moving_average"},
                *({"rule": name, **given[0].options} for name, given in RULES.items()),
            ],
        }
    ),
}

LABELS: Mapping[str, Sequence[Sample]] = {
    "forward_return": (
        Sample({"horizon_candles": 12, "volatility_half_life_candles": 6}),
        Sample({"horizon_candles": 12, "unit": "fraction", "entry": "close"}, "from the close"),
    ),
    "high_low": (Sample({"horizon_candles": 24}, thresholds={"high_20": 0.02, "low_20": -0.02}),),
    "first_touch": (
        Sample(
            {"thresholds": [0.01, 0.02], "horizon_candles": 24, "names": ["one", "two"]},
            thresholds={"one": 0.01, "two": 0.02},
        ),
        Sample({"side": "low", "thresholds": [0.01], "horizon_candles": 24}, "low"),
    ),
    "rise_within": (
        Sample({"rise": 0.01, "name": "rise"}, thresholds={"rise": 0.01}),
        Sample({"rise": 0.01, "entry": "own_open"}, "own open"),
    ),
    "triple_barrier": (
        Sample({"horizon_candles": 12, "volatility_half_life_candles": 6}),
        Sample({"horizon_candles": 12, "at_time_barrier": "sign", "path": "close"}, "closes"),
    ),
    "top_bottom": (
        Sample({"level": 0.02, "tolerances": [0.1, 0.5]}),
        Sample({"level": 0.02, "side": "bottom"}, "bottom"),
    ),
    "buy_hold_sell": (Sample({"horizon_candles": 12}),),
    "trend_scan": (Sample({"shortest_candles": 4, "longest_candles": 12}),),
    "meta_label": (Sample({"horizon_candles": 12, "volatility_half_life_candles": 6}),),
}


SIGNAL_STEPS: Mapping[str, Sequence[Sample]] = {
    "smooth": (
        Sample({"columns": ["score", "expected_return"], "name": "s", "window_candles": 24}),
        Sample({"columns": "score", "name": "s", "span_candles": 24.5}, "exponential"),
        Sample({"columns": "expected_return", "name": "s", "point_threshold": 0.0}, "points"),
    ),
    "combine": tuple(
        Sample({"columns": ["side", "expected_return"], "name": "s", "rule": rule}, rule)
        for rule in ("difference", "relative", "signed_maximum")
    ),
    "rank": (Sample({"column": "expected_return", "name": "r", "window_candles": 24}),),
    "threshold_rule": (
        Sample({"columns": "score"}, "one score"),
        Sample({"columns": ["score", "expected_return"]}, "two scores"),
    ),
}


def sample_market(candles: pd.DataFrame, timeframe: str = "1h") -> Market:
    """Candles with every column that some sample asks for, made from a fixed seed.

    Beside the usual columns: ``trades`` and ``taker_base_volume`` as Binance gives them, the
    leader's ``btc_*``, a ``side``, and the ``score`` and ``expected_return`` of a model.
    """
    rng, rows = np.random.default_rng(5), len(candles)
    other = np.exp(rng.normal(0, 0.004, rows).cumsum())
    columns = {f"btc_{name}": candles[name] * other for name in ("open", "high", "low", "close")}
    score = rng.uniform(-1, 1, rows)
    extra: dict[str, Any] = {
        "trades": rng.poisson(200, rows).astype(float) + 1,
        "taker_base_volume": candles["volume"] * rng.uniform(0.3, 0.7, rows),
        "btc_volume": candles["volume"] * rng.uniform(5, 10, rows),
        "side": rng.choice([-1.0, 0.0, 1.0], rows),
        "score": np.where(rng.random(rows) < 0.1, np.nan, score),
        "expected_return": 0.02 * score,
    }
    return Market.of(candles.assign(**columns, **extra), timeframe)
