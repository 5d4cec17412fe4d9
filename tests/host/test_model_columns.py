"""What reaches the strategy of several labels and learners, and how sure each prediction is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.host.in_process_backtest import Backtested, run
from tests.host.small_run import label_sets, small_market

MAIN = label_sets(6)
ROSE = {"label": "rise_within", "name": "rose", "window_candles": 12, "rise": 0.004}
GRID: dict[str, Any] = {
    "regimes": {
        "label_sets": [*MAIN, ROSE],
        "train_labels": ["rose"],
        "learners": ["lightgbm", {"learner": "linear", "name": "ridge"}],
        "experts": {"stacking": True, "folds": 2},
    }
}


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Backtested:
    folder = tmp_path_factory.mktemp("grid")
    return run(folder / "run", small_market(folder / "market"), GRID, timerange="20240103-20240104")


def test_every_label_and_learner_is_fitted_in_every_window(grid: Backtested) -> None:
    windows = grid.record.run["windows"]
    assert len(windows) == 16
    for window in windows:
        models = window["models"]
        assert [(one["label"], one["learner"]) for one in models] == [
            ("forward_return", "lightgbm"),
            ("forward_return", "ridge"),
            ("rose", "lightgbm"),
            ("rose", "ridge"),
        ]
        assert [one["share"] > 0 for one in models[2:]] == [False, False]
        for one in models:
            assert set(one["experts"]) == {"bull", "sideways", "bear"}
            assert all(found["reason"] for found in one["experts"].values())


def test_each_trusted_prediction_says_how_sure_it_is(grid: Backtested) -> None:
    for frame in grid.record.pairs.values():
        trusted = frame[frame["prediction"].notna()]
        assert len(trusted) > 200
        assert (trusted["prediction_lower"] < trusted["prediction"]).all()
        assert (trusted["prediction_upper"] > trusted["prediction"]).all()
        assert trusted["probability"].between(0, 1).all() and trusted["probability"].nunique() > 5
        inside = trusted["outcome"].between(
            trusted["prediction_lower"], trusted["prediction_upper"]
        )
        assert 0.6 < np.mean(inside[trusted["outcome"].notna()]) < 0.95
