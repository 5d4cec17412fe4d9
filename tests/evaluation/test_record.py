"""A record is read as it was written, and a damaged one is refused in one clear line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.errors import CandleError, RegimesError
from freqai_regimes.evaluation.record import read_record, regime_names, trusted_prediction


def test_reads_what_was_written(write_record: Any, tiny_frames: Any) -> None:
    record = read_record(write_record(tiny_frames, horizon_candles=18))
    assert list(record.pairs) == ["AAA/USDT", "BBB/USDT"]
    assert record.has_model
    assert record.horizon_candles == 18
    assert record.candle_length == pd.Timedelta(hours=4)
    assert record.pairs["AAA/USDT"]["close"].to_list() == [100, 110, 99, 110]


def test_without_prediction_columns_there_is_no_model(write_record: Any, tiny_frames: Any) -> None:
    plain = {pair: frame.iloc[:, :7] for pair, frame in tiny_frames.items()}
    record = read_record(write_record(plain))
    assert not record.has_model
    assert trusted_prediction(record.pairs["AAA/USDT"]).isna().all()


def test_untrusted_predictions_are_none(tiny_frames: Any) -> None:
    trusted = trusted_prediction(tiny_frames["BBB/USDT"])
    np.testing.assert_array_equal(trusted, [0.4, np.nan, 0.6, 0.7])


def test_regime_names() -> None:
    names = regime_names(pd.Series([1.0, 0.0, -1.0, np.nan]))
    assert names.to_list() == ["bull", "sideways", "bear", "unknown"]


def test_between_cuts_warm_up(write_record: Any, tiny_frames: Any) -> None:
    record = read_record(write_record(tiny_frames))
    dates = tiny_frames["AAA/USDT"]["date"]
    first, last = dates[1].timestamp() * 1000, dates[2].timestamp() * 1000
    assert record.between(first, last).pairs["AAA/USDT"]["close"].to_list() == [110, 99]
    with pytest.raises(CandleError, match=r"AAA/USDT spans .* of different runs"):
        record.between(0, 1)


def test_missing_and_broken_run_file(write_record: Any, tiny_frames: Any, tmp_path: Path) -> None:
    with pytest.raises(RegimesError, match=r"run\.json does not exist.*backtesting"):
        read_record(tmp_path / "nowhere")
    folder = write_record(tiny_frames)
    for text, message in (
        ("{broken", "cannot be read"),
        ("[]", "names no pairs"),
        ('{"pairs": []}', "names no pairs"),
        ('{"pairs": ["AAA/USDT"]}', "Timeframe 'None'"),
    ):
        (folder / "run.json").write_text(text)
        with pytest.raises(RegimesError, match=message) as caught:
            read_record(folder)
        assert "\n" not in str(caught.value)


def test_missing_and_broken_pair_file(write_record: Any, tiny_frames: Any) -> None:
    folder = write_record(tiny_frames)
    (folder / "AAA_USDT.feather").write_bytes(b"no feather at all")
    with pytest.raises(CandleError, match=r"AAA_USDT\.feather cannot be read") as caught:
        read_record(folder)
    assert "\n" not in str(caught.value)
    (folder / "AAA_USDT.feather").unlink()
    with pytest.raises(CandleError, match="record of AAA/USDT is missing"):
        read_record(folder)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: f.drop(columns="regime"), "lacks regime"),
        (lambda f: f.iloc[:0], "has no candles"),
        (lambda f: f.iloc[[0, 2, 1]].reset_index(drop=True), "repeat or go back"),
        (lambda f: f.iloc[[0, 1, 1]].reset_index(drop=True), "repeat or go back"),
        (lambda f: f.assign(close=[1.0, np.nan, 1.0, 1.0]), "no positive numbers"),
        (lambda f: f.assign(close=[1.0, 0.0, 1.0, 1.0]), "no positive numbers"),
        (lambda f: f.assign(regime=[1.0, 2.0, 0.0, np.nan]), r"regimes \[2\.0\]"),
        (lambda f: f.assign(date=[1, 2, 3, 4]), "not times"),
    ],
)
def test_damaged_rows(write_record: Any, tiny_frames: Any, damage: Any, message: str) -> None:
    folder = write_record({"AAA/USDT": damage(tiny_frames["AAA/USDT"])})
    with pytest.raises(CandleError, match=message):
        read_record(folder)
