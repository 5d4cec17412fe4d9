"""The real bot in live mode in this process, on flat candles, and ways to let it die."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from freqtrade.enums import CandleType, ExitCheckTuple, ExitType, RunMode, State
from freqtrade.freqtradebot import FreqtradeBot
from freqtrade.persistence import Order, Trade

from freqai_regimes.candles import FUTURES, SPOT, write_candles
from freqai_regimes.freqtrade_bridge import announcements
from freqai_regimes.freqtrade_bridge.safe_orders.keeper import OrderKeeper
from freqai_regimes.local_exchange import LocalExchange, exchange_overlay
from freqai_regimes.local_exchange.trading.order import CANCELED
from freqai_regimes.local_exchange.trading.signature import Key
from freqai_regimes.userdir import shipped_folder

MOMENT = pd.Timestamp("2025-03-01T10:00:02", tz="UTC")
QUICK = {"request_window_seconds": 0.5, "patience_seconds": 0.2, "pause_seconds": 0.02}


def flat_market(folder: Path) -> Path:
    """A day of candles at 100 of one pair, spot and futures."""
    first = pd.Timestamp("2025-03-01", tz="UTC").as_unit("ms")
    prices = dict.fromkeys(("open", "high", "low", "close"), 100.0)
    dates = first + np.arange(288) * pd.Timedelta("5min")
    frame = pd.DataFrame({"date": dates, **prices, "volume": 1e6})
    write_candles(frame, folder, "ABC/USDT", "5m", SPOT)
    write_candles(frame, folder, "ABC/USDT:USDT", "5m", FUTURES)
    return folder


class Killed(BaseException):
    """Stands for kill -9: nothing of ours or of freqtrade's catches it."""


