"""Cross-validation of a grid: against a plain loop over frames, and where the answer is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.errors import RegimesError
from freqai_regimes.evidence import backtest_overfitting as module
from freqai_regimes.evidence.backtest_overfitting import backtest_overfitting


def grid(days: int, configurations: int, seed: int = 1) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).standard_normal((days, configurations)) * 0.01)


def plainly(
    returns: pd.DataFrame, blocks: int
) -> tuple[list[float], list[float], list[float], list[float]]:
    """The paper's steps as they stand there: logits, ratios inside and outside, everybody's."""
    parts = [pd.DataFrame(part) for part in np.split(returns.to_numpy(), blocks)]
    logits, inside, outside, everyone = [], [], [], []
    for chosen in itertools.combinations(range(blocks), blocks // 2):
        sample = pd.concat([parts[i] for i in chosen])
        rest = pd.concat([parts[i] for i in range(blocks) if i not in chosen])
        best = (sample.mean() / sample.std()).idxmax()
        ratios = (rest.mean() / rest.std()) * math.sqrt(365)
        relative = ratios.rank()[best] / (len(ratios) + 1)
        logits.append(math.log(relative / (1 - relative)))
        inside.append((sample.mean() / sample.std())[best] * math.sqrt(365))
        outside.append(ratios[best])
        everyone += ratios.tolist()
    return logits, inside, outside, everyone


def test_every_split_is_that_of_a_plain_loop() -> None:
    returns = grid(96, 7) + np.linspace(0, 0.002, 7)
    found = backtest_overfitting(returns, blocks=6)
    logits, inside, outside, everyone = plainly(returns, 6)
    assert found.splits == math.comb(6, 3)
    assert found.logits == pytest.approx(logits)
    assert found.probability == np.mean(np.array(logits) <= 0)
    assert found.loss == np.mean(np.array(outside) < 0)
    assert (found.slope, found.intercept) == pytest.approx(tuple(np.polyfit(inside, outside, 1)))
    assert found.determination == pytest.approx(np.corrcoef(inside, outside)[0, 1] ** 2)
    assert found.chosen == pytest.approx(np.quantile(outside, found.levels))
    assert found.all_others == pytest.approx(np.quantile(everyone, found.levels))


def test_choosing_among_equals_is_a_coin_and_a_real_one_is_found() -> None:
    chance = np.mean([backtest_overfitting(grid(160, 20, s), 8).probability for s in range(20)])
    assert chance == pytest.approx(0.5, abs=0.1)
    better = grid(800, 20)
    better[3] += 0.004
    found = backtest_overfitting(better)
    assert found.probability == 0
    assert found.splits == 12870
    assert found.dominates_first and found.dominates_second
    assert found.loss == 0


def test_a_large_grid_is_thinned_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    returns = grid(160, 150)
    thinned = backtest_overfitting(returns, 8)
    monkeypatch.setattr(module, "_RATIOS_KEPT", 1000)
    whole = backtest_overfitting(returns, 8)
    assert thinned.all_others == pytest.approx(whole.all_others, abs=0.25)
    assert thinned.probability == whole.probability


def test_choosing_what_only_seemed_good_is_overfitting() -> None:
    # each configuration earns in one stretch what it loses in the next: the best before is the
    # worst after, as the paper's compensation effect says
    days = np.zeros((160, 8))
    for name in range(8):
        days[:, name] = np.random.default_rng(name).standard_normal(160) * 0.001
        days[name * 20 : name * 20 + 20, name] += 0.01
    days -= days.mean(axis=0)
    found = backtest_overfitting(pd.DataFrame(days), blocks=8)
    assert found.probability > 0.9
    assert found.slope < 0
    assert not found.dominates_second


def test_days_that_fill_no_stretch_are_left_out_at_the_start() -> None:
    returns = grid(50, 4)
    found = backtest_overfitting(returns, blocks=4)
    assert found.logits == pytest.approx(plainly(returns.iloc[2:], 4)[0])


def test_short_grids_use_fewer_stretches_or_say_that_they_cannot() -> None:
    assert backtest_overfitting(grid(30, 3)).blocks == 6
    assert math.isnan(backtest_overfitting(grid(7, 3)).probability)
    assert "1 configuration(s) of 50 days" in backtest_overfitting(grid(50, 1)).reason


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(RegimesError, match="blocks is 5; an even number from 2 to 20"):
        backtest_overfitting(grid(50, 2), 5)
    with pytest.raises(RegimesError, match="A return of the grid is missing"):
        backtest_overfitting(grid(50, 2).replace(grid(50, 2).iloc[3, 1], np.nan))
