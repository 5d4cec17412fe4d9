"""``kline-extras``: files of Binance imported, extras of a market downloaded, errors told."""

from __future__ import annotations

from pathlib import Path

import pytest

from freqai_regimes.candles import read_candles
from freqai_regimes.cli.main import main
from freqai_regimes.sources.kline_extras import read_extras
from tests.host.small_run import small_market
from tests.sources.test_kline_extras import kline, text


def command(folder: Path, *arguments: str) -> int:
    fixed = ["--preset", "intraday-5m", "--userdir", str(folder), "--pairs", "BTC/USDT"]
    return main(["kline-extras", *fixed, "--datadir", str(folder), *arguments])


def test_files_are_imported_all_or_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, other = tmp_path / "BTCUSDT-1h-2024-01.csv", tmp_path / "ETHUSDT-1h-2024-01.csv"
    good.write_text(text(kline(0), kline(1)))
    other.write_text(text(kline(0)))
    assert command(tmp_path, "--files", str(good), str(other)) == 2
    assert "is of ETHUSDT, the pairs are BTC/USDT" in capsys.readouterr().err
    assert not (tmp_path / "kline_extras").exists()
    assert command(tmp_path, "--files", str(good)) == 0
    assert "BTC/USDT 1h: 2 candles, 2024-01-01 00:00 to" in capsys.readouterr().out


def test_extras_of_every_stored_candle_are_downloaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    market = small_market(tmp_path / "market", pairs=("BTC/USDT",), days=5)
    assert command(market, "--timeframes", "5m") == 0  # 1440 candles: more than one page
    candles, extras = read_candles(market, "BTC/USDT", "5m"), read_extras(market, "BTC/USDT", "5m")
    assert extras["date"].tolist() == candles["date"].tolist()
    assert (extras["trades"] > 0).all()
    assert (extras["taker_base_volume"] < candles["volume"]).all()
    assert command(market, "--timeframes", "1h") == 2
    assert "No 1h spot candles of BTC/USDT" in capsys.readouterr().err


def test_no_data_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(tmp_path, "--datadir", str(tmp_path / "none")) == 2
    assert "none does not exist" in capsys.readouterr().err