@dataclass
class LiveBot:
    """A bot that can be started, stepped, killed and started again on the same database."""

    server: LocalExchange
    clock: Any
    folder: Path
    futures: bool = False
    short: bool = False
    changes: dict[str, Any] = field(default_factory=dict)
    bot: Any = None
    told: list[str] = field(default_factory=list)

    @property
    def pair(self) -> str:
        return "ABC/USDT:USDT" if self.futures else "ABC/USDT"

    @property
    def side(self) -> Any:
        """The exchange's own books."""
        assert self.server.desk is not None
        return self.server.desk.sides[FUTURES if self.futures else SPOT]

    @property
    def keeper(self) -> OrderKeeper:
        keeper = self.bot.strategy.orders
        assert keeper is not None
        return keeper  # type: ignore[no-any-return]

    def config(self) -> dict[str, Any]:
        overlay = exchange_overlay(self.server.url, futures=self.futures, key=Key())
        pricing = {"price_side": "other", "use_order_book": True, "order_book_top": 1}
        lists = {"pair_whitelist": [self.pair], "pair_blacklist": []}
        stop = {"stoploss": "market" if self.futures else "limit", "stoploss_on_exchange": True}
        regimes = {
            "regime": {"timeframe": "5m", "average_candles": 6, "change_candles": 2},
            "volatility": {"half_life_candles": 6},
            "orders": {**QUICK, "compare_minutes": 1e-9},
        }
        return {
            **{"dry_run": False, "dry_run_wallet": 1000, "runmode": RunMode.LIVE},
            **{"strategy": "RegimeStrategy", "strategy_path": str(shipped_folder() / "strategies")},
            **{"stake_currency": "USDT", "stake_amount": 100, "max_open_trades": 3},
            **{"timeframe": "5m", "startup_candle_count": 30, "stoploss": -0.1},
            **{"use_exit_signal": False, "initial_state": "running", "cancel_open_orders": False},
            **{"entry_pricing": pricing, "exit_pricing": pricing, "internals": {}},
            "order_types": {"entry": "limit", "exit": "limit", "emergency_exit": "market", **stop},
            **{"unfilledtimeout": {"entry": 5, "exit": 5, "unit": "minutes"}},
            **{"pairlists": [{"method": "StaticPairList"}], "user_data_dir": self.folder},
            **{"candle_type_def": CandleType.FUTURES if self.futures else CandleType.SPOT},
            **{"datadir": self.folder, "db_url": f"sqlite:///{self.folder}/trades.sqlite"},
            **{"original_config": {}, **overlay, "regimes": regimes},
            "exchange": {**overlay["exchange"], **lists},
            **self.changes,
        }

    def start(self) -> LiveBot:
        """Start the bot; a killed one before it left its database and its log of orders."""
        self.stop()
        announcements._waiting.clear()
        announcements._sent_at.clear()
        self.bot = FreqtradeBot(self.config())
        self.bot.state = State.RUNNING
        self.bot.dataprovider.send_msg = self._sent
        self.bot.startup()
        return self

    def stop(self) -> None:
        """Let go of the bot as a kill does: what was not committed is gone."""
        if self.bot is not None:
            Trade.session.rollback()
            Trade.session.remove()
            self.bot.exchange.close()
            self.bot.rpc.cleanup()
            self.bot = None

    def _sent(self, text: str, *, always_send: bool = False) -> None:
        """Keep what goes to Telegram and webhooks, without its markup."""
        self.told.append(text.replace("\\", ""))

    def loop(self, seconds: float = 5.0) -> LiveBot:
        """One iteration of the bot, so much later."""
        self.wait(seconds)
        self.bot.process()
        return self

    def wait(self, seconds: float) -> None:
        later = self.server.clock.now_ms() + round(seconds * 1000)
        httpx.post(self.server.url + "/clock", json={"now": later})
        self.clock.shift(seconds)

    def enter(self) -> Any:
        """Enter for 100 USDT, as a signal or /forceenter would."""
        return self.bot.execute_entry(
            self.pair, 100.0, is_short=self.short, enter_tag="force_entry", leverage_=2.0
        )

    def leave(self) -> Any:
        """Leave the only position at the market's price."""
        (trade,) = Trade.get_open_trades()
        check = ExitCheckTuple(exit_type=ExitType.FORCE_EXIT)
        limit = 101.0 if self.short else 99.0
        return self.bot.execute_trade_exit(trade, limit, check)

    def dies(self, moment: str, act: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> LiveBot:
        """Kill the bot at a moment of the order that ``act`` sends, and start it again.

        ``before`` it is sent, ``executed`` but not answered, or ``answered`` but not booked.
        """
        guard = self.keeper.guard
        with monkeypatch.context() as patch:
            if moment == "answered":
                patch.setattr(Order, "parse_from_ccxt_object", _killed)
            elif moment == "before":
                patch.setattr(guard, "_create", _killed)
            else:
                create = guard._create
                patch.setattr(guard, "_create", lambda *order: _killed(create(*order)))
            with pytest.raises(Killed):
                act()
        return self.start()

    def inject(self, *rules: dict[str, Any]) -> None:
        """Let requests fail; none: no more."""
        answer = httpx.post(self.server.url + "/faults", json=list(rules))
        assert answer.status_code == 200, answer.text

    def forget(self, order_id: str) -> None:
        """Let the exchange know nothing of an order any more, as Binance does after days."""
        order = self.side.orders[int(order_id)]
        self.side.end(order, CANCELED, self.server.clock.now_ms())
        del self.side.orders[int(order_id)]

    def lines(self) -> list[str]:
        """The write-ahead log."""
        (path,) = (self.folder / "regimes_orders").glob("*.jsonl")
        return path.read_text().splitlines()

    def is_even(self) -> bool:
        """Whether no order and no position is on the exchange that the trades do not know."""
        open_now = {str(order.number) for order in self.side.open_orders()}
        known = {row.order_id for row in Order.get_open_orders()}
        booked = sum((-t.amount if t.is_short else t.amount) for t in Trade.get_open_trades())
        if self.futures:
            held = float(self.side.account.position("ABCUSDT").amount)
        else:
            held = float(self.side.account.held().get("ABC", 0))
        return open_now == known and abs(held - booked) <= 0.01


def _killed(*_: Any, **__: Any) -> Any:
    raise Killed
