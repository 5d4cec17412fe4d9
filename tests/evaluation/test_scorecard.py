"""The scorecard fits a terminal of 100 columns and a JSON file, and says what it lacks."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.record import read_record
from freqai_regimes.evaluation.scorecard import Scorecard, print_scorecard, scorecard


@pytest.fixture
def card(
    write_record: Any, tiny_frames: Any, tiny_trades: Any, tiny_stats: Any, tiny_windows: Any
) -> Scorecard:
    return scorecard(
        read_record(write_record(tiny_frames, windows=tiny_windows)), tiny_trades, tiny_stats
    )


def printed(card: Scorecard) -> str:
    out = io.StringIO()
    print_scorecard(card, Console(file=out, width=100))
    return out.getvalue()


def test_printed_table(card: Scorecard) -> None:
    text = printed(card)
    assert max(len(line) for line in text.splitlines()) <= 100
    bull = next(line for line in text.splitlines() if "bull" in line)
    cells = [cell.strip() for cell in bull.strip("│").split("│")]
    assert cells == ["bull", "37.5 %", "-0.5 %", "2", "50.0 %", "+40.000", "+4.0 %", "3h"]
    assert "4 / 1" in text
    assert "100 / 300 / 800" in text
    assert "No p value: 4 rows" in text


def test_json_is_plain_and_has_no_nan(card: Scorecard) -> None:
    plain = json.loads(json.dumps(card.to_json(), allow_nan=False))
    assert plain["regimes"]["bull"]["trades"] == 2
    assert plain["regimes"]["sideways"]["win_rate"] is None
    assert plain["pairs"]["AAA/USDT"]["profit_abs"] == 30.0
    assert plain["windows"]["train_rows_median"] == 300.0
    assert plain["skill"]["observed"] == pytest.approx(-0.3)
    assert plain["skill"]["p_greater"] is None


def test_pairs(card: Scorecard) -> None:
    assert card.pairs["market_change"].to_list() == pytest.approx([0.1, 0.1])
    assert card.pairs["trades"].to_list() == [2, 1]
    # AAA: predictions rank 1 2 3, outcomes 3 1 2: 1 - 6*6/(3*8) = -0.5.
    assert card.pairs["rank_correlation"]["AAA/USDT"] == pytest.approx(-0.5)


def test_no_model_and_no_trades(write_record: Any, tiny_frames: Any, tiny_stats: Any) -> None:
    plain = {pair: frame.iloc[:, :7] for pair, frame in tiny_frames.items()}
    card = scorecard(read_record(write_record(plain)), pd.DataFrame(), tiny_stats)
    assert card.windows is None
    assert card.skill is None
    assert "predictions" not in printed(card)


def test_shifts_stay_beyond_the_labels(write_record: Any, tiny_stats: Any) -> None:
    rows = 200
    draw = np.random.default_rng(1)
    frame = pd.DataFrame({"date": pd.date_range("2025-01-01", periods=rows, freq="4h", tz="UTC")})
    for column in ("open", "high", "low", "close", "volume"):
        frame[column] = 10.0
    frame = frame.assign(
        regime=1.0, prediction=draw.normal(size=rows), outcome=draw.normal(size=rows)
    )
    tiny_stats["backtest_end_ts"] = frame["date"].iloc[-1].timestamp() * 1000
    record = read_record(write_record({"AAA/USDT": frame}, horizon_candles=18))
    skill = scorecard(record, pd.DataFrame(), tiny_stats).skill
    assert skill is not None
    assert skill.minimum_shift == 36
    assert len(skill.null) == 200 - 2 * 36 + 1


def test_a_result_without_its_range_is_refused(write_record: Any, tiny_frames: Any) -> None:
    record = read_record(write_record(tiny_frames))
    with pytest.raises(RegimesError, match="lacks backtest_start_ts, backtest_end_ts, starting_b"):
        scorecard(record, pd.DataFrame(), {})


def test_where_the_gate_let_nothing_in_the_refused_forecasts_are_judged(
    write_record: Any, tiny_frames: Any, tiny_stats: Any
) -> None:
    refused = {
        pair: frame.assign(forecast=frame["prediction"].fillna(0.0), do_predict=0, prediction=0.0)
        for pair, frame in tiny_frames.items()
    }
    card = scorecard(read_record(write_record(refused)), pd.DataFrame(), tiny_stats)
    assert card.judges_refused and card.to_json()["judges_refused"]
    assert card.regimes.loc["all", "trusted_share"] == 0.0
    assert card.regimes.loc["all", "resolved"] == 6  # two have no forecast or no outcome
    assert card.pairs["rank_correlation"]["AAA/USDT"] == pytest.approx(-0.5)
    assert "let no model in" in printed(card)
