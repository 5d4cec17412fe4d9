"""One soak: an exchange with faults, the real bot beside it, killed now and then, then the books.

``python -m tests.host.soak.soak --hours 24 --faults 1000 --kills 20`` is the long one; it prints a
table without faults, with the remedy, and with the remedy off.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freqai_regimes.candles import FUTURES, SPOT, write_candles
from freqai_regimes.local_exchange import LocalExchange, TradingOptions, exchange_overlay
from freqai_regimes.local_exchange.faults.rule import FaultRule, read_rules
from freqai_regimes.local_exchange.trading.signature import Key
from tests.host.soak.books import Verdict, judge

ROOT = Path(__file__).parents[3]
FIRST = pd.Timestamp("2025-03-01", tz="UTC")
WARM_UP = pd.Timedelta("3h")
SETTLING_HOURS = 0.5
METHODS = ("POST", "DELETE")  # what changes something
COINS = {"BTC": 60_000.0, "ETH": 2_500.0}


@dataclass(frozen=True)
class SoakPlan:
    """How long, with what faults, how often killed; ``faults`` is a rate of requests.

    ``hidden_only`` leaves lost answers of orders and cancels that were carried out.
    """

    kind: str = SPOT
    hours: float = 2.0
    faults: float = 0.0
    kills: int = 0
    safe: bool = True
    seed: int = 1
    loop_seconds: int = 100
    hidden_only: bool = False


def fault_rules(rate: float) -> list[FaultRule]:
    """Every kind of fault on every kind of request; orders meet the worst of them most often."""
    orders = r"/(api/v3|fapi/v1)/(order|algoOrder)"
    lost: list[dict[str, Any]] = []
    for executed in (True, False):
        for kind in ("reset", "html"):
            lost.append({"kind": kind, "executed": executed})
        for code in (-1000, -1006, -1007):
            lost.append({"kind": "unavailable", "code": code, "executed": executed})
    limits = [{"kind": "rate_limit", "seconds": 1}, {"kind": "banned", "seconds": 1}]
    on_orders = [{**rule, "path": orders, "probability": 2 * rate} for rule in [*lost, *limits]]
    anywhere = [
        {**rule, "probability": rate / 10}
        for rule in [*lost, *limits, {"kind": "maintenance"}]
        if not rule.get("executed")
    ]
    data = [
        {"kind": kind, "probability": rate}
        for kind in ("stale_candles", "missing_candle", "empty_candles", "revised_candle")
    ]
    late = {"kind": "latency", "seconds": 0.05, "probability": rate / 10}
    return read_rules([*on_orders, *anywhere, *data, late])


def walk(hours: float, price: float, seed: int) -> pd.DataFrame:
    """Five-minute candles that trend for some hours, turn, and move enough to meet stops."""
    rows = int((hours + SETTLING_HOURS + 1) * 12 + WARM_UP / pd.Timedelta("5min")) + 24
    rng = np.random.default_rng(seed)
    trend = 0.0016 * np.sin(np.arange(rows) / 5 + seed)
    close = price * np.exp(np.cumsum(trend + rng.normal(0, 0.0015, rows)))
    opening = np.concatenate([[price], close[:-1]])
    wick = np.abs(rng.normal(0, 0.0008, (2, rows)))
    return pd.DataFrame(
        {
            "date": FIRST.as_unit("ms") + np.arange(rows) * pd.Timedelta("5min"),
            "open": opening,
            "high": np.maximum(opening, close) * (1 + wick[0]),
            "low": np.minimum(opening, close) * (1 - wick[1]),
            "close": close,
            "volume": rng.uniform(500, 900, rows),
        }
    )


def run_soak(plan: SoakPlan, folder: Path) -> Verdict:
    """Run the bot through the plan and judge the books."""
    datadir = folder / "data"
    datadir.mkdir(parents=True)
    for number, (coin, price) in enumerate(COINS.items()):
        pair = f"{coin}/USDT" + (":USDT" if plan.kind == FUTURES else "")
        write_candles(walk(plan.hours, price, plan.seed + number), datadir, pair, "5m", plan.kind)
    start = FIRST + WARM_UP
    events = folder / "events.jsonl"
    with LocalExchange(
        datadir, clock="set", start=start.isoformat(), trading=TradingOptions(events=events)
    ) as server:
        config = _config(plan, server.url, folder)
        end = start + pd.Timedelta(hours=plan.hours)
        server.faults.seed = plan.seed
        rules = fault_rules(plan.faults) if plan.faults else []
        if plan.hidden_only:
            hidden = [rule.model_dump() for rule in rules if rule.executed]
            rules = read_rules([{**rule, "method": m} for rule in hidden for m in METHODS])
        server.faults.replace(rules)
        _trade(plan, server, folder, config, end, plan.kills)
        server.faults.replace([])
        _trade(plan, server, folder, config, end + pd.Timedelta(hours=SETTLING_HOURS), 0)
        return judge(server, folder / "trades.sqlite", plan.kind)


def _trade(
    plan: SoakPlan,
    server: LocalExchange,
    folder: Path,
    config: Path,
    end: pd.Timestamp,
    kills: int,
) -> None:
    """Run the bot until the clock stands at the end; kill it at random instants."""
    rng = random.Random(plan.seed)
    begin = server.clock.now_ms()
    span = end.timestamp() * 1000 - begin
    moments = sorted(begin + span * rng.random() for _ in range(kills))
    plan_file = folder / "plan.json"
    arguments = ["trade", "--config", str(config), "--userdir", str(folder), "--strategy",
                 "RegimeStrategy", "--strategy-path", str(ROOT / "strategies")]  # fmt: skip
    plan_file.write_text(
        json.dumps(
            {"url": server.url, "end": end.isoformat(), "loop_seconds": plan.loop_seconds}
            | {"arguments": arguments}
        )
    )
    starts = 0
    while server.clock.now_ms() < end.timestamp() * 1000:
        starts += 1
        if starts > kills + 5:
            raise RuntimeError(
                f"The bot does not stay up: {(folder / 'bot.log').read_text()[-3000:]}"
            )
        with (folder / "bot.log").open("a") as log:
            bot = subprocess.Popen(
                [sys.executable, "-m", "tests.host.soak.stepped_live", str(plan_file)],
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, "NO_PROXY": "*", "PYTHONPATH": str(ROOT)},
            )
        while bot.poll() is None:
            if moments and server.clock.now_ms() >= moments[0]:
                moments.pop(0)
                time.sleep(rng.random() * 0.1)  # any instant of the loop, orders under way too
                bot.kill()
            time.sleep(0.003)
        bot.wait()


def _config(plan: SoakPlan, url: str, folder: Path) -> Path:
    futures = plan.kind == FUTURES
    pairs = [f"{coin}/USDT" + (":USDT" if futures else "") for coin in COINS]
    overlay = exchange_overlay(url, futures=futures, key=Key())
    pricing = {"price_side": "other", "use_order_book": True, "order_book_top": 1}
    config = {
        **overlay,
        **{"dry_run": False, "initial_state": "running", "timeframe": "5m"},
        **{"stake_currency": "USDT", "stake_amount": 1000, "max_open_trades": 2},
        **{"entry_pricing": pricing, "exit_pricing": pricing, "stoploss": -0.004},
        "bot_name": "soak",
        "db_url": f"sqlite:///{folder}/trades.sqlite",
        "pairlists": [{"method": "StaticPairList"}],
        "startup_candle_count": 30,
        "order_types": {
            **{"entry": "limit", "exit": "limit", "emergency_exit": "market"},
            **{"force_exit": "market", "force_entry": "market"},
            "stoploss": "market" if futures else "limit",
            **{"stoploss_on_exchange": True, "stoploss_on_exchange_interval": 60},
        },
        "unfilledtimeout": {"entry": 5, "exit": 5, "unit": "minutes"},
        "regimes": {
            "regime": {
                **{"timeframe": "5m", "average_candles": 12, "average_band": 0.0005},
                **{"change_candles": 4, "confirmation_candles": 1},
            },
            "volatility": {"half_life_candles": 6},
            "exposure": {
                **{"target_volatility": None, "rebalance_band": 1.0},
                "bear": -1.0 if futures else 0.0,
            },
            "guards": {"exchange_errors": 0, "stale_candles": 0},
            "orders": {
                **{"safe": plan.safe, "request_window_seconds": 0.2, "pause_seconds": 0.02},
                **{"patience_seconds": 2, "compare_minutes": 0.001},
            },
        },
    }
    exchange: dict[str, Any] = dict(config["exchange"])  # type: ignore[call-overload]
    config["exchange"] = {**exchange, "pair_whitelist": pairs, "pair_blacklist": []}
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return path


def main() -> int:
    """Print what the remedy saves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="virtual hours a run")
    parser.add_argument("--rate", type=float, default=0.05, help="of requests that meet a fault")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--kind", choices=[SPOT, FUTURES], action="append")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| market | run | faults | orders | lost | doubled | orphans | without stop | equity |")
    print("|---|---|---|---|---|---|---|---|---|")
    worst = 0
    for kind in options.kind or [SPOT, FUTURES]:
        faulty = SoakPlan(kind, options.hours, options.rate, options.kills, seed=options.seed)
        runs = {
            "no faults": replace(faulty, faults=0.0, kills=0),
            "safe orders": faulty,
            "stock freqtrade": replace(faulty, safe=False),
        }
        for name, plan in runs.items():
            with tempfile.TemporaryDirectory() as folder:
                verdict = run_soak(plan, Path(folder))
            print(
                f"| {kind} | {name} | {verdict.faults} | {verdict.orders} | {len(verdict.lost)} | "
                f"{len(verdict.doubled)} | {len(verdict.orphans)} | "
                f"{verdict.seconds_without_stop:.0f} s | {verdict.equity:.2f} |",
                flush=True,
            )
            if name == "safe orders" and not verdict.is_clean():
                worst = 1
                print(verdict)
    return worst


if __name__ == "__main__":
    sys.exit(main())
