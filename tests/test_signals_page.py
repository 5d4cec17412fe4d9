"""``docs/signals.md`` held against the program: its example runs, its commands are understood."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from freqtrade.commands import Arguments

from freqai_regimes.cli.main import build_parser, main
from freqai_regimes.settings import parse_settings
from freqai_regimes.signal_sets.engine import SIGNAL_OPTIONS
from tests.host.in_process_backtest import run
from tests.host.small_run import small_market

PAGE = (Path(__file__).parents[1] / "docs" / "signals.md").read_text()


def example() -> dict[str, Any]:
    [block] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    loaded: dict[str, Any] = json.loads(block)
    return loaded


def commands() -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_its_commands_are_understood() -> None:
    ours = [words[1:] for words in commands() if words[0] == "freqai-regimes"]
    assert {words[0] for words in ours} == {"certify", "backtest", "hyperopt-report", "simulate"}
    for words in ours:
        assert callable(build_parser().parse_args(words).run)
    [theirs] = [words[1:] for words in commands() if words[0] == "freqtrade"]
    assert Arguments(theirs).get_parsed_arg()["hyperopt_loss"] == "DeflatedSharpeLoss"
    named = [word for word in theirs if word.startswith("config/") or word in ("hyperopts",)]
    assert len(named) == 6
    assert all((Path(__file__).parents[1] / name).exists() for name in named)


def test_it_tells_every_step() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(SIGNAL_OPTIONS)


def test_the_example_trades_and_its_record_is_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = example()
    assert parse_settings(given).entry == "signal"
    done = run(
        tmp_path / "run", small_market(tmp_path / "data"), given, timerange="20240103-20240105"
    )
    own = done.trades[done.trades["exit_reason"] != "force_exit"]
    assert len(own) > 3 and own["exit_reason"].str.startswith("signal ").all()
    word = r"(bull|sideways|bear) (expert|pooled) score \+\d\.\d edge (-|\+\+?)$"
    assert done.trades["enter_tag"].str.match(word).all(), set(done.trades["enter_tag"])
    words = ["simulate", str(tmp_path / "run" / "record"), "--end", "2024-01-04"]
    assert main([*words, "--userdir", str(tmp_path / "user_data")]) == 0
    told = capsys.readouterr().out
    assert "trade_score of BTC/USDT, ETH/USDT" in told and "SELECTION BIAS" in told
