"""What is read of a hyperopt's epochs, and the verdict by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.deflated_sharpe import (
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
)
from freqai_regimes.evaluation.hyperopt_trials import judge, read_trials

DAY = 86_400_000


def epoch(number: int, profits: list[float]) -> dict[str, Any]:
    """An epoch with one trade closed at noon of each day, as freqtrade writes it."""
    start = pd.Timestamp("2024-01-01", tz="UTC").value // 10**6
    trades = [
        {"close_timestamp": start + day * DAY + DAY // 2, "profit_abs": profit}
        for day, profit in enumerate(profits)
        if profit
    ]
    stats = {
        "trades": trades,
        "profit_total": sum(profits) / 1000,
        "backtest_start_ts": start,
        "backtest_end_ts": start + (len(profits) - 1) * DAY,
        "starting_balance": 1000,
        "sortino": math.nan,
    }
    return {
        "loss": -sum(profits),
        "params_dict": {"buy_threshold": number / 10},
        "current_epoch": number,
        "results_metrics": stats,
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    epochs = [epoch(n, rng.normal(n / 10, 5, 60).tolist()) for n in range(1, 9)]
    path = tmp_path / "some.fthypt"
    path.write_text("".join(json.dumps(one) + "\n" for one in [*epochs, epoch(9, [0.0] * 60)]))
    return path


def test_every_epoch_is_a_trial_also_without_a_trade(file: Path) -> None:
    trials = read_trials(file)
    assert [trial.epoch for trial in trials] == list(range(1, 10))
    assert {trial.sample.observations for trial in trials} == {60}
    assert (trials[-1].trades, trials[-1].sample.sharpe) == (0, 0.0)
    assert trials[0].parameters == {"buy_threshold": 0.1}


def test_the_verdict_counts_them_all(file: Path) -> None:
    trials = read_trials(file)
    verdict = judge(trials)
    ratios = np.array([trial.sample.sharpe for trial in trials])
    assert verdict.best.loss == min(trial.loss for trial in trials)
    assert verdict.variance == pytest.approx(ratios.var(ddof=1))
    assert verdict.chance == expected_maximum_sharpe(9, verdict.variance)
    assert verdict.dsr == deflated_sharpe_ratio(verdict.best.sample, 9, verdict.variance)
    assert verdict.dsr < verdict.psr
    assert json.loads(json.dumps(verdict.to_json()))["best"]["epoch"] == verdict.best.epoch


def test_one_trial_is_not_deflated(file: Path) -> None:
    verdict = judge(read_trials(file)[:1])
    assert (verdict.variance, verdict.chance) == (0.0, 0.0)
    assert verdict.dsr == verdict.psr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no epoch"),
        ("no json\n", "line 1"),
        ('{"loss": 1}\n', "line 1 .*results_metrics"),
    ],
)
def test_what_is_no_result_is_one_line(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.fthypt"
    path.write_text(text)
    with pytest.raises(RegimesError, match=words):
        read_trials(path)
    with pytest.raises(RegimesError, match="cannot be read"):
        read_trials(tmp_path / "none.fthypt")
