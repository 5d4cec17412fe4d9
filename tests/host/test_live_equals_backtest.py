"""A pool predicts live what it predicts in a backtest over the same candles, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.host.in_process_backtest import run
from tests.host.small_run import small_market
from tests.host.test_user_moves import NOON, STEP, TROUBLE, Bot

BTC, ETH = "BTC/USDT", "ETH/USDT"
#: Windows of half an hour; a live bot is due a little before.
HALF_HOURS = {"freqai": {"backtest_period_days": 0.0208334, "live_retrain_hours": 0.45}}
#: Candles from before what FreqAI would download by itself (a day and the start-up candles).
LONG_MARKET = {"start": "2023-12-29", "days": 7}
EXPANDING = {"pool": "all", "span": "expanding", "anchor": "2023-12-30"}


def live_predictions(folder: Path) -> dict[str, pd.DataFrame]:
    """What the bot kept of each trusted prediction, by date."""
    told = json.loads((folder / "answer.json").read_text())["predictions"]
    found = {}
    for pair, rows in told.items():
        frame = pd.DataFrame(rows)
        frame.index = pd.DatetimeIndex(pd.to_datetime(frame["date_pred"]))
        found[pair] = frame[frame["do_predict"] == 1]
    return found


@pytest.mark.parametrize(
    ("windows", "candles"),
    [({"pool": "all"}, (8,)), (EXPANDING, (7, 7))],
    ids=["rolling", "expanding, with a restart"],
)
def test_live_equals_backtest(
    tmp_path: Path, windows: dict[str, Any], candles: tuple[int, ...]
) -> None:
    bot = Bot(tmp_path)
    small_market(tmp_path / "long", **LONG_MARKET)
    bot.market = tmp_path / "long"
    changes: tuple[dict[str, Any], ...] = (HALF_HOURS, {"regimes": {"windows": windows}})
    start = NOON
    for count in candles:
        live = bot.run(bot.settings([BTC, ETH], *changes), start, count)
        assert TROUBLE.findall(live.log) == []
        start += (count + 1) * STEP
    predicted = live_predictions(tmp_path)
    ends = start.replace(second=0)
    timerange = f"{NOON.replace(second=0):%Y%m%dT%H%M}-{ends:%Y%m%dT%H%M}"
    backtested = run(tmp_path / "backtest", bot.market, *changes, timerange=timerange)
    begins = {window["trained_from"][:10] for window in backtested.record.run["windows"]}
    assert begins == {windows.get("anchor", "2024-01-02")}
    for pair in (BTC, ETH):
        there = backtested.record.pairs[pair].set_index("date")
        here = predicted[pair]
        assert len(here) == sum(candles) - 1  # not the first one predicted, which FreqAI marks
        same = there.loc[here.index]
        assert here["model_version"].nunique() >= 2
        assert here["model_version"].tolist() == same["model_version"].tolist()
        assert here["&-forward_return"].tolist() == same["prediction"].tolist()
        for name in ("pooled", "expert", "score", "probability"):
            assert here[f"model_{name}"].tolist() == same[name].tolist(), name
    stamps = [tuple(step.values()) for step in live.trainings if step]
    assert all(len(set(step)) == 1 for step in stamps)  # one training serves both pairs
