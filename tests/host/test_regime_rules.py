"""A vote of every rule through freqtrade's own backtest: what is recorded, trained on and named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.candles import read_candles
from freqai_regimes.regimes.options import RULE_OPTIONS, RegimeSettings
from freqai_regimes.regimes.probabilities import REGIME_COLUMNS
from freqai_regimes.regimes.rule import regime_of
from tests.host.in_process_backtest import run
from tests.host.small_run import SMALL, small_market

VOTE: dict[str, Any] = {
    "confirmation_candles": 2,
    "minimum_dwell_candles": 3,
    "average_inner_band": 0.0005,
    "soft": True,
    "rules": [
        {"rule": "moving_average"},
        {"rule": "price_change", "change_candles": 12, "band": 0.005},
        {"rule": "macd", "fast_candles": 8, "slow_candles": 18, "band": 0.001},
        {"rule": "chop", "window_candles": 12, "quantile_candles": 60},
        {"rule": "hidden_markov", "return_candles": 8, "train_candles": 100, "refit_candles": 20},
    ],
}


def test_every_rule_votes_in_a_backtest(tmp_path: Path) -> None:
    assert {one["rule"] for one in VOTE["rules"]} == set(RULE_OPTIONS)
    market = small_market(tmp_path / "market", pairs=("BTC/USDT",))
    change = {"regimes": {"regime": VOTE}, "freqai": {"backtest_period_days": 1}}
    done = run(tmp_path / "run", market, change, timerange="20240103-20240104")
    frame = done.record.pairs["BTC/USDT"]
    assert frame["prediction"].notna().sum() == 288  # all but the candle at the end of the range
    shares = frame[list(REGIME_COLUMNS[1:])]
    assert np.allclose(shares.sum(axis=1), 1) and ((shares > 0.01) & (shares < 0.99)).any(axis=None)
    assert len(frame["regime"].unique()) > 1

    # the candle that closed at or before a base candle's close has its regime
    settings = RegimeSettings.model_validate(SMALL["regimes"]["regime"] | VOTE)
    coarse = read_candles(market, "BTC/USDT", "15m")
    expected = pd.concat([coarse[["date"]], regime_of(coarse, settings, 20)], axis=1)
    expected["date"] = (expected["date"] + pd.Timedelta(minutes=10)).astype(
        frame["date"].dtype
    )  # closes with the base candle opened then
    merged = pd.merge_asof(frame[["date"]], expected, on="date")
    for name in REGIME_COLUMNS:
        assert merged[name].equals(frame[name]), name

    (stored,) = (tmp_path / "run" / "user_data" / "models").glob("*/sub-train-BTC_*")
    (notes,) = stored.glob("*_metadata.json")
    trained = json.loads(notes.read_text())["training_features_list"]
    assert {f"%-{name}" for name in REGIME_COLUMNS} <= set(trained)
