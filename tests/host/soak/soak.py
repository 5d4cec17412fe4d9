"""One soak: an exchange with faults, the real bot beside it, killed now and then, then the books.

``python -m tests.host.soak.soak --hours 24 --kills 20`` is the long one; it prints a table without
faults, with answers that were only hidden, with everything that can go wrong (on spot also with
fees in BNB), and with stock freqtrade's handling of the same.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pandas as pd

from freqai_regimes.candles import FUTURES, SPOT
from freqai_regimes.local_exchange import LocalExchange, TradingOptions, exchange_overlay
from freqai_regimes.local_exchange.clock import iso
from freqai_regimes.local_exchange.faults.rule import FaultRule
from freqai_regimes.local_exchange.trading.signature import Key
from tests.host.soak import misfortunes
from tests.host.soak.books import Verdict, judge
from tests.host.soak.killer import Killer
from tests.host.soak.market import COINS, START, store_market
from tests.host.soak.nest import Nest

ROOT = Path(__file__).parents[3]
SETTLING_HOURS = 0.5
MONEY, FEE_MONEY = Decimal(10_000), Decimal("0.05")


@dataclass(frozen=True)
class SoakPlan:
    """How long, with what faults, how often killed.

    ``faults`` is the rate of ``misfortunes.every_kind``; ``hidden_only`` leaves lost answers of
    orders and cancels that were carried out; ``outages`` adds minutes without any answer. With
    ``bnb_fees`` spot fees are taken in BNB, until the little of it is used up.
    """

    kind: str = SPOT
    hours: float = 2.0
    faults: float = 0.0
    kills: int = 0
    safe: bool = True
    seed: int = 1
    loop_seconds: int = 100
    hidden_only: bool = False
    outages: bool = False
    bnb_fees: bool = False

    def rules(self, start: pd.Timestamp) -> list[FaultRule]:
        """What goes wrong; outages come before what else could be drawn."""
        if not self.faults:
            return []
        if self.hidden_only:
            return misfortunes.hidden_only(self.faults)
        rules = misfortunes.every_kind(self.faults)
        if not self.outages:
            return rules
        return [*misfortunes.outages(start, self.hours), *rules]


def run_soak(plan: SoakPlan, folder: Path) -> Verdict:
    """Run the bot through the plan and judge the books."""
    with closing(Nest()) as nest:
        return _run_soak(plan, folder, nest)


def _run_soak(plan: SoakPlan, folder: Path, nest: Nest) -> Verdict:
    datadir = folder / "data"
    datadir.mkdir(parents=True)
    start, hours = START[plan.kind], plan.hours + SETTLING_HOURS
    store_market(datadir, plan.kind, hours, plan.seed, bnb=plan.bnb_fees)
    options = TradingOptions(
        events=folder / "events.jsonl",
        balances={"USDT": MONEY} | ({"BNB": FEE_MONEY} if plan.bnb_fees else {}),
        bnb_fees=plan.bnb_fees,
    )
    with LocalExchange(datadir, clock="set", start=start.isoformat(), trading=options) as server:
        config = _config(plan, server.url, folder)
        end = start + pd.Timedelta(hours=plan.hours)
        server.faults.seed = plan.seed
        server.faults.replace(plan.rules(start))
        killer = Killer(server, random.Random(plan.seed))
        killer.plan(server.clock.now_ms(), end.timestamp() * 1000, plan.kills)
        gave_up = _trade(plan, server, folder, config, end, killer, nest)
        server.faults.replace([])
        killer.moments.clear()
        settled = end + pd.Timedelta(hours=SETTLING_HOURS)
        _trade(plan, server, folder, config, settled, killer, nest)
        verdict = judge(server, folder / "trades.sqlite", plan.kind)
        verdict.kills, verdict.gave_up = killer.done, gave_up
        return verdict


def _trade(
    plan: SoakPlan,
    server: LocalExchange,
    folder: Path,
    config: Path,
    end: pd.Timestamp,
    killer: Killer,
    nest: Nest,
) -> list[str]:
    """Run the bot until the clock stands at the end; returns when it gave up by itself.

    Whoever looks after it (systemd, Docker) starts it again: after two loops' time when it gave up.
    """
    plan_file = folder / "plan.json"
    arguments = ["trade", "--config", str(config), "--userdir", str(folder), "--strategy",
                 "RegimeStrategy", "--strategy-path", str(ROOT / "strategies")]  # fmt: skip
    plan_file.write_text(
        json.dumps(
            {"url": server.url, "end": end.isoformat(), "loop_seconds": plan.loop_seconds}
            | {"arguments": arguments}
        )
    )
    gave_up: list[str] = []
    while server.clock.now_ms() < end.timestamp() * 1000:
        bot = nest.start(plan_file, folder / "bot.log")
        killer.watch(bot)
        bot.wait()
        if bot.returncode != -signal.SIGKILL and server.clock.now_ms() < end.timestamp() * 1000:
            gave_up.append(iso(server.clock.now_ms()))
            if len(gave_up) > 5 + 2 * plan.hours:
                text = (folder / "bot.log").read_text()
                raise RuntimeError(f"The bot does not stay up: {text[-3000:]}")
            later = server.clock.now_ms() + 2000 * plan.loop_seconds
            httpx.post(server.url + "/clock", json={"now": later})
    return gave_up


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
        "trailing_stop": True,
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
                **{"timeframe": "5m", "average_candles": 6, "average_band": 0.0005},
                **{"change_candles": 2, "confirmation_candles": 1},
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


COLUMNS = (
    "market", "run", "faults", "kills (before an answer)", "orders", "lost", "doubled", "orphans",
    "longest without stop", "largest difference a trade", "equity",
)  # fmt: skip


def row(kind: str, name: str, verdict: Verdict) -> str:
    """One line of the table."""
    before = sum("executed" in what for _, what in verdict.kills)
    cells = [
        *(kind, name, verdict.faults, f"{len(verdict.kills)} ({before})", verdict.orders),
        *(len(verdict.lost), len(verdict.doubled), len(verdict.orphans)),
        f"{verdict.seconds_without_stop:.0f} s",
        f"{verdict.largest_difference:.4f}",
        f"{verdict.equity:.2f}",
    ]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def runs(faulty: SoakPlan) -> dict[str, SoakPlan]:
    """All runs of a market, by the name in the table."""
    plans = {
        "no faults": replace(faulty, faults=0.0, kills=0),
        "answers hidden": replace(faulty, hidden_only=True, kills=0),
        "safe orders": faulty,
        "safe orders, fees in BNB": replace(faulty, bnb_fees=True),
        "stock freqtrade": replace(faulty, safe=False),
    }
    return plans if faulty.kind == SPOT else {n: p for n, p in plans.items() if not p.bnb_fees}


def is_as_it_should_be(name: str, verdict: Verdict, calm: Verdict | None) -> bool:
    """Whether a run came out well; hidden answers must not have changed anything."""
    same = (verdict.equity, verdict.orders, verdict.trades)
    if name == "answers hidden" and calm and same != (calm.equity, calm.orders, calm.trades):
        print("Hidden answers changed what was traded.", file=sys.stderr)
        return False
    return name.startswith("stock") or verdict.is_clean()


def main() -> int:
    """Print what the remedy saves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="virtual hours a run")
    parser.add_argument("--rate", type=float, default=0.05, help="see misfortunes.every_kind")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--kind", choices=[SPOT, FUTURES], action="append")
    parser.add_argument("--run", action="append", help="only runs whose name has this text")
    parser.add_argument("--loop-seconds", type=int, default=150, help="virtual, between two loops")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    good = True
    for kind in asked.kind or [SPOT, FUTURES]:
        faulty = SoakPlan(kind, asked.hours, asked.rate, asked.kills, seed=asked.seed)
        faulty = replace(faulty, loop_seconds=asked.loop_seconds, outages=True)
        found: dict[str, Verdict] = {}
        for name, plan in runs(faulty).items():
            if asked.run and not any(text in name for text in asked.run):
                continue
            with tempfile.TemporaryDirectory() as folder:
                found[name] = run_soak(plan, Path(folder))
            print(row(kind, name, found[name]), flush=True)
            print(found[name], file=sys.stderr, flush=True)
            good &= is_as_it_should_be(name, found[name], found.get("no faults"))
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
