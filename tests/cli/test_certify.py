"""The certificate through its command: green on what ships, red on a planted leak."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from freqai_regimes.cli.main import main
from freqai_regimes.features import momentum
from freqai_regimes.freqtrade_bridge import strategy, trade_signals
from freqai_regimes.regimes import rule
from tests.host.small_run import small_config, small_market


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_market(tmp_path_factory.mktemp("market") / "data", pairs=("BTC/USDT",))


def certify(folder: Path, market: Path, *arguments: str) -> int:
    own = small_config(folder)[-1]
    fixed = ["--preset", "intraday-5m", "--config", str(own), "--userdir", str(folder)]
    fixed += ["--datadir", str(market), "--pairs", "BTC/USDT", "--rows", "900"]
    return main(["certify", *fixed, *arguments])


def test_the_small_preset_is_green(
    tmp_path: Path, market: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--json", str(tmp_path / "c.json"), "--html", str(tmp_path / "c.html")]
    assert certify(tmp_path, market, *files) == 0
    printed = capsys.readouterr().out
    for subject in ("momentum on 5m", "momentum on 15m", "forward_return", "regime", "strategy"):
        assert subject in printed
    assert json.loads((tmp_path / "c.json").read_text())["passed"] is True
    assert "<html" in (tmp_path / "c.html").read_text()


def test_a_feature_that_looks_one_candle_ahead_is_refused(
    tmp_path: Path,
    market: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = momentum.generate
    monkeypatch.setattr(momentum, "generate", lambda c, o: honest(c, o).shift(-1))
    assert certify(tmp_path, market) == 1
    printed = capsys.readouterr().out
    assert "REFUSED" in printed
    assert "return_4" in printed


def test_a_regime_that_uses_the_whole_sample_is_refused(
    tmp_path: Path,
    market: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def against_the_mean(candles: pd.DataFrame, settings: object, average: int) -> pd.DataFrame:
        known = rule.regime_of(candles, settings, average)  # type: ignore[arg-type]
        above = (candles["close"] > candles["close"].mean()) * 1.0
        return known.assign(regime=above.where(known["regime"].notna()))

    monkeypatch.setattr(strategy.RegimeStrategyBase, "regime_rule", staticmethod(against_the_mean))
    assert certify(tmp_path, market) == 1
    assert "regime" in capsys.readouterr().out


def test_a_signal_of_the_next_candle_is_refused(
    tmp_path: Path, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = trade_signals.entries
    monkeypatch.setattr(
        trade_signals, "entries", lambda *given: honest(*given).shift(-1, fill_value=False)
    )
    assert certify(tmp_path, market) == 1
