"""Entry ``signal`` in freqtrade's own backtest: the rule buys and sells, tags say why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.host.in_process_backtest import Backtested, run
from tests.host.small_run import small_market

TIMERANGE = "20240103-20240105"
SIGNAL: dict[str, Any] = {
    "regimes": {
        "entry": "signal",
        "signal_sets": [
            {"generator": "smooth", "columns": "channel_12", "name": "mean", "window_candles": 3},
            {"generator": "rank", "column": "mean", "name": "trade_score", "window_candles": 48},
            {"generator": "threshold_rule", "columns": "trade_score", "buy_threshold": 0.6},
        ],
    }
}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Backtested:
    folder = tmp_path_factory.mktemp("signal")
    return run(
        folder / "run", small_market(folder / "data"), SIGNAL, timerange=TIMERANGE, model=False
    )


def scores(done: Backtested, pair: str) -> pd.DataFrame:
    """The recorded candles by the time at which they had closed and a trade could follow."""
    frame = done.record.pairs[pair]
    return frame.set_index(frame["date"] + pd.Timedelta("5min"))


def test_every_trade_follows_the_rule_and_no_signal_is_missed(done: Backtested) -> None:
    assert len(done.trades) > 10
    for pair, trades in done.trades.groupby("pair"):
        frame = scores(done, str(pair))
        free = frame.index[0]
        for trade in trades.sort_values("open_date").itertuples():
            bought = frame.index[(frame.index >= free) & (frame["trade_score"] >= 0.6)]
            assert trade.open_date == bought[0]
            sold = frame.index[(frame.index > trade.open_date) & (frame["trade_score"] <= -0.1)]
            if trade.exit_reason.startswith("signal"):
                assert trade.close_date == sold[0]
                free = trade.close_date + pd.Timedelta("5min")
            else:
                assert trade.exit_reason == "force_exit" and sold.empty  # the range ended


def test_tags_say_regime_and_score(done: Backtested) -> None:
    score = r"score [+-]\d\.\d$"
    assert done.trades["enter_tag"].str.match(rf"(bull|sideways|bear|unknown) {score}").all()
    left = done.trades["exit_reason"].drop_duplicates()
    assert left.str.match(rf"signal (bull|sideways|bear|unknown) {score}|force_exit$").all()
    assert done.trades["enter_tag"].nunique() <= 3 * 3  # a regime, and 0.6, 0.8 or 1.0


def test_the_record_holds_what_the_steps_made(done: Backtested) -> None:
    for frame in done.record.pairs.values():
        assert frame["mean"].between(-1, 1).all() and frame["trade_score"].between(-1, 1).all()
        assert (frame["buy_signal"] == (frame["trade_score"] >= 0.6)).all()
        assert frame.loc[frame["buy_signal"] == 1, "weight"].eq(1).all()


def test_a_column_that_nothing_makes_stops_with_one_line(tmp_path: Path) -> None:
    wrong = {"regimes": {"signal_sets": [{"generator": "rank", "column": "chanel_12"} | RANK]}}
    with pytest.raises(Exception, match=r"rank asks for chanel_12, which .* channel_12,"):
        run(
            tmp_path / "run",
            small_market(tmp_path / "data", days=3),
            wrong,
            timerange="20240102-20240103",
            model=False,
        )


RANK = {"name": "trade_score", "window_candles": 48}


TWO_LABELS: dict[str, Any] = {
    "regimes": {
        "entry": "signal",
        "label_sets": [
            {"label": "first_touch", "thresholds": [0.004], "horizon_candles": 12, "names": ["up"]},
            {
                "label": "first_touch",
                "side": "low",
                "thresholds": [0.004],
                "horizon_candles": 12,
                "names": ["down"],
            },
        ],
        "train_label": "up",
        "train_labels": ["down"],
        "signal_sets": [
            {"generator": "smooth", "columns": "prediction", "name": "rise", "window_candles": 3},
            {
                "generator": "smooth",
                "columns": "model_down_lightgbm",
                "name": "fall",
                "window_candles": 3,
            },
            {"generator": "combine", "columns": ["rise", "fall"], "name": "trade_score"},
            {"generator": "threshold_rule", "columns": "trade_score", "buy_threshold": 0.2},
        ],
    }
}


def test_two_labels_make_one_score_that_trades(tmp_path: Path) -> None:
    done = run(tmp_path / "run", small_market(tmp_path / "data"), TWO_LABELS, timerange=TIMERANGE)
    assert len(done.trades) > 3
    for pair, trades in done.trades.groupby("pair"):
        frame = scores(done, str(pair))
        both = (frame["rise"] - frame["fall"]).clip(-1, 1)
        pd.testing.assert_series_equal(frame["trade_score"], both, check_names=False)
        assert frame[["rise", "fall"]].notna().all(axis=None)
        assert (frame.loc[trades["open_date"], "trade_score"] >= 0.2).all()
