"""The side table of Binance's kline extras: read from klines, stored whole, joined by date."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.sources.kinds import join_kline_extras
from freqai_regimes.sources.kline_extras import (
    EXTRAS,
    extras_of_rows,
    read_extras,
    write_extras,
)
from freqai_regimes.sources.kline_files import kline_file, read_kline_file

PAIR = "BTC/USDT"
FIRST_MS = 1_704_067_200_000  # 2024-01-01 00:00 UTC
HEADINGS = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore\n"
)


def kline(number: int, *, unit: int = 1, **other: Any) -> list[Any]:
    """A kline of an hour as Binance writes it: 12 values, times in ms (or us with unit 1000)."""
    opened = (FIRST_MS + number * 3_600_000) * unit
    values = {"volume": "10.5", "quote": "441000.0", "trades": 100 + number, "taker": "4.25"}
    values |= {"taker_quote": "178500.0"} | other
    return [
        *(opened, "42000.0", "42100.0", "41900.0", "42000.0", values["volume"]),
        *(opened + 3_600_000 * unit - 1, values["quote"], values["trades"]),
        *(values["taker"], values["taker_quote"], "0"),
    ]


def text(*rows: list[Any]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def table(*numbers: int, **other: Any) -> pd.DataFrame:
    return extras_of_rows([kline(number, **other) for number in numbers], "1h", "it")


def test_a_kline_gives_its_extras_dated_by_its_opening() -> None:
    got = table(0, 1)
    assert list(got) == ["date", *EXTRAS]
    assert got["date"].tolist() == list(pd.date_range("2024-01-01", periods=2, freq="h", tz="UTC"))
    assert got.loc[1, list(EXTRAS)].tolist() == [101.0, 441000.0, 4.25, 178500.0]


def test_microseconds_of_newer_files_mean_the_same() -> None:
    mixed = extras_of_rows([kline(0), kline(1, unit=1000)], "1h", "it")
    pd.testing.assert_frame_equal(mixed, table(0, 1))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (kline(0)[:8], "has 8 values, a kline has 12"),
        (kline(0, trades="many"), "something else than numbers"),
        (kline(0, trades=-1), "negative numbers in 1 row"),
        (kline(0, taker="11"), "takers that bought more than was traded"),
        (kline(0, taker_quote="1e9"), "takers that bought more"),
        (kline(0, quote="nan"), "missing or not finite"),
        ([FIRST_MS + 60_000, *kline(0)[1:]], "not those of 1h candles"),
    ],
)
def test_klines_that_cannot_be_are_refused(row: list[Any], words: str) -> None:
    with pytest.raises(CandleError, match=words):
        extras_of_rows([row], "1h", "it")


def test_public_files_are_read_with_and_without_headings_zipped_or_not(tmp_path: Path) -> None:
    bare = tmp_path / "BTCUSDT-1h-2024-01-01.csv"
    bare.write_text(text(kline(0), kline(1)))
    headed = tmp_path / "BTCUSDT-1h-2025-01.zip"
    with zipfile.ZipFile(headed, "w") as archive:
        archive.writestr("BTCUSDT-1h-2025-01.csv", HEADINGS + text(kline(0, unit=1000), kline(1)))
    for path in (bare, headed):
        file = kline_file(path)
        assert (file.symbol, file.timeframe) == ("BTCUSDT", "1h")
        pd.testing.assert_frame_equal(read_kline_file(file), table(0, 1))


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not named as Binance names"):
        kline_file(tmp_path / "klines.csv")
    broken = tmp_path / "BTCUSDT-1h-2024-01.zip"
    broken.write_text("no zip")
    with pytest.raises(CandleError, match="cannot be read"):
        read_kline_file(kline_file(broken))
    empty = tmp_path / "BTCUSDT-1h-2024-02.csv"
    empty.write_text(HEADINGS)
    with pytest.raises(CandleError, match="holds no klines"):
        read_kline_file(kline_file(empty))
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("a.txt", "")
    with pytest.raises(CandleError, match="holds 0 CSV files"):
        read_kline_file(kline_file(broken))


def test_what_is_stored_is_read_again_and_new_rows_are_added(tmp_path: Path) -> None:
    write_extras(table(0, 1), tmp_path, PAIR, "1h")
    write_extras(table(1, 2, trades=7), tmp_path, PAIR, "1h")
    got = read_extras(tmp_path, PAIR, "1h")
    assert got["trades"].tolist() == [100.0, 7.0, 7.0]
    assert got["date"].is_monotonic_increasing
    assert [path.name for path in (tmp_path / "kline_extras").iterdir()] == ["BTC_USDT-1h.feather"]


def test_a_missing_or_damaged_table_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        CandleError, match=r"No kline extras of BTC/USDT 1h: .*freqai-regimes kline"
    ):
        read_extras(tmp_path, PAIR, "1h")
    path = write_extras(table(0), tmp_path, PAIR, "1h")
    path.write_bytes(b"damaged")
    with pytest.raises(CandleError, match=r"cannot be read .*Delete it"):
        read_extras(tmp_path, PAIR, "1h")


def test_extras_belong_to_the_candle_of_their_date() -> None:
    candles = pd.DataFrame({"date": table(0, 1, 2, 3)["date"].dt.as_unit("ms")})
    candles["volume"] = [10.5, 10.5, 0.0, 10.5]
    got = join_kline_extras(candles, table(0, 3), prefix="k_")
    np.testing.assert_array_equal(got["k_trades"], [100.0, np.nan, 0.0, 103.0])
    assert got["k_is_filled"].tolist() == [False, True, True, False]
    assert got["k_taker_base_volume"].tolist()[2] == 0.0  # nothing was traded
    with pytest.raises(SettingsError, match="k_trades are there already"):
        join_kline_extras(candles.assign(k_trades=1.0), table(0), prefix="k_")
