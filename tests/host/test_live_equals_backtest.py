"""Live predicts what a backtest predicts over the same candles, bit for bit, gate included."""

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
#: A gate that one day's validation rows can pass; it refuses some of the windows.
GATED = {
    "experts": {"validation_fraction": 0.3},
    "life": {
        "gate": {
            "enabled": True,
            "level": 0.05,
            "minimum_effective_rows": 10,
            "minimum_fresh_rows": 2,
        }
    },
}
GATED_CANDLES = 26
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


def test_live_equals_backtest_with_the_gate(tmp_path: Path) -> None:
    bot = Bot(tmp_path)
    changes: tuple[dict[str, Any], ...] = (HALF_HOURS, {"regimes": GATED})
    live = bot.run(bot.settings([BTC], *changes), NOON, GATED_CANDLES)
    assert TROUBLE.findall(live.log) == []
    begins = NOON.replace(second=0)
    timerange = f"{begins:%Y%m%dT%H%M}-{begins + (GATED_CANDLES + 1) * STEP:%Y%m%dT%H%M}"
    only = {"exchange": {"pair_whitelist": [BTC]}}
    backtested = run(tmp_path / "backtest", bot.market, *changes, only, timerange=timerange)
    told = json.loads((tmp_path / "answer.json").read_text())["predictions"][BTC]
    here = pd.DataFrame(told[1 - GATED_CANDLES :])  # not the first one predicted, as above
    here.index = pd.DatetimeIndex(pd.to_datetime(here["date_pred"]))
    there = backtested.record.pairs[BTC].set_index("date").loc[here.index]
    for name in ("do_predict", "model_version"):
        assert here[name].tolist() == there[name].tolist(), name
    trusted = here["do_predict"] == 1
    assert here["&-forward_return"][trusted].tolist() == there["prediction"][trusted].tolist()
    windows = backtested.record.run["windows"]
    let_in = [window["promoted"] for window in windows]
    assert not let_in[0] and 2 <= sum(let_in) < len(windows) - 1  # the gate had something to say
    assert 0 < trusted.sum() < len(here)
    assert here["model_version"].nunique() == 1 + sum(let_in)
