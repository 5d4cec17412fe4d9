"""The command data-quality: its table, its JSON, and when it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from freqai_regimes.candles import candle_path, write_candles
from freqai_regimes.cli.main import main
from tests.random_candles import random_candles

PAIR = "BTC/USDT"


@pytest.fixture
def datadir(tmp_path: Path) -> Path:
    write_candles(random_candles(500, 1).drop(index=[100, 101]), tmp_path, PAIR, "1h")
    write_candles(random_candles(500, 2), tmp_path, "ETH/USDT", "1h")
    return tmp_path


def test_gaps_are_shown_and_do_not_fail(
    datadir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "quality.json"
    assert main(["data-quality", "--datadir", str(datadir), "--json", str(file)]) == 0
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines()) <= 100
    for words in ("BTC/USDT", "ETH/USDT", "2 in 1", "longest 2", "2024-01-05", "No damage in 2"):
        assert words in out
    assert "longer than 15 times the median range" in out
    [btc, eth] = json.loads(file.read_text())["series"]
    assert btc["gaps"] == {
        "count": 1,
        "missing_candles": 2,
        "longest_candles": 2,
        "first": "2024-01-05 04:00",
    }
    assert eth["gaps"]["count"] == 0
    assert eth["damage"] == []


def test_pairs_can_be_chosen(datadir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data-quality", "--datadir", str(datadir), "--pairs", "ETH/USDT"]) == 0
    assert "BTC" not in capsys.readouterr().out


def test_damage_fails_and_says_where(datadir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = candle_path(datadir, PAIR, "1h")
    frame = random_candles(500, 1)
    frame.loc[[*range(300), 299, *range(300, 500)]].reset_index(drop=True).to_feather(path)
    assert main(["data-quality", "--datadir", str(datadir)]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "1 repeated" in out
    assert "repeat: 1 time(s), first at row 300" in out
    assert "DAMAGED: 1 of 2 file(s)." in out


def test_what_cannot_be_looked_at_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data-quality", "--datadir", str(tmp_path / "none")]) == 2
    assert "does not exist" in capsys.readouterr().err
    assert main(["data-quality", "--datadir", str(tmp_path), "--wick-multiple", "0"]) == 2
    assert "give one above 0" in capsys.readouterr().err
