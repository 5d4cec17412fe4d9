"""Guards in freqtrade's own backtest, against equity that is reckoned here from the orders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.host.in_process_backtest import Backtested, run
from tests.host.small_run import small_market

BALANCE, FEE, STOP, LIMIT = 10_000.0, 0.001, 0.03, 0.02
RANGE, SEEDS = "20240103-20240105", (1, 2)
#: Always in the market, rebalanced at every step out of a narrow band.
RESTLESS: dict[str, Any] = {
    "fee": FEE,
    "stoploss": -STOP,
    "dry_run_wallet": BALANCE,
    "tradable_balance_ratio": 0.99,
    "regimes": {
        "entry": "regime",
        "exposure": {
            "bull": 1.0,
            "sideways": 1.0,
            "bear": 1.0,
            "target_volatility": 1.5,
            "rebalance_band": 0.02,
        },
    },
}
GUARDED: dict[str, Any] = {"regimes": {"guards": {"daily_loss": LIMIT}}}
CLOSING: dict[str, Any] = {"regimes": {"guards": {"close_positions": True}}}


@pytest.fixture(scope="module")
def markets(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Wild markets without any signal."""
    folder = tmp_path_factory.mktemp("markets")
    wild: dict[str, Any] = {"annual_volatility": 2.5, "signal_strength": 0.0}
    return {seed: small_market(folder / str(seed), seed=seed, **wild) for seed in SEEDS}


def backtest(folder: Path, market: Path, *changes: dict[str, Any]) -> Backtested:
    return run(folder, market, RESTLESS, *changes, timerange=RANGE, model=False)


@pytest.fixture(scope="module")
def runs(
    markets: dict[int, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, int], Backtested]:
    """Each market without guard, with it, and with it closing what is open."""
    arms = {"free": [], "blocks": [GUARDED], "closes": [GUARDED, CLOSING]}
    folder = tmp_path_factory.mktemp("runs")
    return {
        (arm, seed): backtest(folder / f"{arm} {seed}", market, *changes)
        for arm, changes in arms.items()
        for seed, market in markets.items()
    }


def orders(done: Backtested) -> pd.DataFrame:
    """Every filled order: when (its candle opens), pair, signed amount, value."""
    rows = [
        {
            "at": pd.Timestamp(order["order_filled_timestamp"], unit="ms", tz="UTC"),
            "pair": trade["pair"],
            "entry": order["ft_is_entry"],
            "amount": order["amount"] * (1 if order["ft_is_entry"] else -1),
            "value": order["amount"] * order["safe_price"],
        }
        for trade in done.trades.to_dict("records")
        for order in trade["orders"]
    ]
    return pd.DataFrame(rows).sort_values("at", kind="stable")


def equity(done: Backtested) -> pd.Series:
    """Equity at each candle boundary, as if all were sold there at the close, fees paid."""
    made = orders(done)
    close = pd.DataFrame({p: f.set_index("date")["close"] for p, f in done.record.pairs.items()})
    close.index = close.index + pd.Timedelta(minutes=5)  # known when the candle has closed
    total = pd.Series(BALANCE * 0.99, index=close.index)
    for pair, own in made.groupby("pair"):
        cash = np.where(own["entry"], -own["value"] * (1 + FEE), own["value"] * (1 - FEE))
        steps = pd.DataFrame({"cash": cash, "amount": own["amount"].to_numpy()}, index=own["at"])
        held = steps.groupby(level=0).sum().cumsum()
        # What a candle fills is known at its close.
        held.index = held.index + pd.Timedelta(minutes=5)
        held = held.reindex(close.index, method="ffill").fillna(0.0)
        total += held["cash"] + held["amount"] * close[pair] * (1 - FEE)
    return total


def trips(path: pd.Series) -> dict[pd.Timestamp, pd.Timestamp]:
    """The boundary at which each day's loss reached the limit, by day."""
    found = {}
    for day, part in path.groupby(path.index.normalize()):
        begin = path.asof(day) if day in path.index else part.iloc[0]
        lost = part[(begin - part) / begin >= LIMIT]
        if len(lost):
            found[day] = lost.index[0]
    return found


def test_no_entry_and_no_increase_while_the_day_is_lost(
    runs: dict[tuple[str, int], Backtested],
) -> None:
    tripped_days = blocked = 0
    for (arm, seed), done in runs.items():
        if arm == "free":
            continue
        for day, moment in trips(equity(done)).items():
            tripped_days += 1
            assert not entries_of_the_day(done, day, moment), (arm, seed, moment)
            blocked += entries_of_the_day(runs["free", seed], day, moment)
    assert tripped_days >= 4
    assert blocked >= 10  # without the guard there would have been entries


def entries_of_the_day(done: Backtested, day: pd.Timestamp, moment: pd.Timestamp) -> int:
    made = orders(done)
    rest = made[(made["at"] >= moment) & (made["at"] < day + pd.Timedelta(days=1))]
    return int(rest["entry"].sum())


def test_the_loss_goes_past_the_limit_by_no_more_than_stops_gaps_and_costs(
    runs: dict[tuple[str, int], Backtested],
) -> None:
    for (arm, seed), done in runs.items():
        path = equity(done)
        for day, moment in trips(path).items() if arm != "free" else ():
            begin = path.asof(day) if day in path.index else path[path.index >= day].iloc[0]
            rest = path[(path.index >= moment) & (path.index <= day + pd.Timedelta(days=1))]
            past = begin - rest.min() - LIMIT * begin
            at_risk = open_values(done, moment - pd.Timedelta(minutes=5))
            assert past <= sum(at_risk) * (STOP + 2 * FEE), (arm, seed, moment)
            if arm == "closes":
                reasons = done.trades.loc[done.trades["close_date"] == moment, "exit_reason"]
                assert set(reasons) <= {"guard_daily_loss"}
                assert not open_values(done, moment + pd.Timedelta(seconds=1))


def open_values(done: Backtested, moment: pd.Timestamp) -> list[float]:
    """What was paid for each trade that held something in the candle of a moment."""
    trades = done.trades
    held = trades[(trades["open_date"] <= moment) & (trades["close_date"] >= moment)]
    return [float(value) for value in held["max_stake_amount"]]


def test_a_run_ends_after_its_trades(markets: dict[int, Path], tmp_path: Path) -> None:
    close_stop: dict[str, Any] = {"stoploss": -0.01, "regimes": {"cooldown_minutes": 60}}
    limit: dict[str, Any] = {"regimes": {"guards": {"maximum_trades": 3}}}
    trades = backtest(tmp_path / "rest", markets[1], close_stop).trades
    assert len(trades) > 5
    # A pair whose trade was closed rests; no protection of freqtrade is configured.
    for _, own in trades.groupby("pair"):
        own = own.sort_values("open_date")
        pause = own["open_date"].iloc[1:].to_numpy() - own["close_date"].iloc[:-1].to_numpy()
        assert (pause >= np.timedelta64(60, "m")).all()
    limited = backtest(tmp_path / "limit", markets[1], close_stop, limit).trades
    assert len(limited) == 3
    assert limited["open_date"].tolist() == trades["open_date"].tolist()[:3]
