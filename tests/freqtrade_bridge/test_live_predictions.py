"""The archive of live predictions: exact, whole after a kill, and ahead of FreqAI's own file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen

from freqai_regimes.freqtrade_bridge import data_drawer
from freqai_regimes.freqtrade_bridge.data_drawer import RegimeDataDrawer
from freqai_regimes.freqtrade_bridge.live_predictions import PredictionArchive

PAIR = "BTC/USDT"


def history(rows: int, begin: str = "2024-01-01") -> pd.DataFrame:
    values = np.random.default_rng(rows).normal(size=rows)
    date = pd.date_range(begin, periods=rows, freq="5min", tz="UTC").as_unit("ms")
    return pd.DataFrame({"&-label": values, "do_predict": 1.0, "date_pred": date})


def test_rows_come_back_bit_for_bit(tmp_path: Path) -> None:
    archive, rows = PredictionArchive(tmp_path), history(20)
    for _, row in rows.iterrows():
        archive.append(PAIR, row)
    pd.testing.assert_frame_equal(archive.read(PAIR), rows, check_exact=True)
    assert archive.read("BTC/USDC").empty


def test_a_line_that_a_kill_cut_off_is_left_out_and_a_candle_told_twice_counts_once(
    tmp_path: Path,
) -> None:
    archive, rows = PredictionArchive(tmp_path), history(3)
    again = rows.iloc[1].copy()
    again["do_predict"] = 0.0
    for row in (rows.iloc[0], rows.iloc[1], again):
        archive.append(PAIR, row)
    path = next(tmp_path.iterdir())
    path.write_text(path.read_text() + '{"&-label": 0.1, "date_p')
    assert list(archive.read(PAIR)["do_predict"]) == [1.0, 0.0]
    archive.append(PAIR, rows.iloc[2])
    assert list(archive.read(PAIR)["do_predict"]) == [1.0, 0.0, 1.0]


def test_history_is_completed_after_its_last_row_only(tmp_path: Path) -> None:
    archive, rows = PredictionArchive(tmp_path), history(10)
    for _, row in rows.iterrows():
        archive.append(PAIR, row)
    saved = rows.iloc[:6].assign(do_predict=0.0)
    completed = archive.completed(PAIR, saved)
    assert list(completed["do_predict"]) == [0.0] * 6 + [1.0] * 4
    pd.testing.assert_frame_equal(completed[["date_pred"]], rows[["date_pred"]])
    assert archive.completed("ETH/USDT", saved) is saved


@pytest.fixture
def config() -> dict[str, Any]:
    return {
        "freqai": {
            "train_period_days": 1,
            "feature_parameters": {"include_timeframes": ["5m"], "DI_threshold": 0},
        },
        "startup_candle_count": 10,
    }


class Kitchen:
    """What FreqAI's step reads of a kitchen."""

    data: dict[str, Any] = {  # noqa: RUF012 (read only)
        "labels_mean": {"&-label": 0.0},
        "labels_std": {"&-label": 1.0},
        "extra_returns_per_train": {},
    }


def predict(drawer: RegimeDataDrawer, candles: pd.DataFrame, value: float) -> None:
    predictions = pd.DataFrame({"&-label": [value]})
    kitchen: FreqaiDataKitchen = Kitchen()  # type: ignore[assignment]
    drawer.append_model_predictions(PAIR, predictions, np.array([1]), kitchen, candles)


def test_memory_is_bounded_and_the_disk_has_all(
    tmp_path: Path, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_drawer, "ROWS_BEYOND", 40)
    drawer = RegimeDataDrawer(tmp_path, config)
    length, rows = 50, 120
    date = pd.date_range("2024-01-01", periods=length + rows, freq="5min", tz="UTC").as_unit("ms")
    candles = pd.DataFrame({"date": date, "high": 1.0, "low": 1.0, "close": 1.0})
    columns = ["&-label", "&-label_mean", "&-label_std", "do_predict"]
    prices = ["high_price", "low_price", "close_price"]
    begun = pd.DataFrame(0.0, index=range(length), columns=[*columns, *prices])
    drawer.historic_predictions[PAIR] = begun.assign(date_pred=date[:length])
    longest = 0
    for end in range(length + 1, length + rows + 1):
        predict(drawer, candles.iloc[end - length : end], float(end))
        longest = max(longest, len(drawer.historic_predictions[PAIR]))
    assert longest == length + 40
    assert len(drawer.model_return_values[PAIR]) == length
    expected = [float(end) for end in range(length + 1, length + rows + 1)]
    assert list(drawer.archive.read(PAIR)["&-label"]) == expected

    # A kill before FreqAI saves again loses nothing; backtests on live models see everything.
    drawer.historic_predictions[PAIR] = drawer.historic_predictions[PAIR].iloc[:-30]
    drawer.save_historic_predictions_to_disk()
    again = RegimeDataDrawer(tmp_path, config).historic_predictions[PAIR]
    assert list(again["&-label"].tail(40)) == expected[-40:]
    whole = RegimeDataDrawer(tmp_path, config | {"freqai_backtest_live_models": True})
    assert list(whole.historic_predictions[PAIR]["&-label"]) == expected
