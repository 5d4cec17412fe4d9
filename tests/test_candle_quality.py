"""Faults planted into sound candles are found, each in its place; gaps are not damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.candle_quality import (
    Disagreement,
    Gaps,
    Runs,
    SeriesQuality,
    data_quality,
    outlier_wicks,
)
from freqai_regimes.candles import FUNDING, FUTURES, MARK, candle_path, resample, write_candles
from freqai_regimes.errors import CandleError

PAIR = "BTC/USDT"
START = pd.Timestamp("2024-01-01", tz="UTC")


def sound_candles(rows: int = 600, timeframe: str = "5min") -> pd.DataFrame:
    """Every candle moves by 1 from 100 or 101 and reaches 0.5 beyond on both sides."""
    opened = 100.0 + np.arange(rows) % 2
    closed = 201.0 - opened
    return pd.DataFrame(
        {
            "date": pd.date_range(START, periods=rows, freq=timeframe, unit="ms"),
            "open": opened,
            "high": 101.5,
            "low": 99.5,
            "close": closed,
            "volume": 10.0,
        }
    )


def look(
    datadir: Path, frame: pd.DataFrame, timeframe: str = "5m", pair: str = PAIR, kind: str = "spot"
) -> SeriesQuality:
    """Store candles as they are and look at them."""
    path = candle_path(datadir, pair, timeframe, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.reset_index(drop=True).to_feather(path)
    [found] = [one for one in data_quality(datadir, [pair]) if one.file == path.name]
    return found


def at(row: int) -> str:
    return f"{START + row * pd.Timedelta(minutes=5):%Y-%m-%d %H:%M}"


def test_sound_candles_show_nothing(tmp_path: Path) -> None:
    found = look(tmp_path, sound_candles())
    none = Runs(0, 0, 0, None)
    assert found == SeriesQuality(
        pair=PAIR,
        timeframe="5m",
        candle_type="spot",
        file="BTC_USDT-5m.feather",
        damage=(),
        rows=600,
        first="2024-01-01 00:00",
        last="2024-01-03 01:55",
        time_zone="UTC",
        gaps=Gaps(0, 0, 0, None),
        no_volume=none,
        flat=none,
        wicks=found.wicks,
    )
    assert found.wicks is not None
    assert found.wicks.count == 0
    assert found.wicks.longest_multiple == pytest.approx(0.25, abs=0.051)  # to one digit


def test_gaps_are_counted_and_are_no_damage(tmp_path: Path) -> None:
    found = look(tmp_path, sound_candles().drop(index=[50, 51, 52, 300]))
    assert found.gaps == Gaps(2, 4, 3, at(50))
    assert found.damage == ()


def test_silence_and_flat_stretches_are_counted(tmp_path: Path) -> None:
    frame = sound_candles()
    frame.loc[[20, 21, 40], "volume"] = 0.0
    frame.loc[99, "close"] = 100.0
    frame.loc[100:104, ["open", "high", "low", "close"]] = 100.0
    frame.loc[200, ["open", "high", "low", "close"]] = 90.0  # no range, but it moved
    found = look(tmp_path, frame)
    assert found.no_volume == Runs(2, 3, 2, at(20))
    assert found.flat == Runs(1, 5, 5, at(100))


def test_an_outlier_wick_is_measured_in_usual_ranges_around_it(tmp_path: Path) -> None:
    frame = sound_candles()
    frame.loc[77, "low"] = 60.0  # 40 below the body of 100 to 101
    frame.loc[400, "high"] = 130.0  # 29 above: 14.5 usual ranges, not quite an outlier
    usual = np.median(2 / frame["close"])
    found = look(tmp_path, frame)
    assert found.wicks is not None
    assert found.wicks.count == 1
    assert found.wicks.first == at(77)
    assert found.wicks.longest_multiple == round(40 / frame["close"][77] / usual, 1)
    assert outlier_wicks(frame)[400] == pytest.approx(14.5, rel=0.02)
    [stricter] = data_quality(tmp_path, wick_multiple=14)
    assert stricter.wicks is not None
    assert stricter.wicks.count == 2


def test_the_usual_range_follows_the_market_and_its_own_price() -> None:
    calm, wild = sound_candles(), sound_candles()
    wild[["open", "high", "low", "close"]] *= 1000  # another price level, same shape
    both = pd.concat([calm, wild], ignore_index=True)
    both.loc[800, "low"] -= 20_000.0  # 20 % of the price, in the part at 100,000
    multiples = outlier_wicks(both)
    assert multiples[800] == pytest.approx(10, rel=0.1)
    assert multiples.drop(800).max() < 0.5
    flat = sound_candles(5).assign(open=1.0, high=1.0, low=1.0, close=1.0)
    assert outlier_wicks(flat).tolist() == [0.0] * 5


Spoil = Callable[[pd.DataFrame], pd.DataFrame]

DAMAGES: dict[str, tuple[Spoil, str]] = {
    "repeat": (lambda f: f.loc[[*f.index[:31], 30, *f.index[31:]]], "repeat: 1 time"),
    "out of order": (lambda f: f.loc[[1, 0, *f.index[2:]]], "go back: 1 time"),
    "high below close": (
        lambda f: f.assign(high=f["high"].mask(f.index == 9, 99.6)),
        "low to high",
    ),
    "zero price": (lambda f: f.assign(low=f["low"].mask(f.index == 9, 0.0)), "zero or below"),
    "not a number": (lambda f: f.assign(volume=f["volume"].mask(f.index == 9)), "NaN"),
    "negative volume": (lambda f: f.assign(volume=-1.0), "negative volume"),
    "no zone": (lambda f: f.assign(date=f["date"].dt.tz_localize(None)), "not timestamps in UTC"),
    "other zone": (lambda f: f.assign(date=f["date"].dt.tz_convert("Asia/Tokyo")), "Asia/Tokyo"),
    "text": (lambda f: f.assign(date=f["date"].astype(str)), "not timestamps in UTC"),
    "no volume column": (lambda f: f.drop(columns="volume"), "lack volume"),
    "no date column": (lambda f: f.drop(columns="date"), "lack date"),
    "empty": (lambda f: f.iloc[:0], "are empty"),
    "off raster": (
        lambda f: f.assign(date=f["date"] + pd.Timedelta(minutes=2)),
        "600 date.* no multiple of 5m",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_told_and_stops_the_rest(name: str, tmp_path: Path) -> None:
    spoil, words = DAMAGES[name]
    found = look(tmp_path, spoil(sound_candles()))
    assert len(found.damage) == 1
    assert pd.Series(found.damage).str.contains(words).all(), found.damage
    assert (found.gaps, found.flat, found.wicks) == (None, None, None)


def test_repeated_unsorted_and_shifted_rows_are_counted(tmp_path: Path) -> None:
    frame = sound_candles()
    frame = frame.loc[[0, 0, 0, 5, 4, *frame.index[6:]]]
    frame.loc[20, "date"] += pd.Timedelta(seconds=1)
    found = look(tmp_path, frame)
    assert (found.duplicates, found.out_of_order, found.off_raster) == (2, 1, 1)
    assert found.rows == 599
    assert found.time_zone == "UTC"
    tokyo = look(tmp_path / "2", frame.assign(date=frame["date"].dt.tz_convert("Asia/Tokyo")))
    assert tokyo.time_zone == "Asia/Tokyo"
    bare = look(tmp_path / "3", frame.assign(date=frame["date"].dt.tz_localize(None)))
    assert bare.time_zone is None


def test_a_file_that_is_none_is_damage_and_the_others_are_still_read(tmp_path: Path) -> None:
    candle_path(tmp_path, PAIR, "1h").write_text("not a feather file")
    found = look(tmp_path, sound_candles())
    assert found.damage == ()
    [broken] = [one for one in data_quality(tmp_path) if one.timeframe == "1h"]
    assert broken.damage[0].startswith("cannot be read")


def test_timeframes_are_held_against_each_other(tmp_path: Path) -> None:
    fine = sound_candles()
    hourly = resample(fine, "5m", "1h")
    hourly.loc[7, "high"] += 1e-3
    hourly.loc[9, "volume"] += 1.0
    hourly.loc[11, "close"] *= 1 + 1e-12  # rounding of floats
    write_candles(fine, tmp_path, PAIR, "5m")
    found = look(tmp_path, hourly, "1h")
    assert found.against_finer == Disagreement("5m", 50, 2, "2024-01-01 07:00")
    assert found.damage == ()


def test_coarse_candles_whose_finer_ones_are_not_all_there_are_not_compared(
    tmp_path: Path,
) -> None:
    fine = sound_candles()
    hourly = resample(fine, "5m", "1h").drop(index=3)
    write_candles(fine.drop(index=[24, 25, 130]), tmp_path, PAIR, "5m")  # hours 2 and 10
    found = look(tmp_path, hourly, "1h")
    assert found.against_finer == Disagreement("5m", 47, 0, None)


def test_only_timeframes_that_fit_and_are_sound_are_compared(tmp_path: Path) -> None:
    fine = sound_candles(1200)
    write_candles(resample(fine, "5m", "1h"), tmp_path, PAIR, "1h")
    write_candles(resample(fine, "5m", "4h"), tmp_path, PAIR, "4h")
    write_candles(sound_candles(30, "6h"), tmp_path, PAIR, "6h")
    damaged = look(tmp_path, fine.assign(volume=-1.0))
    assert damaged.damage
    against = {
        one.timeframe: one.against_finer and one.against_finer.finer
        for one in data_quality(tmp_path)
    }
    assert against == {"5m": None, "1h": None, "4h": "1h", "6h": None}


def test_mark_prices_have_no_volume_and_funding_no_prices(tmp_path: Path) -> None:
    pair = "BTC/USDT:USDT"
    mark = look(tmp_path, sound_candles(48, "1h").assign(volume=0.0), "1h", pair, MARK)
    assert mark.no_volume is None
    assert mark.gaps == Gaps(0, 0, 0, None)
    rates = sound_candles(12, "8h").assign(open=-1e-4, high=0.0, low=0.0, close=0.0, volume=0.0)
    funding = look(tmp_path, rates, "1h", pair, FUNDING)
    assert funding.damage == ()
    assert (funding.rows, funding.gaps, funding.flat) == (12, None, None)
    futures = look(tmp_path, sound_candles(48, "1h").assign(volume=0.0), "1h", pair, FUTURES)
    assert futures.no_volume is not None
    assert futures.no_volume.candles == 48


def test_a_place_without_candles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CandleError, match="does not exist"):
        data_quality(tmp_path / "nowhere")
    with pytest.raises(CandleError, match="holds none"):
        data_quality(tmp_path)
    write_candles(sound_candles(), tmp_path, PAIR, "5m")
    with pytest.raises(CandleError, match=r"No candles of ETH/USDT in .*holds BTC/USDT"):
        data_quality(tmp_path, ["BTC/USDT", "ETH/USDT"])


def test_real_candles_show_the_outages_that_are_known(real_data: Path) -> None:
    found = data_quality(real_data / "spot_2020-12_2021-07", ["ETH/USDT"])
    assert [one.timeframe for one in found] == ["5m", "15m", "1h", "4h"]
    assert [one.damage for one in found] == [()] * 4
    finest = found[0]
    assert finest.rows == 65_727
    assert finest.gaps is not None
    assert finest.gaps.missing_candles == 177
    compared = [one.against_finer for one in found[1:]]
    assert all(one is not None and one.compared > 1300 for one in compared)
    assert compared[0] is not None
    assert compared[0].different == 0
