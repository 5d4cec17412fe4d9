"""A short soak in every run of the tests; the long one is ``python -m tests.host.soak.soak``."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd

from freqai_regimes.candles import FUTURES
from freqai_regimes.local_exchange.trading.signature import Key
from tests.host.soak.soak import SoakPlan, run_soak

SHORT = SoakPlan(hours=1.0, loop_seconds=150)


def test_among_faults_and_kills_nothing_is_lost_doubled_or_left(tmp_path: Path) -> None:
    verdict = run_soak(replace(SHORT, faults=0.15, kills=2), tmp_path)
    assert verdict.faults > 50 and verdict.trades > 1
    assert any("not answered" in what for _, what in verdict.kills)
    assert verdict.is_clean(), verdict
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.parent.name == "regimes_orders" for path in written)
    for secret in (Key().key, Key().secret):  # only what the test itself has written holds them
        leaks = [path.name for path in written if secret.encode() in path.read_bytes()]
        assert leaks == ["config.json"]


def test_faults_that_only_hide_an_answer_change_nothing(tmp_path: Path) -> None:
    plan = replace(SHORT, kind=FUTURES)
    plans = {"calm": plan, "hidden": replace(plan, faults=0.3, hidden_only=True)}
    calm, hidden = (run_soak(plan, tmp_path / name) for name, plan in plans.items())
    assert hidden.faults > 0 and calm.trades > 1
    assert hidden.is_clean() and calm.is_clean()
    assert (hidden.equity, hidden.trades) == (calm.equity, calm.trades)
    assert float(calm.paid["funding"]) and hidden.paid == calm.paid
    fills = [_fills(tmp_path / name / "events.jsonl") for name in plans]
    assert fills[0] == fills[1]


def test_without_the_remedy_orders_are_lost(tmp_path: Path) -> None:
    verdict = run_soak(replace(SHORT, faults=0.3, hidden_only=True, safe=False), tmp_path)
    assert verdict.lost and not verdict.uneven
    with closing(sqlite3.connect(tmp_path / "trades.sqlite")) as connection:
        assert connection.execute("select count(*) from orders").fetchone()[0] < verdict.orders


def _fills(events: Path) -> list[tuple[pd.Timestamp, str, str, str]]:
    lines = [json.loads(line) for line in events.read_text().splitlines()]
    return [
        (pd.Timestamp(e["time"]), e["symbol"], e["at"], e["filled"])
        for e in lines
        if e["event"] == "fill"
    ]
