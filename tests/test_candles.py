"""Candle files, checks, gaps, coarser candles: against numbers by hand and freqtrade's code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from freqtrade.data.history.datahandlers.featherdatahandler import FeatherDataHandler
from freqtrade.enums import CandleType
from freqtrade.exchange import timeframe_to_seconds

from freqai_regimes.candles import (
    CANDLE_COLUMNS,
    FUNDING,
    CandleFile,
    candle_path,
    check_candles,
    gaps,
    read_candles,
    refuse_long_gaps,
    resample,
    stored_candles,
    timeframe_seconds,
    write_candles,
)
from freqai_regimes.errors import CandleError, RegimesError
from tests.random_candles import random_candles


def hours(*opened: str) -> pd.DataFrame:
    """Candles of price 10 that open at these hours of 2024-01-01."""
    dates = pd.to_datetime([f"2024-01-01 {hour}" for hour in opened], utc=True)
    prices = dict.fromkeys(("open", "high", "low", "close"), 10.0)
    return pd.DataFrame({"date": dates, **prices, "volume": 1.0})


# --- timeframes and places -----------------------------------------------------------------------


@pytest.mark.parametrize("timeframe", ["1m", "3m", "15m", "1h", "4h", "12h", "1d", "3d", "1w"])
def test_lengths_of_candles_are_those_of_freqtrade(timeframe: str) -> None:
    assert timeframe_seconds(timeframe) == timeframe_to_seconds(timeframe)


@pytest.mark.parametrize(
    "wrong", ["", "h", "4", "0h", "-1h", "1.5h", "4H", "1M", "4h\n", " 4h", "1s"]
)
def test_what_is_no_timeframe_is_refused_with_examples(wrong: str) -> None:
    with pytest.raises(CandleError) as error:
        timeframe_seconds(wrong)
    assert str(error.value) == (
        f"Timeframe {wrong!r} is not one: use a number and m, h, d or w, as in 5m, 4h, 1d."
    )
    assert isinstance(error.value, RegimesError)


@pytest.mark.parametrize("pair", ["BTC/USDT", "BTC/USDT:USDT", "1000.X$/USDT", "A+B/C@D:E"])
@pytest.mark.parametrize("kind", ["spot", "futures", "mark", "funding_rate"])
def test_files_lie_where_freqtrade_looks_for_them(tmp_path: Path, pair: str, kind: str) -> None:
    expected = FeatherDataHandler._pair_data_filename(
        tmp_path, pair, "4h", CandleType.from_string(kind)
    )
    assert candle_path(tmp_path, pair, "4h", kind) == expected


def test_stored_files_are_listed_by_path_and_strangers_left_out(tmp_path: Path) -> None:
    (tmp_path / "futures").mkdir()
    known = [
        candle_path(tmp_path, "BTC/USDT", "1h"),
        candle_path(tmp_path, "ETH/USDT", "15m"),
        candle_path(tmp_path, "BTC/USDT:USDT", "1h", "futures"),
        candle_path(tmp_path, "BTC/USDT:USDT", "8h", "funding_rate"),
        candle_path(tmp_path, "BTC/USDT:USDT-240329", "1d", "mark"),
    ]
    strangers = ["notes.feather", "A_B_C_D-1h.feather", "BTC-1h.feather", "BTC_USDT-1M.feather"]
    for path in [*known, *(tmp_path / name for name in strangers), tmp_path / "BTC_USDT-1h.json"]:
        path.touch()
    assert stored_candles(tmp_path) == [
        CandleFile("BTC/USDT", "1h", "spot", known[0]),
        CandleFile("ETH/USDT", "15m", "spot", known[1]),
        CandleFile("BTC/USDT:USDT", "1h", "futures", known[2]),
        CandleFile("BTC/USDT:USDT-240329", "1d", "mark", known[4]),
        CandleFile("BTC/USDT:USDT", "8h", "funding_rate", known[3]),
    ]
    assert stored_candles(tmp_path / "nothing") == []


# --- reading and writing -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["spot", "futures"])
def test_what_is_written_is_read_back_by_us_and_by_freqtrade(tmp_path: Path, kind: str) -> None:
    candles = random_candles(50)
    candles["date"] = candles["date"].dt.as_unit("ns")
    pair = "BTC/USDT" if kind == "spot" else "BTC/USDT:USDT"
    shuffled_columns = candles[[*reversed(CANDLE_COLUMNS)]].set_index(np.arange(50) + 7)
    path = write_candles(shuffled_columns, tmp_path, pair, "1h", kind)
    ours = read_candles(tmp_path, pair, "1h", kind)
    pd.testing.assert_frame_equal(ours, candles.assign(date=candles["date"].dt.as_unit("ms")))
    theirs = FeatherDataHandler(tmp_path).ohlcv_load(
        pair, "1h", CandleType.from_string(kind), fill_missing=False, drop_incomplete=False
    )
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False)
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # no partial file is left


def test_a_write_that_fails_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_candles(random_candles(5), tmp_path, "BTC/USDT", "1h")
    before = path.read_bytes()

    def half(self: pd.DataFrame, target: Path, **options: object) -> None:
        target.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_feather", half)
    with pytest.raises(OSError, match="disk full"):
        write_candles(random_candles(9), tmp_path, "BTC/USDT", "1h")
    assert path.read_bytes() == before


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CandleError) as error:
        read_candles(tmp_path, "BTC/USDT:USDT", "1h", "mark")
    path = tmp_path / "futures" / "BTC_USDT_USDT-1h-mark.feather"
    assert str(error.value) == (
        f"No 1h mark candles of BTC/USDT:USDT: {path} does not exist. "
        "Download them (freqtrade download-data) or choose another data directory."
    )


@pytest.mark.parametrize("content", [b"", b"no feather at all"])
def test_an_unreadable_file_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = candle_path(tmp_path, "BTC/USDT", "1h")
    path.write_bytes(content)
    with pytest.raises(CandleError) as error:
        read_candles(tmp_path, "BTC/USDT", "1h")
    assert str(error.value).startswith(f"{path} cannot be read (")
    assert str(error.value).endswith("Delete the file and download it again.")


def test_damaged_candles_are_refused_when_read_and_named_by_pair_and_file(tmp_path: Path) -> None:
    write_candles(random_candles(5).assign(close=-1.0), tmp_path, "BTC/USDT", "1h")
    with pytest.raises(CandleError, match=r"^Candles of BTC/USDT 1h \(BTC_USDT-1h\.feather\) have"):
        read_candles(tmp_path, "BTC/USDT", "1h")


def test_funding_rates_may_be_negative(tmp_path: Path) -> None:
    rates = random_candles(5).assign(open=-0.0001, high=0.0, low=0.0, close=0.0, volume=0.0)
    write_candles(rates, tmp_path, "BTC/USDT:USDT", "8h", "funding_rate")
    read = read_candles(tmp_path, "BTC/USDT:USDT", "8h", "funding_rate")
    assert (read["open"] == -0.0001).all()


# --- the check -----------------------------------------------------------------------------------

TIMES = ["00:00", "01:00", "02:00", "03:00"]


def test_sound_candles_pass_even_one_flat_one_or_with_gaps_and_more_columns() -> None:
    check_candles(random_candles(300), "x")
    check_candles(hours("00:00").assign(volume=0.0), "x")
    check_candles(hours("00:00", "01:00", "09:00").assign(extra="text"), "x")
    check_candles(hours(*TIMES).assign(volume=5).set_index(np.array([9, 3, 3, 1])), "x")


def damaged(column: str, value: object, rows: tuple[int, ...] = (2,)) -> pd.DataFrame:
    frame = hours(*TIMES)
    for row in rows:
        frame.loc[row, column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (hours(*TIMES).drop(columns=["low", "volume"]), "Candles of x lack low, volume; got "),
        (hours(*TIMES).iloc[:0], "Candles of x are empty. Download them, or choose other dates."),
        (
            hours("00:00", "01:00", "01:00", "01:00"),
            "Dates of x repeat: 2 time(s), first at row 2 (2024-01-01 01:00:00+00:00). "
            "Dates must rise;",
        ),
        (
            hours("00:00", "02:00", "01:00", "03:00"),
            "Dates of x go back: 1 time(s), first at row 2 (2024-01-01 01:00:00+00:00). "
            "Dates must rise;",
        ),
        (damaged("date", pd.NaT), "Dates of x are missing, first in row 2. "),
        (hours("00:00").assign(date=pd.NaT), "Dates of x are datetime64"),
        (hours(*TIMES).assign(date="2024"), "Dates of x are str, not timestamps in UTC. Convert"),
        (hours(*TIMES).assign(date=range(4)), "Dates of x are int64, not timestamps in UTC. Con"),
        (
            hours(*TIMES).assign(date=lambda f: f["date"].dt.tz_localize(None)),
            "Dates of x are datetime64[",
        ),
        (hours(*TIMES).assign(low="9", close="10"), "Candles of x are no numbers in low, close."),
        (
            damaged("close", np.nan, (1, 3)),
            "Candles of x have NaN or infinite values in 2 row(s), first at "
            "2024-01-01 01:00:00+00:00. Delete the file and download it again.",
        ),
        (damaged("volume", np.inf), "Candles of x have NaN or infinite values in 1 row(s), first"),
        (damaged("volume", np.nan), "Candles of x have NaN or infinite values in 1 row(s), first"),
        (damaged("low", 0.0), "Candles of x have prices of zero or below in 1 row(s), first at "),
        (damaged("open", -1.0), "Candles of x have prices of zero or below in 1 row(s), first at"),
        (damaged("low", 10.5), "Candles of x have an open or close outside low to high in 1 row"),
        (damaged("high", 9.5), "Candles of x have an open or close outside low to high in 1 row"),
        (damaged("open", 10.1), "Candles of x have an open or close outside low to high in 1 row"),
        (damaged("close", 9.9), "Candles of x have an open or close outside low to high in 1 row"),
        (damaged("volume", -1e-9), "Candles of x have negative volume in 1 row(s), first at 2024"),
    ],
)
def test_damage_is_refused_with_what_where_and_what_to_do(
    frame: pd.DataFrame, message: str
) -> None:
    with pytest.raises(CandleError) as error:
        check_candles(frame, "x")
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_the_check_for_rates_still_refuses_holes() -> None:
    rates = hours(*TIMES).assign(open=-1.0, low=3.0)
    check_candles(rates, "x", prices=False)
    with pytest.raises(CandleError, match="NaN or infinite"):
        check_candles(rates.assign(high=np.nan), "x", prices=False)


def test_the_check_changes_nothing() -> None:
    frame = hours(*TIMES)
    before = frame.copy()
    check_candles(frame, "x")
    pd.testing.assert_frame_equal(frame, before, check_exact=True)


# --- gaps ----------------------------------------------------------------------------------------


def test_gaps_are_counted_after_the_last_candle_before_them() -> None:
    found = gaps(hours("00:00", "01:00", "03:00", "04:00", "09:00"), "1h")
    assert [str(after)[11:16] for after in found["after"]] == ["01:00", "04:00"]
    assert found["missing_candles"].tolist() == [1, 4]
    assert found.index.tolist() == [0, 1]


def test_whole_one_and_no_candles_have_no_gaps() -> None:
    for rows in (300, 1, 0):
        assert gaps(random_candles(300).iloc[:rows], "1h").empty


def test_a_gap_longer_than_allowed_is_refused_filled_or_not() -> None:
    holed = random_candles(100, seed=4).assign(volume=1.0).drop(index=range(20, 44))  # 24 candles
    holed = holed.drop(index=range(60, 63)).reset_index(drop=True)
    filled = holed.set_index("date").resample("1h").last().ffill().reset_index()
    added = ~filled["date"].isin(holed["date"])
    for column in ("open", "high", "low"):
        filled.loc[added, column] = filled.loc[added, "close"]
    filled.loc[added, "volume"] = 0.0
    for frame in (holed, filled):
        refuse_long_gaps(frame, "1h", "x", 24)
        with pytest.raises(CandleError) as error:
            refuse_long_gaps(frame, "1h", "x", 23.5)
        assert str(error.value) == (
            "Candles of x miss 24 hours after 2024-01-01 19:00:00+00:00; up to 23.5 are allowed. "
            "Download them again, choose a range without the gap, or raise "
            "regimes.longest_gap_hours."
        )


def test_the_longest_gap_counts_time_and_not_candles() -> None:
    frame = random_candles(30, timeframe="4h").assign(volume=1.0).drop(index=[5, 10, 11])
    with pytest.raises(CandleError, match=r"miss 8 hours after 2024-01-02 12:00:00\+00:00"):
        refuse_long_gaps(frame, "4h", "x", 7)
    for rows in (0, 1):
        refuse_long_gaps(frame.iloc[:rows], "4h", "x", 1)


# --- coarser candles -----------------------------------------------------------------------------


def test_a_coarse_candle_by_hand() -> None:
    fine = hours("00:00", "01:00", "02:00", "03:00", "04:00")
    fine["open"], fine["close"] = [1.0, 2, 3, 4, 5], [2.0, 3, 4, 1, 6]
    fine["high"], fine["low"] = [5.0, 9, 6, 7, 8], [0.5, 0.9, 0.2, 0.6, 4]
    fine["volume"] = [1.0, 10, 100, 1000, 10_000]
    coarse = resample(fine, "1h", "4h")
    expected = [pd.Timestamp("2024-01-01", tz="UTC"), 1.0, 9.0, 0.2, 1.0, 1111.0]
    assert coarse.columns.tolist() == list(CANDLE_COLUMNS)
    assert coarse.to_numpy().tolist() == [expected]


@pytest.mark.parametrize(
    ("timeframe", "coarser", "rule"),
    [("5m", "15m", "15min"), ("1h", "4h", "4h"), ("4h", "1d", "1D"), ("1d", "1w", "W-MON")],
)
def test_coarse_candles_are_those_of_pandas(timeframe: str, coarser: str, rule: str) -> None:
    fine = random_candles(280, seed=3, timeframe=timeframe)  # from a Monday, whole coarse candles
    ways = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    bins = fine.set_index("date").resample(rule, closed="left", label="left")
    expected = bins.agg(ways).reset_index()
    whole = timeframe_seconds(coarser) // timeframe_seconds(timeframe)
    expected = expected.iloc[: 280 // whole]
    pd.testing.assert_frame_equal(
        resample(fine, timeframe, coarser), expected, check_dtype=False, rtol=1e-12
    )


def test_a_coarse_candle_appears_once_its_last_fine_candle_is_there() -> None:
    fine = random_candles(60)
    for rows in range(1, 60):
        coarse = resample(fine.iloc[:rows], "1h", "4h")
        assert len(coarse) == rows // 4
        full = resample(fine, "1h", "4h").iloc[: len(coarse)]
        pd.testing.assert_frame_equal(coarse, full, check_exact=True)


def test_a_coarse_candle_that_began_before_the_fine_ones_is_left_out() -> None:
    fine = random_candles(60)
    for first in range(1, 9):
        coarse = resample(fine.iloc[first:].reset_index(drop=True), "1h", "4h")
        expected = resample(fine, "1h", "4h").iloc[-(-first // 4) :].reset_index(drop=True)
        pd.testing.assert_frame_equal(coarse, expected, check_exact=True)


def test_gaps_leave_out_coarse_candles_without_any_fine_one() -> None:
    fine = random_candles(24).drop(index=range(4, 9)).reset_index(drop=True)  # 04:00 to 08:00
    coarse = resample(fine, "1h", "4h")
    assert coarse["date"].dt.hour.tolist() == [0, 8, 12, 16, 20]
    assert coarse["open"].iloc[1] == fine["open"].iloc[4]  # the 9 o'clock candle is the first


def test_the_same_timeframe_gives_the_same_candles() -> None:
    fine = random_candles(20)
    pd.testing.assert_frame_equal(resample(fine, "1h", "1h"), fine)


@pytest.mark.parametrize(("timeframe", "coarser"), [("1h", "90m"), ("4h", "1h"), ("15m", "20m")])
def test_timeframes_that_do_not_divide_are_refused(timeframe: str, coarser: str) -> None:
    with pytest.raises(CandleError) as error:
        resample(random_candles(8, timeframe=timeframe), timeframe, coarser)
    assert str(error.value) == f"{coarser} is not a multiple of {timeframe}: choose another."


def test_days_are_counted_from_1970_and_weeks_from_monday() -> None:
    """As freqtrade counts: the 3d candle of 10 January 2024 opens on the 9th."""
    fine = random_candles(20, timeframe="1d")
    three_days = resample(fine, "1d", "3d")["date"]
    assert pd.Timestamp("2024-01-09", tz="UTC") in set(three_days)
    assert (three_days.dt.day_of_year % 3 == 0).all()
    assert (resample(fine, "1d", "1w")["date"].dt.day_of_week == 0).all()


def test_both_layouts_of_funding_files_read_the_same(tmp_path: Path) -> None:
    dates = pd.date_range("2025-01-01", periods=3, freq="8h", tz="UTC").as_unit("ms")
    rates = [1e-4, -2e-5, 0.0]
    older = pd.DataFrame({"date": dates, "open": rates})
    older[["high", "low", "close", "volume"]] = 0.0
    path = write_candles(older, tmp_path, "BTC/USDT:USDT", "1h", FUNDING)
    before = read_candles(tmp_path, "BTC/USDT:USDT", "1h", FUNDING)
    pd.DataFrame({"date": dates, "funding_rate": rates}).to_feather(path)
    after = read_candles(tmp_path, "BTC/USDT:USDT", "1h", FUNDING)
    pd.testing.assert_frame_equal(before, after)
    assert after["open"].tolist() == rates
