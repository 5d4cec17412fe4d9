"""The history of predictions is FreqAI's own, bit by bit, whichever way a row is added."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from freqtrade.freqai.data_drawer import FreqaiDataDrawer
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen

from freqai_regimes.freqtrade_bridge.data_drawer import RegimeDataDrawer
from freqai_regimes.freqtrade_bridge.prediction_row import prediction_row

PAIR, LABEL = "BTC/USDT", "&-forward_return"
CONFIG: dict[str, Any] = {"freqai": {"feature_parameters": {}}}
RETURNS = (LABEL, "model_score")
DATES = pd.date_range("2024-01-01", periods=12, freq="5min", tz="UTC")


def candles(rows: slice) -> pd.DataFrame:
    prices = np.linspace(100.0, 111.0, 12)
    frame = pd.DataFrame({"date": DATES, "high": prices + 2, "low": prices - 1, "close": prices})
    return frame[rows].reset_index(drop=True)


def kitchen(**data: Any) -> FreqaiDataKitchen:
    told = {
        "labels_mean": dict.fromkeys(RETURNS, 0.25),
        "labels_std": dict.fromkeys(RETURNS, 0.5),
        "extra_returns_per_train": {"trained": 7},
    }
    return cast(FreqaiDataKitchen, SimpleNamespace(data=told | data))


def predictions(rows: int) -> pd.DataFrame:
    return pd.DataFrame({LABEL: np.arange(rows) / 7, "model_score": np.arange(rows) / -3})


def history(rows: int) -> pd.DataFrame:
    names = [f"{name}{end}" for name in RETURNS for end in ("", "_mean", "_std")]
    names += ["do_predict", "trained", "high_price", "low_price", "close_price", "unused"]
    frame = pd.DataFrame(np.random.default_rng(1).normal(size=(rows, len(names))), columns=names)
    frame.insert(3, "date_pred", DATES[:rows])
    return frame


def drawer(kind: type[FreqaiDataDrawer], folder: Path, known: pd.DataFrame) -> FreqaiDataDrawer:
    folder.mkdir()
    made = kind(folder, CONFIG)
    made.historic_predictions = {PAIR: known}
    return made


@pytest.mark.parametrize(
    ("known", "shown", "in_one_step"),
    [
        pytest.param(8, slice(3, 9), True, id="next candle"),
        pytest.param(8, slice(3, 8), False, id="the same candle again"),
        pytest.param(8, slice(3, 11), False, id="two candles skipped"),
        pytest.param(8, slice(2, 7), False, id="an older candle"),
    ],
)
def test_the_history_is_freqais(
    tmp_path: Path, known: int, shown: slice, in_one_step: bool
) -> None:
    frame, mine = candles(shown), history(known)
    said, trusted = predictions(len(frame)), np.ones(len(frame), dtype=int)
    row = prediction_row(mine, said, trusted, kitchen(), frame)
    assert (row is not None) == in_one_step
    found = []
    for kind in (FreqaiDataDrawer, RegimeDataDrawer):
        made = drawer(kind, tmp_path / kind.__name__, mine.copy())
        made.append_model_predictions(PAIR, said, trusted, kitchen(), frame)
        found.append((made.historic_predictions[PAIR], made.model_return_values[PAIR]))
    for theirs, ours in zip(*found, strict=True):
        pd.testing.assert_frame_equal(theirs, ours, check_exact=True)


def test_what_is_no_number_or_has_no_column_is_left_to_freqai() -> None:
    frame, said, trusted = candles(slice(3, 9)), predictions(6), np.ones(6, dtype=int)
    usual = (history(8), said, trusted, kitchen(), frame)
    assert prediction_row(*usual) is not None
    words = kitchen(extra_returns_per_train={"trained": "yes"})
    assert prediction_row(history(8), said, trusted, words, frame) is None
    other = kitchen(extra_returns_per_train={"new": 1.0})
    assert prediction_row(history(8), said, trusted, other, frame) is None
    without = kitchen(labels_mean={})
    assert prediction_row(history(8), said, trusted, without, frame) is None
    text = history(8).assign(unused="text")
    assert prediction_row(text, said, trusted, kitchen(), frame) is None
    assert prediction_row(history(0), said, trusted, kitchen(), frame) is None
