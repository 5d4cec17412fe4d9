"""The real bot in live mode: candles through the web socket only, fees in BNB, books that agree."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
import time_machine
from freqtrade.configuration import Configuration
from freqtrade.enums import CandleType, RunMode, State
from freqtrade.freqtradebot import FreqtradeBot
from freqtrade.persistence import Trade

from freqai_regimes.candles import write_candles
from freqai_regimes.local_exchange import LocalExchange, TradingOptions, exchange_overlay
from freqai_regimes.local_exchange.trading.audit import audit
from freqai_regimes.local_exchange.trading.signature import Key
from tests.local_exchange.conftest import walk

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in:DeprecationWarning")
START = pd.Timestamp("2025-03-05T12:00:02", tz="UTC")
STEP = pd.Timedelta("5min")
CANDLES = 12
PAIR = "XRP/USDT"
STRATEGY = '''
from freqtrade.strategy import IStrategy

class InAndOut(IStrategy):
    """Long from each third candle on, for one candle."""

    timeframe, stoploss, minimal_roi = "5m", -0.5, {"0": 100}
    startup_candle_count, process_only_new_candles = 5, True

    def populate_indicators(self, frame, metadata):
        return frame

    def populate_entry_trend(self, frame, metadata):
        frame["enter_long"] = (frame["date"].dt.minute % 15 == 0).astype(int)
        return frame

    def populate_exit_trend(self, frame, metadata):
        frame["exit_long"] = (frame["date"].dt.minute % 15 == 5).astype(int)
        return frame
'''


@dataclass(frozen=True)
class Traded:
    """What a run left: candles as the bot had them and as stored, trades, requests for candles."""

    seen: list[pd.DataFrame]
    in_and_after_silence: list[pd.DataFrame]
    stored: pd.DataFrame
    trades: list[dict[str, Any]]
    server: LocalExchange
    rest_calls: int


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traded]:
    folder = tmp_path_factory.mktemp("bot")
    stored = walk("2025-03-03", "5m", 1152, 2.5, 1)
    stored["volume"] *= 1000
    write_candles(stored, folder / "data", PAIR, "5m")
    write_candles(walk("2025-03-03", "5m", 1152, 600, 2), folder / "data", "BNB/USDT", "5m")
    held = {"USDT": Decimal(10_000), "BNB": Decimal("0.004")}  # enough for some of the fees
    trading = TradingOptions(balances=held, bnb_fees=True)
    start = START.isoformat()
    with (
        LocalExchange(folder / "data", clock="set", start=start, trading=trading) as server,
        time_machine.travel(START.to_pydatetime(), tick=False) as clock,
    ):
        bot = FreqtradeBot(configuration(folder, server.url))
        bot.state = State.RUNNING
        try:
            bot.startup()
            bot.process()
            # From now on candles come through the socket, or not at all.
            no_rest = {"kind": "unavailable", "path": ".*/klines"}
            httpx.post(server.url + "/faults", json=[no_rest]).raise_for_status()
            seen = [step(bot, server, clock) for _ in range(CANDLES)]
            trades = [trade.to_json() for trade in Trade.get_trades_proxy()]
            calls = httpx.get(server.url + "/faults").json()[0]["met"]
            move(bot, server, clock, pd.Timedelta("200s"))
            silence = {"kind": "stale_candles", "method": "SOCKET"}
            httpx.post(server.url + "/faults", json=[silence]).raise_for_status()
            in_silence = step(bot, server, clock, pd.Timedelta("100s"))
            httpx.post(server.url + "/faults", json=[]).raise_for_status()
            after = step(bot, server, clock)
        finally:
            bot.cleanup()
            bot.exchange.close()
        yield Traded(seen, [in_silence, after], stored, trades, server, calls)


def configuration(folder: Path, url: str) -> dict[str, Any]:
    (folder / "in_and_out.py").write_text(STRATEGY)
    overlay = exchange_overlay(url, futures=False, key=Key(), web_socket=True)
    pricing = {"price_side": "other", "use_order_book": True, "order_book_top": 1}
    own = {
        **{"dry_run": False, "stake_currency": "USDT", "stake_amount": 900, "timeframe": "5m"},
        **{"entry_pricing": pricing, "exit_pricing": pricing, "max_open_trades": 1},
        **{"pairlists": [{"method": "StaticPairList"}], "db_url": "sqlite://"},
        **{"strategy": "InAndOut", "strategy_path": str(folder), **overlay},
    }
    own["exchange"] = {**overlay["exchange"], "pair_whitelist": [PAIR], "pair_blacklist": []}
    path = folder / "config.json"
    path.write_text(json.dumps(own))
    arguments = {"config": [str(path)], "user_data_dir": str(folder)}
    return Configuration(arguments, RunMode.LIVE).get_config()


def move(bot: Any, server: LocalExchange, clock: Any, by: pd.Timedelta) -> None:
    """Move both clocks, and wait until the bot's socket was told, for a while."""
    now = pd.Timestamp(server.clock.now_ms(), unit="ms", tz="UTC") + by
    clock.move_to(now.to_pydatetime())
    moved = httpx.post(server.url + "/clock", json={"now": int(now.timestamp() * 1000)})
    moved.raise_for_status()
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        told, told_at = bot.exchange._exchange_ws.get_ohlcv_with_refresh(
            PAIR, "5m", CandleType.SPOT
        )
        if (
            told
            and told[-1][0] >= now.floor(STEP).timestamp() * 1000
            and told_at >= now.timestamp()
        ):
            break
        time.sleep(0.005)


