"""Whatever is ordered, the exchange's own books come out even, in exact decimals."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.candles import FUTURES, write_candles
from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.catalogue import find_markets
from freqai_regimes.local_exchange.refusal import Refusal
from freqai_regimes.local_exchange.trading import (
    futures_answers,
    position_answers,
    spot_answers,
)
from freqai_regimes.local_exchange.trading.audit import audit
from freqai_regimes.local_exchange.trading.desk import Desk, TradingOptions
from freqai_regimes.local_exchange.trading.futures_account import FuturesAccount
from freqai_regimes.local_exchange.trading.order import ZERO

WALK = Callable[..., pd.DataFrame]
STEP = 300_000


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory, make_walk: WALK) -> Path:
    folder = tmp_path_factory.mktemp("walks")
    for number, (coin, price) in enumerate([("BTC", 60_000), ("XRP", 2.1)]):
        write_candles(
            make_walk("2025-03-03", "5m", 600, price, number), folder, f"{coin}/USDT", "5m"
        )
        bnb = make_walk("2025-03-03", "5m", 600, 600, 5)
        write_candles(bnb, folder, "BNB/USDT", "5m")
        wild = make_walk("2025-03-03", "5m", 600, price, number + 9)
        wild[["open", "high", "low", "close"]] **= 1.02
        write_candles(wild, folder, f"{coin}/USDT:USDT", "5m", FUTURES)
    return folder


def wish(rng: random.Random, symbol: str, price: float, kinds: list[str]) -> dict[str, str]:
    """A random order, often a wrong one."""
    digits, coins = (1, 3) if symbol == "BTCUSDT" else (4, 0)
    value = rng.uniform(3, 3000)
    limit, trigger = price * rng.uniform(0.98, 1.02), price * rng.uniform(0.98, 1.02)
    return {
        "symbol": symbol,
        "side": rng.choice(["BUY", "SELL"]),
        "type": rng.choice(kinds),
        "quantity": f"{value / price:.{coins}f}",
        "price": f"{limit:.{digits}f}",
        "stopPrice": f"{trigger:.{digits}f}",
        "triggerPrice": f"{trigger:.{digits}f}",
        "timeInForce": rng.choice(["GTC", "GTC", "IOC", "FOK"]),
        "reduceOnly": rng.choice(["true", "false"]),
        "leverage": str(rng.randint(1, 20)),
    }


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["spot", "futures"])
def test_start_plus_trades_less_fees_is_what_is_held(walks: Path, kind: str, seed: int) -> None:
    rng = random.Random(seed)
    markets = find_markets(walks)
    store = CandleStore(walks, markets)
    now = markets[0].first_ms + 10 * STEP
    held = {"USDT": Decimal(10_000), "BNB": Decimal("0.01")}  # runs out on the way
    desk = Desk(store, TradingOptions(balances=held, bnb_fees=seed == 1), now)
    side = desk.sides[kind]
    spot = ["LIMIT", "MARKET", "STOP_LOSS_LIMIT", "STOP_LOSS", "TAKE_PROFIT", "LIMIT_MAKER"]
    refused = 0
    while now < markets[0].end_ms - STEP:
        now += rng.choice([1000, STEP, 5 * STEP])
        desk.advance(now)
        for _ in range(rng.randint(0, 3)):
            symbol = rng.choice(["BTCUSDT", "XRPUSDT"])
            market = store.market(kind, symbol)
            assert market is not None
            price = Ask(store, kind, now, {}).last(market).price
            conditional = kind == "futures" and rng.random() < 0.4
            kinds = ["STOP", "STOP_MARKET"] if conditional else spot
            ask = Ask(store, kind, now, wish(rng, symbol, price, kinds))
            place: Any = spot_answers.place if kind == "spot" else futures_answers.place
            try:
                if kind == "futures" and rng.random() < 0.3:
                    position_answers.set_leverage(side, ask)
                (futures_answers.place_algo if conditional else place)(side, ask)
            except Refusal:
                refused += 1
        if side.open_orders() and rng.random() < 0.1:
            side.end(rng.choice(side.open_orders()), "CANCELED", now)
        check(desk, kind, now)
    assert len(side.fills) > 30 and refused > 5
    if kind == "spot":
        assert ("BNB" in {fill.fee_asset for _, fill in side.fills}) is (seed == 1)


def check(desk: Desk, kind: str, now: int) -> None:
    books: Any = audit(desk, now)[kind]
    side = desk.sides[kind]
    if kind == "spot":
        assert all(row["difference"] == "0" for row in books["balances"].values())
        account: Any = side.account
        assert all(value >= 0 for value in [*account.free.values(), *account.locked.values()])
        return
    account = side.account
    assert isinstance(account, FuturesAccount)
    assert books["wallet"]["difference"] == "0"
    assert account.locked == sum((order.locked for order in side.open_orders()), ZERO)
    for symbol, position in account.positions.items():
        traded = sum(
            (o.sign * fill.quantity for o, fill in side.fills if o.market.symbol == symbol), ZERO
        )
        lost = sum((1 for each in account.payments if each.kind == "LIQUIDATION"), 0)
        assert position.amount == traded or lost
