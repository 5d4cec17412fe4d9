"""A preset small enough for tests: 5m and 15m candles, one day of training, few trees."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from freqai_regimes.cli.run_config import config_files
from freqai_regimes.synthetic_market import MarketSpec, build_market

START = "2024-01-01"
HORIZON_CANDLES = 6


def feature_sets(windows: tuple[int, ...], half_life: int) -> list[dict[str, Any]]:
    """Features of every kind on every timeframe, with these windows."""
    everywhere = {"timeframe": "all", "volatility_half_life_candles": half_life}
    return [
        {"generator": "momentum", "windows_candles": list(windows), **everywhere},
        {"generator": "volume", "windows_candles": list(windows), "timeframe": "all"},
        {"generator": "candle_shape", **everywhere},
        {"generator": "calendar"},
    ]


def label_sets(horizon_candles: int) -> list[dict[str, Any]]:
    """The volatility-normalised forward return over a horizon."""
    entry = {"label": "forward_return", "name": "forward_return", "clip": 4.0}
    return [entry | {"horizon_candles": horizon_candles, "volatility_half_life_candles": 12}]


SMALL: dict[str, Any] = {
    "timeframe": "5m",
    "startup_candle_count": 150,
    "stoploss": -0.10,
    "minimal_roi": {"0": 100},
    "max_open_trades": 2,
    "fee": 0.0001,
    "freqai": {
        "identifier": "small",
        "train_period_days": 1,
        "backtest_period_days": 0.125,
        "live_retrain_hours": 0.45,
        "feature_parameters": {
            "include_timeframes": ["5m", "15m"],
            "indicator_periods_candles": [1],
        },
        "model_training_parameters": {
            "n_estimators": 30,
            "num_leaves": 8,
            "learning_rate": 0.1,
            "min_child_samples": 10,
        },
    },
    "regimes": {
        "preset": "small",
        "entry": "edge",
        "regime": {
            "timeframe": "15m",
            "resample_from": None,
            "average_candles": 20,
            "shorter_average_candles": None,
            "average_band": 0.001,
            "change_candles": 8,
            "confirmation_candles": 1,
        },
        "feature_sets": feature_sets((4, 12), 4),
        "volatility": {"half_life_candles": 12},
        "label_sets": label_sets(HORIZON_CANDLES),
        "experts": {"minimum_rows": 40, "validation_fraction": 0.2},
        "life": {"gate": {"enabled": False}},
        "exposure": {"target_volatility": None},
        "edge": {"entry_threshold": 0.0005, "exit_threshold": 0.0},
        "cooldown_minutes": 0,
    },
}


def small_market(folder: Path, **changes: Any) -> Path:
    """Four days of two pairs with a strong planted signal; ``changes`` go to ``MarketSpec``."""
    spec: dict[str, Any] = {
        "pairs": ("BTC/USDT", "ETH/USDT"),
        "timeframe": "5m",
        "timeframes": ("5m", "15m"),
        "start": START,
        "days": 4,
        "seed": 5,
        "signal_strength": 0.5,
        "signal_horizon_candles": HORIZON_CANDLES,
        "spell_days": 1.0,
    }
    return build_market(MarketSpec(**spec | changes), folder)


def small_config(folder: Path, *changes: dict[str, Any], futures: bool = False) -> list[Path]:
    """Configuration files of the small preset: the shipped ones, then the small one and changes."""
    pairs = ["BTC/USDT", "ETH/USDT"]
    names = [pair + ":USDT" for pair in pairs] if futures else pairs
    own = copy.deepcopy(SMALL) | {"exchange": {"pair_whitelist": names}}
    for change in changes:
        merge(own, change)
    path = folder / "small.json"
    path.write_text(json.dumps(own))
    return [*config_files("intraday-5m", futures=futures, model=True), path]


def merge(into: dict[str, Any], change: dict[str, Any]) -> None:
    """Merge nested dictionaries, the second one wins."""
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value
