"""What a bot left behind: its record, FreqAI's history, or nothing."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.freqtrade_bridge.bot_history import (
    NO_HISTORY,
    NO_SIGNALS,
    first_predicted,
    identifier_folders,
    read_bot_history,
    recorded_pairs,
    training_stops,
)
from freqai_regimes.freqtrade_bridge.live_predictions import PredictionArchive
from freqai_regimes.freqtrade_bridge.live_record import LiveRecord, read_live_record
from freqai_regimes.freqtrade_bridge.record import MODEL_RECORD_COLUMNS

BTC, PERPETUAL = "BTC/USDT", "ETH/USDT:USDT"
STEP, LABEL = pd.Timedelta(minutes=5), "&-forward_return"
START = pd.Timestamp("2024-01-03 12:00", tz="UTC")


def at(candle: int) -> pd.Timestamp:
    return START + candle * STEP


def history(*candles: int) -> pd.DataFrame:
    """Rows as FreqAI keeps them."""
    date = pd.Series([at(candle) for candle in candles], dtype="datetime64[ms, UTC]")
    return pd.DataFrame(
        {
            LABEL: np.arange(len(date)) + 0.5,
            "do_predict": 1.0,
            "model_score": 0.1,
            "model_version": 1.7e9,
            "close_price": 100.0,
            "date_pred": date,
        }
    )


def archived(folder: Path, pair: str, *candles: int) -> None:
    for _, row in history(*candles).iterrows():
        PredictionArchive(folder / "live_predictions").append(pair, row)


def test_the_archive_tells_predictions_and_when_the_bot_ran(tmp_path: Path) -> None:
    archived(tmp_path, BTC, 1, 2, 3, 9, 10)
    archived(tmp_path, PERPETUAL, 1, 2)  # taken off the whitelist
    assert recorded_pairs(None, tmp_path) == [BTC, PERPETUAL]
    found = read_bot_history(None, tmp_path, [BTC, PERPETUAL], LABEL, STEP)
    assert found.notes == (NO_SIGNALS,)
    assert [(first, last) for first, last in found.spans] == [
        (at(1), at(3) + 1.5 * STEP),
        (at(9), at(10) + 1.5 * STEP),
    ]
    frame = found.candles[BTC]
    # The candle that FreqAI marks after each start, and does not keep, comes before.
    assert frame["date"].tolist() == [at(c) for c in (0, 1, 2, 3, 8, 9, 10)]
    assert frame["do_predict"].tolist() == [0, 1, 1, 1, 0, 1, 1]
    assert frame["prediction"].isna().tolist() == [True, False, False, False, True, False, False]
    assert found.candles[PERPETUAL]["date"].tolist() == [at(0), at(1), at(2)]
    assert first_predicted(found.candles) == at(1)


def test_freqais_own_pickle_without_its_zeros(tmp_path: Path) -> None:
    rows = history(0, 1, 2)
    rows.loc[0, [LABEL, "do_predict", "model_version"]] = 0.0  # filled: the bot was not there
    (tmp_path / "historic_predictions.pkl").write_bytes(pickle.dumps({BTC: rows}))
    found = read_bot_history(None, tmp_path, [BTC], LABEL, STEP)
    assert found.candles[BTC]["date"].tolist() == [at(0), at(1), at(2)]
    assert found.candles[BTC]["do_predict"].tolist() == [0, 1, 1]
    assert recorded_pairs(None, tmp_path) == [BTC]


@pytest.mark.parametrize("left", [b"", b"half a pic"])
def test_nothing_left_is_said(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "historic_predictions.pkl").write_bytes(left)
    assert read_bot_history(None, tmp_path, [BTC], LABEL, STEP).notes == (NO_HISTORY,)
    assert read_bot_history(tmp_path / "none", None, [BTC], LABEL, STEP).notes == (NO_HISTORY,)


def test_a_record_tells_starts_and_keeps_the_first_decision(tmp_path: Path) -> None:
    date = pd.Series([at(0), at(1)])
    frame = pd.DataFrame({"date": date, "close": [1.0, 2.0], "weight": 0.5, "enter_long": [0, 1]})
    first = LiveRecord(tmp_path, ["my_score"])
    first.append(BTC, frame.head(1))
    first.append(BTC, frame.assign(my_score=7.0, unknown=1))
    again = LiveRecord(tmp_path, [])
    again.append(BTC, frame.assign(enter_long=[0, 0]))  # the same candle after a restart
    read = read_live_record(tmp_path, [BTC])[BTC]
    assert read["enter_long"].tolist() == [0, 1] and read["my_score"].tolist()[1] == 7.0
    assert "unknown" not in read and str(read["seen_at"].dtype).endswith("UTC]")
    found = read_bot_history(tmp_path, None, [BTC], LABEL, STEP)
    assert found.notes == () and [start for start, _ in found.spans] == [first.started]


def test_a_full_disk_stops_no_trading(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    frame = pd.DataFrame({"date": [at(0)], "close": [1.0]})
    LiveRecord(tmp_path / "file", []).append(BTC, frame)
    assert "cannot be written" in caplog.text


def test_folders_of_an_identifier_and_windows_of_a_bot(tmp_path: Path) -> None:
    for name in ("own-1a2b", "own-other", "owner-1", "shadow-of-own-1a2b"):
        (tmp_path / name).mkdir()
    assert {path.name for path in identifier_folders(tmp_path, "own")} == {"own-1a2b", "own-other"}
    key = tmp_path / "own-1a2b" / "BTC_USDT"
    key.mkdir()
    lines = [
        '{"decision": "window until 2024-01-03 12:30 let in: the gate is off"}',
        '{"decision": "window until 2024-01-03 12:00 not let in: worse"}',
        '{"decision": "no training: no alarm"}',
    ]
    (key / "decisions.jsonl").write_text("\n".join(lines))
    assert training_stops(tmp_path / "own-1a2b") == [at(0), at(6)]
    assert set(MODEL_RECORD_COLUMNS.values()) >= {"score", "probability", "pooled", "expert"}
