"""``freqai-regimes simulate`` on a file and on a run's record: numbers, warnings, refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.cli.main import main
from freqai_regimes.evidence.run_log import read_runs


def scored(rows: int = 1500, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(rng.normal(0, 0.01, rows).cumsum())
    frame = pd.DataFrame(
        {"date": pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC"), "close": close}
    )
    frame = frame.assign(open=close, high=close, low=close, volume=1.0, regime=1.0)
    return frame.assign(score=rng.uniform(-1, 1, rows), score_2=rng.uniform(0, 1, rows))


@pytest.fixture
def record(tmp_path: Path) -> Path:
    folder = tmp_path / "run" / "record"
    folder.mkdir(parents=True)
    for seed, name in enumerate(["AAA_USDT", "BBB_USDT"]):
        scored(seed=seed).to_feather(folder / f"{name}.feather")
    costs = {"fee": 0.002, "slippage": 0.0005}
    run = {"pairs": ["AAA/USDT", "BBB/USDT"], "timeframe": "1h", "settings": {"costs": costs}}
    (folder / "run.json").write_text(json.dumps(run))
    return tmp_path / "run"


def simulated(tmp_path: Path, *arguments: object) -> dict[str, Any]:
    plain = tmp_path / "plain.json"
    given = [*map(str, arguments), "--json", str(plain), "--userdir", str(tmp_path / "u")]
    assert main(["simulate", *given]) == 0
    loaded: dict[str, Any] = json.loads(plain.read_text())
    return loaded


@pytest.mark.parametrize("name", ["btc_1m", "btc_1h", "eth_5m"])
def test_without_costs_it_is_the_peers(
    name: str, reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    candles = pd.read_feather(reference / f"inputs/{name}.feather")
    scores = pd.read_feather(reference / f"signals/scores_{name}.feather")
    file = tmp_path / "candles.feather"
    candles.assign(trade_score=scores["up_a"] - scores["down_a"]).to_feather(file)
    stored = json.loads((reference / f"simulate/simulate_{name}.json").read_text())["results"]
    for expected in stored:
        buy, sell = expected["buy_signal_threshold"], expected["sell_signal_threshold"]
        thresholds = ("--buy", f"{buy:g}", f"--sell={sell:g}")
        got = simulated(tmp_path, file, *thresholds, "--cost", 0, "--fill", "close")
        [choice] = got["choices"]
        for direction in ("both", "long", "short"):
            own, peer = choice["performance"][direction], expected[direction]
            assert own["transactions"] == peer["transaction_no"]
            assert own["profit"] == pytest.approx(peer["profit"], abs=1e-6)
            assert 100 * own["total_return"] == pytest.approx(peer["profit_percent"], abs=1e-6)
    capsys.readouterr()


def test_a_run_is_simulated_with_its_own_costs_and_the_best_is_deflated(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got = simulated(tmp_path, record, "--best", 3, "--end", "2024-02-15")
    out = capsys.readouterr().out
    assert got["score"] == "score" and got["cost"] == 0.0025
    assert got["deflated"]["trials"] == len(got["choices"]) == 400
    assert got["overfitting"]["configurations"] == 400
    assert "The best of 400 configurations in half of the days" in out
    assert len(got["later"]) == 3 and got["later"][0] != got["choices"][0]
    assert "SELECTION BIAS" in out and "400 tries" in out and "0.2500% paid" in out
    assert list(got["months"]) == ["2024-01", "2024-02"]
    assert max(map(len, out.splitlines())) <= 100
    alone = simulated(tmp_path, record / "record", "--pairs", "BBB/USDT", "--equal")
    assert len(alone["choices"]) == 20
    assert all(c["sell_threshold"] == -c["buy_threshold"] for c in alone["choices"])


def test_every_point_is_a_try_in_the_log_and_counts_once(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for pair in (["--pairs", "AAA/USDT"], ["--pairs", "AAA/USDT"], []):
        simulated(tmp_path, record, "--equal", "--end", "2024-02-15", *pair)
    first, again, both = read_runs(tmp_path / "u").runs
    assert (first.command, first.configurations, first.timerange) == (
        *("simulate", 20),
        "20240101-20240215",
    )
    assert first.months == ("AAA/USDT 2024-01 *", "AAA/USDT 2024-02 *")
    assert again.configuration == first.configuration != both.configuration
    capsys.readouterr()
    assert main(["runs", "--userdir", str(tmp_path / "u")]) == 0
    assert "40 configurations were tried" in capsys.readouterr().out


def test_a_table_of_text_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "candles.csv"
    scored()[["date", "close", "score_2"]].to_csv(file, index=False)
    given = ("--score", "score_2", "--buy", "0.6,0.9", "--sell=0.1:0.3:3", "--fill", "close")
    got = simulated(tmp_path, file, *given)
    assert len(got["choices"]) == 6 and got["cost"] == 0.0011


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--score", "scoree"],
            "'scoree' to trade by: .*did you mean 'score'?",
        ),
        (["--buy", "much"], "--buy is 'much': give thresholds: from:to:count"),
        (["--buy", "0:1:0"], "--buy gives 0 thresholds"),
        (["--sell=nan"], "finite"),
        (["--cost", "-1"], "--cost is -1: give a fraction"),
        (["--start", "2030-01-01"], r"AAA/USDT has 0 candle\(s\) between 2030-01-01"),
        (["--end", "soon"], "--end is 'soon': give a day"),
        (["--pairs", "AAB/USDT"], "No AAB/USDT in .*; did you mean 'AAA/USDT'"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], words: str, record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", str(record), *arguments]) == 2
    told = capsys.readouterr().err
    assert re.search(words, told), told


def test_a_file_that_is_none_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text, words in [
        ("a.txt", "", "none of .feather, .parquet, .csv"),
        ("a.csv", "close,score\n1,2\n", "has no column 'date'"),
        ("b.csv", "date,close,score\n2024-01-01,1,0\n2024-01-01,1,0\n", "b.csv"),
        ("missing.csv", None, "cannot be read"),
    ]:
        file = tmp_path / name
        if text is not None:
            file.write_text(text)
        assert main(["simulate", str(file)]) == 2
        assert words in capsys.readouterr().err
