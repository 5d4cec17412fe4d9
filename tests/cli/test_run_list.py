"""The list of runs, the epochs of a hyperopt among them, and what makes another configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.cli.logged_backtest import configuration_hash
from freqai_regimes.cli.main import main
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.evidence.run_log import FILE, LoggedRun, log_run, read_runs

MONTH = "BTC/USDT 2024-01"
START = int(pd.Timestamp("2024-01-01", tz="UTC").timestamp() * 1000)


def epoch(number: int, threshold: float) -> dict[str, Any]:
    stats = {
        "trades": [],
        "profit_total": 0.0,
        "backtest_start_ts": START,
        "backtest_end_ts": START + 20 * 86_400_000,
        "starting_balance": 1000,
        "pairlist": ["BTC/USDT"],
    }
    parameters = {"buy_threshold": threshold}
    return {
        "loss": 0.0,
        "params_dict": parameters,
        "current_epoch": number,
        "results_metrics": stats,
    }


def test_runs_and_epochs_are_listed_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = {"net": 0.25, "sharpe_per_day": 0.1, "trades": 7}
    log_run(
        tmp_path,
        LoggedRun("backtest", "p", "aa", (f"{MONTH} 01234567",), "r", ("BTC/USDT",), result),
    )
    (tmp_path / "hyperopt_results").mkdir()
    epochs = [epoch(1, 0.1), epoch(2, 0.2), epoch(3, 0.2)]
    path = tmp_path / "hyperopt_results" / "strategy_RegimeStrategy_x.fthypt"
    path.write_text("".join(json.dumps(one) + "\n" for one in epochs))
    for _ in range(2):  # the second time, nothing is new
        assert main(["runs", "--userdir", str(tmp_path)]) == 0
        said = capsys.readouterr().out
        assert len(read_runs(tmp_path).runs) == 2
    assert "+25.0 %" in said and "+1.91" in said  # 0.1 * sqrt(365)
    assert "3 configurations were tried on these candles" in said
    whole = (tmp_path / FILE).read_text()
    (tmp_path / FILE).write_text(whole + '{"command": "ba')
    assert main(["runs", "--userdir", str(tmp_path)]) == 0
    assert "Not readable, as after a kill: line 3; left out." in capsys.readouterr().out
    assert main(["runs", "--userdir", str(tmp_path), "--json", "--last", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["configurations"] == 2


def test_an_empty_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--userdir", str(tmp_path)]) == 0
    assert "No run is logged" in capsys.readouterr().out


def test_what_changes_trades_is_another_configuration_and_nothing_else() -> None:
    def of(overlay: dict[str, Any], strategy: str = "RegimeStrategy", model: bool = True) -> str:
        config = RunConfig.load("regime-4h", futures=False, model=model, own=())
        return configuration_hash(config, strategy, overlay)

    same = of({})
    assert of({"regimes": {"preset": "other", "record": "x", "messages": {}}}) == same
    assert of({"db_url": "sqlite://", "freqai": {"identifier": "other"}}) == same
    changes: list[dict[str, Any]] = [
        {"stoploss": -0.2},
        {"regimes": {"exposure": {"target_volatility": 0.3}}},
        {"regimes": {"experts": {"minimum_rows": 700}}},
        {"freqai": {"train_period_days": 200}},
    ]
    found = {of(change) for change in changes} | {of({}, "BaselineStrategy"), of({}, model=False)}
    assert len(found | {same}) == 7
    # Without a model, what belongs to one is no other try.
    assert of(changes[2], model=False) == of(changes[3], model=False) == of({}, model=False)
