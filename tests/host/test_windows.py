"""Windows of a backtest: in parallel, broken off, pooled over pairs that begin at other times."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.candles import read_candles, write_candles
from freqai_regimes.experts import RegimeExperts
from freqai_regimes.freqtrade_bridge.fitted_window import FittedWindow
from freqai_regimes.freqtrade_bridge.model import RegimeModelBase
from freqai_regimes.freqtrade_bridge.served_model import ServedModel
from tests.host.in_process_backtest import Backtested, run
from tests.host.small_run import small_market
from tests.host.test_repeatable import cached, same, same_run

RANGE = "20240103-20240105"
BTC, ETH = "BTC/USDT", "ETH/USDT"
POOLED: dict[str, Any] = {"pool": "all", "span": "expanding", "workers": 1}


def backtest(
    folder: Path, market: Path, windows: dict[str, Any], *changes: dict[str, Any], **options: Any
) -> Backtested:
    own = {"freqai": {"backtest_period_days": 0.5}, "regimes": {"windows": windows}}
    return run(folder, market, own, *changes, timerange=RANGE, **options)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_market(tmp_path_factory.mktemp("market") / "market", seed=3)


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory: pytest.TempPathFactory, market: Path) -> Backtested:
    """Pooled expanding windows, one after the other; its user directory stays."""
    return backtest(tmp_path_factory.mktemp("one") / "run", market, POOLED)


def windows_of(backtested: Backtested, pair: str) -> list[dict[str, Any]]:
    return [note for note in backtested.record.run["windows"] if note["pair"] == pair]


def test_windows_fitted_side_by_side_give_the_same_bits(
    one_by_one: Backtested, market: Path, tmp_path: Path
) -> None:
    assert same_run(one_by_one, backtest(tmp_path / "run", market, POOLED | {"workers": 4}))


def test_one_model_serves_all_pairs_and_its_windows_grow(one_by_one: Backtested) -> None:
    btc, eth = windows_of(one_by_one, BTC), windows_of(one_by_one, ETH)
    assert [note | {"pair": BTC} for note in eth] == btc
    assert [set(note["pool"]["rows"]) for note in btc] == [{BTC, ETH}] * 4
    rows = [note["train_rows"] for note in btc]
    assert rows == sorted(set(rows))
    assert {note["trained_from"] for note in btc} == {btc[0]["trained_from"]}
    versions = [frame["model_version"].tolist() for frame in one_by_one.record.pairs.values()]
    assert versions[0] == versions[1]


def test_no_model_knows_what_came_after_its_window(
    one_by_one: Backtested, market: Path, tmp_path: Path
) -> None:
    """ETH takes another way from noon of the third day on: BTC's model of midnight may see that."""
    noon, other_market = pd.Timestamp("2024-01-03 12:00", tz="UTC"), tmp_path / "market"
    small_market(other_market, seed=3)
    for timeframe in ("5m", "15m"):
        candles = read_candles(other_market, ETH, timeframe)
        prices = ["open", "high", "low", "close"]
        hours = (candles["date"] - noon).dt.total_seconds().clip(lower=0) / 3600
        candles[prices] = candles[prices].mul(1.01**hours, axis=0)
        write_candles(candles, other_market, ETH, timeframe)
    elsewhere = backtest(tmp_path / "run", other_market, POOLED)
    assert windows_of(elsewhere, BTC)[:2] == windows_of(one_by_one, BTC)[:2]  # until noon
    other, mine = elsewhere.record.pairs[BTC], one_by_one.record.pairs[BTC]
    before = mine["date"] < pd.Timestamp("2024-01-04", tz="UTC")
    assert same(other[before], mine[before])
    # The rows that changed train, rather than validate, a window later.
    after = mine["date"] >= pd.Timestamp("2024-01-04 12:00", tz="UTC")
    assert (other["prediction"] != mine["prediction"])[after].mean() > 0.5


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(
    one_by_one: Backtested, market: Path, tmp_path: Path
) -> None:
    userdir = tmp_path / "user_data"
    backtest(tmp_path / "whole", market, POOLED, userdir=userdir)
    written = cached(userdir)
    first, *others = sorted({path.name.split("_")[2] for path in written})
    for path in written:
        if path.name.split("_")[2] in others[1:] or path.name.startswith(f"cb_eth_{others[0]}"):
            path.unlink()
    again = backtest(tmp_path / "again", market, POOLED, userdir=userdir)
    assert same_run(again, one_by_one)
    kept = [path for path in written if path.name.split("_")[2] == first]
    assert {path: cached(userdir)[path] for path in kept} == {path: written[path] for path in kept}


def test_a_pair_that_is_listed_later_joins_the_pool_and_is_predicted_before(
    tmp_path: Path,
) -> None:
    late = small_market(tmp_path / "market", seed=3)
    for timeframe in ("5m", "15m"):
        candles = read_candles(late, ETH, timeframe)
        listed = candles["date"] >= pd.Timestamp("2024-01-02 12:00", tz="UTC")
        write_candles(candles[listed].reset_index(drop=True), late, ETH, timeframe)
    found = backtest(tmp_path / "run", late, {"pool": "all"})
    notes = windows_of(found, BTC)
    assert notes[0]["pool"]["rows"][ETH] < notes[0]["pool"]["rows"][BTC]
    assert notes[-1]["pool"]["rows"][ETH] == notes[-1]["pool"]["rows"][BTC]
    assert found.record.pairs[ETH]["prediction"].notna().all()


def every_second(
    self: RegimeModelBase, fitted: FittedWindow, champion: Callable[[], RegimeExperts | None]
) -> ServedModel:
    """A gate that turns every second candidate down."""
    kept = champion() if (fitted.stop // 43200) % 2 else None
    served = self.life.admit(fitted, lambda: None)
    return dataclasses.replace(served, bundle=kept or fitted.bundle, trusted=True)


def test_what_a_gate_kept_serves_on_also_after_a_break(
    market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RegimeModelBase, "hand_over", every_second)
    userdir = tmp_path / "user_data"
    whole = backtest(tmp_path / "whole", market, POOLED, userdir=userdir)
    versions = whole.record.pairs[BTC].groupby("model_version").size().tolist()
    assert versions == [288, 288]  # two models, two windows of 144 candles each
    for path in cached(userdir):
        if path.name.split("_")[2] == str(windows_of(whole, BTC)[1]["window"]):
            path.unlink()
    again = backtest(tmp_path / "again", market, POOLED, userdir=userdir)
    assert same_run(again, whole)