def step(bot: Any, server: LocalExchange, clock: Any, by: pd.Timedelta = STEP) -> pd.DataFrame:
    """One loop of the bot later; returns the candles that it then has."""
    move(bot, server, clock, by)
    bot.process()
    frame: pd.DataFrame = bot.dataprovider.get_analyzed_dataframe(PAIR, "5m")[0]
    return frame


def test_the_candles_came_through_the_socket_and_are_the_stored_ones(traded: Traded) -> None:
    assert traded.rest_calls == 0
    stored = traded.stored.set_index("date")
    for number, frame in enumerate(traded.seen):
        assert frame["date"].iloc[-1] == START.floor(STEP) + number * STEP
        newest = frame.set_index("date")[list(stored.columns)].tail(CANDLES + 2)
        assert newest.to_numpy().tolist() == stored.loc[newest.index].to_numpy().tolist()


def test_the_books_agree_trade_by_trade(traded: Traded) -> None:
    closed = [trade for trade in traded.trades if not trade["is_open"]]
    assert len(closed) >= 3
    for trade in closed:
        # one step of quantity (0.1) and one of price (0.0001)
        precision = 0.1 * trade["open_rate"] + 0.0001 * trade["amount"]
        profit, _ = on_the_exchange(traded, trade)
        assert abs(trade["close_profit_abs"] - float(profit)) < precision
    coins = {coin for trade in closed for coin in on_the_exchange(traded, trade)[1]}
    assert coins == {"BNB", "XRP", "USDT"}  # it ran out on the way
    assert traded.server.desk is not None
    books: Any = audit(traded.server.desk, traded.server.clock.now_ms())["spot"]
    assert {row["difference"] for row in books["balances"].values()} == {"0"}
    assert set(books["dust"]) == {"BNB", "XRP"}


def on_the_exchange(traded: Traded, trade: dict[str, Any]) -> tuple[Decimal, set[str]]:
    """Profit of a trade in USDT by the exchange's books, and the coins in which fees were paid."""
    assert traded.server.desk is not None
    numbers = {int(order["order_id"]) for order in trade["orders"]}
    profit, coins = Decimal(0), set()
    for order, fill in traded.server.desk.sides["spot"].fills:
        if order.number in numbers:
            fees = {"USDT": fill.fee, "BNB": fill.value * Decimal("0.00075"), "XRP": Decimal(0)}
            profit -= order.sign * fill.value + fees[fill.fee_asset]
            coins.add(fill.fee_asset)
    return profit, coins


def test_in_silence_freqtrade_takes_an_unfinished_candle_for_a_closed_one(traded: Traded) -> None:
    stored = traded.stored.set_index("date")
    unfinished, later = (frame.set_index("date") for frame in traded.in_and_after_silence)
    newest = unfinished.index[-1]
    assert newest == START.floor(STEP) + CANDLES * STEP
    assert unfinished.loc[newest, "close"] == stored.loc[newest, "open"]  # all it was told
    assert later.index[-1] == newest + STEP
    assert later.loc[newest, "close"] == unfinished.loc[newest, "close"]  # it stays so
