"""The benchmark of the labels runs, and its loops give the same answers as the labels."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "label_speed.py"))


def test_a_line_for_every_label() -> None:
    lines = BENCHMARK["table"](1_000, 350, BENCHMARK["RACES"])
    folder = Path(__file__).parents[2] / "freqai_regimes" / "labels"
    labels = {file.stem for file in folder.glob("*.py") if "\ndef compute(" in file.read_text()}
    assert {line.split()[0].rstrip(",") for line in lines[2:]} == {*labels, "average_uniqueness"}
    assert all(float(line.split()[-3]) > 0 for line in lines[2:])


def test_ways_that_disagree_are_not_compared() -> None:
    race = BENCHMARK["Race"]("wrong", lambda c: c["close"], lambda c: c["close"].shift(1))
    with pytest.raises(AssertionError, match="Not equal"):
        BENCHMARK["table"](50, 50, [race])
