"""The benchmark of the rules: its scores by hand, every rule in it, the controls at the end."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.regimes.options import RULE_OPTIONS
from freqai_regimes.regimes.probabilities import certain

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "regime_truth.py"))
BEFORE = [0.0] * BENCHMARK["FIRST_ROW"]


def scores(regime: list[float], spell: list[int]) -> dict[str, float]:
    answer = certain(pd.Series(BEFORE + regime))
    truth = pd.Series([0] * len(BEFORE) + spell)
    return dict(
        zip(BENCHMARK["COLUMNS"], BENCHMARK["scored"](answer, truth, 2.0).values, strict=True)
    )


def test_scores_by_hand() -> None:
    # two whole spells, of bull and of bear; the first and the last are cut by the ends
    spell = [0] * 2 + [1] * 5 + [-1] * 4 + [0] * 3
    regime = [0.0] * 4 + [1.0] * 4 + [0.0] * 6
    got = scores(regime, spell)
    assert got["accuracy"] == pytest.approx(8 / 14)
    assert got["found"] == 0.5 and got["delay"] == 2.0  # bull two candles late, bear never
    assert got["changes"] == pytest.approx(1000 * 2 / 13)
    assert got["Brier"] == pytest.approx(2 * 6 / 14) and got["seconds"] == 2.0


def test_every_rule_is_in_it() -> None:
    listed = {one.rules[0].rule for one in BENCHMARK["variants"]().values() if len(one.rules) == 1}
    assert listed == set(RULE_OPTIONS)
    assert len(BENCHMARK["variants"]()["vote of all five"].rules) == len(RULE_OPTIONS)


def test_the_table_has_the_best_rule_first_and_the_controls_last() -> None:
    made = BENCHMARK["Scores"]
    one, other = made((0.5, 1.0, 9.0, 3.0, 0.4, 0.1)), made((0.7, 1.0, np.nan, 3.0, 0.4, 0.1))
    results = [{"truth": one, "control: x": other, "a": one, "b": other}] * 3
    lines = BENCHMARK["table"](results).splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["b", "a", "control: x"]
    assert (
        lines[3] == "| a | 0.500 ± 0.000 | 1.00 ± 0.00 | 9 ± 0 | 3.0 ± 0.0 | 0.400 ± 0.000 | 0.1 |"
    )
    assert "| - |" in lines[2]
    assert BENCHMARK["interval"]([1.0, 2.0, 3.0], 3) == "2.000 ± 2.484"  # 4.303 / sqrt(3)
