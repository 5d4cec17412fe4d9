"""Which bot is meant, of which days, on which candles; and what is told when that is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from freqtrade.persistence.base import ModelBase
from sqlalchemy import create_engine

from freqai_regimes.cli.bot_run import BotRun, database_of, parse_period
from freqai_regimes.cli.main import main
from freqai_regimes.cli.run_config import config_files
from freqai_regimes.cli.shadow_candles import candles_of
from freqai_regimes.errors import RegimesError, SettingsError


def test_a_run_is_found_again_by_its_folder(tmp_path: Path) -> None:
    bot = BotRun((tmp_path / "a.json",), "RegimeStrategy", tmp_path, tmp_path / "candles", -3)
    bot.write(tmp_path)
    assert BotRun.read(tmp_path) == bot
    with pytest.raises(RegimesError, match=r"no folder of a run .* --config"):
        BotRun.read(tmp_path / "elsewhere")


def test_candles_of_a_local_exchange_are_moved_as_it_had_moved_them(tmp_path: Path) -> None:
    (tmp_path / "candles" / "futures").mkdir(parents=True)
    date = pd.date_range("2024-01-01", periods=3, freq="5min", tz="UTC")
    name = Path("futures", "BTC_USDT_USDT-5m-futures.feather")
    pd.DataFrame({"date": date, "close": 1.0}).to_feather(tmp_path / "candles" / name)
    bot = BotRun((), "RegimeStrategy", tmp_path, tmp_path / "candles", 2)
    config = BotRun(tuple(config_files("regime-4h", futures=False, model=False)), "", tmp_path)
    period = pd.Timestamp("2024-01-15", tz="UTC"), pd.Timestamp("2024-01-16", tz="UTC")
    moved = candles_of(bot, config.config(), ["BTC/USDT"], period, tmp_path / "run")
    assert pd.read_feather(moved / name)["date"].tolist() == list(date + pd.Timedelta(weeks=2))
    gone = BotRun((), "RegimeStrategy", tmp_path, tmp_path / "gone", 2)
    with pytest.raises(RegimesError, match=r"are gone.*--datadir"):
        candles_of(gone, config.config(), ["BTC/USDT"], period, tmp_path / "run")


def test_the_database_is_that_which_freqtrade_would_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FREQTRADE__DB_URL", raising=False)
    assert database_of({"db_url": "sqlite:///own", "dry_run": False}) == "sqlite:///own"
    assert database_of({}) == "sqlite:///tradesv3.dryrun.sqlite"
    assert database_of({"dry_run": False}) == "sqlite:///tradesv3.sqlite"
    monkeypatch.setenv("FREQTRADE__DB_URL", "postgresql://there")
    assert database_of({"db_url": "sqlite:///own"}) == "postgresql://there"


def test_a_range_has_two_ends_that_rise() -> None:
    first, last = parse_period("20240103T1200-20240104")
    assert first == pd.Timestamp("2024-01-03 12:00", tz="UTC") and last.day == 4
    for wrong in ("20240103-", "2024", "20240104-20240103"):
        with pytest.raises(SettingsError, match="Timerange"):
            parse_period(wrong)


def test_a_bot_that_left_nothing_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'trades.sqlite'}")
    ModelBase.metadata.create_all(engine)
    engine.dispose()
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"db_url": f"sqlite:///{tmp_path / 'trades.sqlite'}"}))
    words = ["shadow-backtest", "--userdir", str(tmp_path)]
    for path in (*config_files("regime-4h", futures=False, model=True), own):
        words += ["--config", str(path)]
    assert main(words) == 2
    assert "names no strategy: give it with --strategy" in capsys.readouterr().err
    assert main([*words, "--strategy", "RegimeStrategy"]) == 2
    assert "The bot left nothing to compare" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
