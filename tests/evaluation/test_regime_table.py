"""Every value of the table by regime, worked out by hand on four candles."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.record import RunRecord
from freqai_regimes.evaluation.regime_table import checked_trades, entry_regimes, regime_table

NAN = float("nan")


@pytest.fixture
def table(tiny_frames: Any, tiny_trades: pd.DataFrame) -> pd.DataFrame:
    record = RunRecord(tiny_frames, {"timeframe": "4h"})
    return regime_table(record, checked_trades(tiny_trades), 1000.0)


def close(column: pd.Series, bull: float, sideways: float, bear: float, *rest: float) -> bool:
    return column.to_list() == pytest.approx([bull, sideways, bear, *rest], nan_ok=True)


def test_rows(table: pd.DataFrame) -> None:
    assert list(table.index) == ["bull", "sideways", "bear", "unknown", "all"]


def test_candles(table: pd.DataFrame) -> None:
    assert close(table["candles"], 3, 2, 2, 1, 8)
    assert close(table["candle_share"], 3 / 8, 2 / 8, 2 / 8, 1 / 8, 1)


def test_market_change_is_the_one_after_the_regime_was_known(table: pd.DataFrame) -> None:
    # bull: AAA 110/100 * 99/110 = 0.99, BBB 50/50 = 1. sideways: AAA never, BBB 55/50 * 55/55.
    # bear: AAA 110/99, BBB has no next close. all: 110/100 and 55/50.
    bear = (110 / 99 + 1) / 2 - 1
    assert close(table["market_change"], -0.005, 0.05, bear, 0.0, 0.1)


def test_trades(table: pd.DataFrame) -> None:
    assert close(table["trades"], 2, 0, 1, 1, 4)
    assert close(table["win_rate"], 0.5, NAN, 0.0, 1.0, 0.5)
    assert close(table["profit_abs"], 40, 0, -20, 5, 25)
    assert close(table["profit_ratio"], 0.04, 0, -0.02, 0.005, 0.025)
    assert close(table["mean_hold_minutes"], 180, NAN, 60, 240, 165)


def test_predictions(table: pd.DataFrame) -> None:
    assert close(table["trusted_share"], 1, 0.5, 1, 0, 6 / 8)
    assert close(table["resolved"], 3, 0, 2, 0, 5)
    # bull: predictions 0.1 0.2 0.4, outcomes 0.3 0.1 0.5: ranks 2 1 3, 1 - 6*2/(3*8) = 0.5.
    assert close(table["rank_correlation"], 0.5, NAN, NAN, NAN, -0.3)
    assert close(table["mean_prediction"], 0.7 / 3, NAN, 0.5, NAN, 0.34)
    assert close(table["mean_outcome"], 0.3, NAN, 0.1, NAN, 0.22)
    # Trusted: bull by experts 1, 0, 1; sideways by 2; bear by 3, 0.
    assert close(table["expert_share"], 2 / 3, 1, 0.5, NAN, 4 / 6)


def test_without_a_model_there_are_no_prediction_columns(tiny_frames: Any) -> None:
    plain = {pair: frame.iloc[:, :7] for pair, frame in tiny_frames.items()}
    table = regime_table(
        RunRecord(plain, {"timeframe": "4h"}), checked_trades(pd.DataFrame()), 1000.0
    )
    assert list(table.columns)[-1] == "mean_hold_minutes"
    assert close(table["trades"], 0, 0, 0, 0, 0)
    assert close(table["profit_abs"], 0, 0, 0, 0, 0)


def test_entry_regime_from_tag_else_from_the_last_closed_candle(
    tiny_frames: Any, tiny_trades: pd.DataFrame
) -> None:
    record = RunRecord(tiny_frames, {"timeframe": "4h"})
    # The untagged trade opened with candle 3: candle 2 (bear) was the last one closed.
    assert entry_regimes(tiny_trades, record).to_list() == ["bull", "bear", "bull", "unknown"]
    first = tiny_trades.iloc[[1]].assign(open_date=tiny_frames["AAA/USDT"]["date"][0])
    assert entry_regimes(first, record).to_list() == ["unknown"]


def test_trades_with_missing_columns_are_refused(tiny_trades: pd.DataFrame) -> None:
    with pytest.raises(RegimesError, match="lack profit_abs, enter_tag"):
        checked_trades(tiny_trades.drop(columns=["profit_abs", "enter_tag"]))
