"""Turns safe orders on in a live bot, and looks after what is unclear in each of its loops."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ccxt
from freqtrade.enums import RunMode
from freqtrade.persistence import Trade

from freqai_regimes.freqtrade_bridge.safe_orders.adoption import adopt, is_known
from freqai_regimes.freqtrade_bridge.safe_orders.comparison import coins_held, compare
from freqai_regimes.freqtrade_bridge.safe_orders.funding_books import FundingBooks
from freqai_regimes.freqtrade_bridge.safe_orders.ghosts import Ghosts
from freqai_regimes.freqtrade_bridge.safe_orders.order_guard import (
    OrderGuard,
    Patience,
    is_conditional,
)
from freqai_regimes.freqtrade_bridge.safe_orders.order_log import (
    ABSENT,
    ADOPTED,
    BOOKED,
    DROPPED,
    OrderLog,
)
from freqai_regimes.freqtrade_bridge.safe_orders.retry_after import RetryAfter
from freqai_regimes.risk.order_safety import OrderSettings
from freqai_regimes.settings import settings_hash

logger = logging.getLogger(__name__)

Tell = Callable[[str], None]
#: After so long an order of another thread is in the trades, or never will be.
BOOKING_SECONDS = 60.0


class OrderKeeper:
    """The remedy for orders whose answer got lost; one a bot, live only.

    ``start`` when the strategy is loaded, ``look`` in each loop, ``refusal`` before an entry,
    ``note_fill`` after each fill.
    """

    def __init__(self, strategy: Any, settings: OrderSettings, tell: Tell) -> None:
        self.strategy = strategy
        self.settings = settings
        self._announce = tell
        self.exchange = strategy.dp._exchange
        database = settings_hash(str(strategy.config.get("db_url")))
        folder = Path(strategy.config["user_data_dir"]) / "regimes_orders"
        self.log = OrderLog(folder / f"orders-{database}.jsonl")
        self._tags: dict[str, str | None] = {}
        self._leverage: dict[str, float] = {}
        self._compared = float("-inf")
        self._unexplained: dict[str, float] = {}
        self._told: dict[str, float] = {}
        pause = RetryAfter(settings.patience_seconds, self.tell)
        for api in (self.exchange._api, self.exchange._api_async):
            pause.around(api)
        patience = Patience(
            settings.request_window_seconds, settings.patience_seconds, settings.pause_seconds
        )
        self.guard = OrderGuard(self.exchange._api, self.log, patience, self.tell, self._purpose)
        self.ghosts = Ghosts(self.exchange)
        self.funding = FundingBooks(self.exchange)
        self._note_leverage()

    @classmethod
    def start(cls, strategy: Any, settings: OrderSettings, tell: Tell) -> OrderKeeper | None:
        """A keeper for a live bot, after it has looked at what was left open; None elsewhere."""
        config = strategy.config
        if not settings.safe or config.get("dry_run") or config.get("runmode") != RunMode.LIVE:
            return None
        name = str(strategy.dp._exchange.id)
        if not name.startswith("binance"):
            text = f"Safe orders know Binance only: on {name} freqtrade handles orders in its way."
            logger.warning(text)
            tell(text)
            return None
        keeper = cls(strategy, settings, tell)
        logger.info("Orders are written to %s before they are sent.", keeper.log.path)
        keeper.look()
        return keeper

    def tell(self, text: str) -> None:
        """Log what was found or done, and send it as a message."""
        logger.warning(text)
        self._announce(text)

    def note_entry(self, pair: str, tag: str | None) -> None:
        """Remember the tag of the entry that freqtrade is about to send."""
        self._tags[pair] = tag

    def note_fill(self, trade: Trade) -> Trade:
        """Book the funding of a trade that was filled; returns what stands in the database then.

        Freqtrade's callbacks get a copy of the trade.
        """
        try:
            self.funding.note(trade.id)
        except Exception:
            logger.exception("Funding could not be booked; tried again in the next loop.")
        return Trade.get_trades([Trade.id == trade.id]).first() or trade

    def refusal(self) -> str | None:
        """Why no entry and no increase may be made: the exchange owes an answer; None if one may.

        Exits and stops are not held up by it.
        """
        owed = [i for i in self.log.open_intents() if i["client_id"] not in self.guard.under_way]
        if owed:
            return f"the exchange has not said what became of an order of {owed[0]['symbol']}"
        if self.log.noted("kept") is None:
            return "the exchange has not said yet what was on the account before the bot"
        return None

    def look(self) -> None:
        """Ask for unclear orders, and every few minutes compare; what fails is tried again."""
        try:
            self._look()
        except Exception:
            logger.exception("Orders could not be looked after; tried again in the next loop.")

    def _look(self) -> None:
        for intent in self.log.open_intents():
            if intent["client_id"] not in self.guard.under_way:
                self._resolve(intent)
        for intent in self.log.unbooked():
            if is_known(intent["order"], intent["symbol"]):
                self.log.settle(intent["client_id"], BOOKED)
            elif not self._is_being_booked(intent):
                self._resolve(intent)
        if time.monotonic() >= self._compared + 60 * self.settings.compare_minutes:
            self._compare()
        self.funding.look()

    def _is_being_booked(self, intent: dict[str, Any]) -> bool:
        """Whether another thread (/forceenter) may be entering the order into the trades now."""
        sender = self.guard.senders.get(intent["client_id"], threading.get_ident())
        return sender != threading.get_ident() and time.time() - intent["time"] < BOOKING_SECONDS

    def _resolve(self, intent: dict[str, Any]) -> None:
        client_id, pair = intent["client_id"], intent["symbol"]
        try:
            conditional = is_conditional(self.exchange._api, pair, intent["params"])
            order = self.guard.find(client_id, pair, conditional)
        except ccxt.BaseError as error:
            logger.warning("Order %s of %s cannot be asked for: %s", client_id, pair, error)
            return
        if order is not None:
            self._adopt(order, intent)
        elif time.time() - intent["time"] > self.settings.request_window_seconds:
            self.log.settle(client_id, ABSENT)
            self.tell(f"{pair}: an order of before is not on the exchange; nothing was lost.")

    def _adopt(self, order: dict[str, Any], intent: dict[str, Any]) -> None:
        try:
            done = adopt(order, intent, self.strategy, self.exchange)
        except Exception:
            Trade.rollback()  # or freqtrade's own next query would fail
            logger.exception(
                "Order %s cannot be adopted; tried again in the next loop.", order["id"]
            )
            return
        if done in ("known", "ended"):
            self.log.settle(intent["client_id"], BOOKED if done == "known" else DROPPED)
            return
        outcome = ADOPTED if " adopted " in done else DROPPED
        if outcome == DROPPED and order.get("status") == "open":
            done += self._cancel(order, intent)
        self.log.settle(intent["client_id"], outcome, order=order["id"])
        self.tell(f"{done}.")

    def _cancel(self, order: dict[str, Any], intent: dict[str, Any]) -> str:
        stop = is_conditional(self.exchange._api, intent["symbol"], intent["params"])
        try:
            params = {"stop": True} if stop else {}
            self.guard.cancel_order(order["id"], intent["symbol"], params)
        except ccxt.BaseError as error:
            return f" and could not be canceled ({error})"
        return " and was canceled"

    def _compare(self) -> None:
        open_trades = Trade.get_open_trades()
        pairs = {*self.strategy.dp.current_whitelist(), *(trade.pair for trade in open_trades)}
        try:
            for text in self.ghosts.look():
                self.tell(f"{text}.")
            kept = self.log.noted("kept")
            if kept is None:
                kept = {} if self._is_futures else coins_held(self.exchange, sorted(pairs))
                self.log.note("kept", kept)
            found = compare(self.exchange, sorted(pairs), kept, self.guard.prefix)
        except ccxt.BaseError as error:
            logger.warning("Exchange and database cannot be compared: %s", error)
            return
        self._compared = time.monotonic()
        for order in found.orders:
            leverage = found.leverage.get(order["symbol"], 1.0)
            self._adopt(order, {**self._as_intent(order), "leverage": leverage})
        self._tell_unexplained(found.unexplained)

    def _tell_unexplained(self, amounts: dict[str, float]) -> None:
        """Tell what two comparisons found, once, and again when it has doubled."""
        lasting = {pair: amounts[pair] for pair in amounts.keys() & self._unexplained.keys()}
        for pair, amount in sorted(lasting.items()):
            if abs(amount) >= 2 * abs(self._told.get(pair, 0.0)):
                more = "more" if amount > 0 else "less"
                self.tell(
                    f"{pair}: {abs(amount):g} {more} on the exchange than in the trades, and not "
                    "by an order of this bot: nobody looks after it. Close it yourself."
                )
                self._told[pair] = amount
        self._told = {pair: amount for pair, amount in self._told.items() if pair in amounts}
        self._unexplained = amounts

    @property
    def _is_futures(self) -> bool:
        return str(self.exchange.trading_mode.value) == "futures"

    def _as_intent(self, order: dict[str, Any]) -> dict[str, Any]:
        """What an open order of ours says of itself."""
        trigger = order.get("triggerPrice") or order.get("stopPrice")
        return {
            "client_id": order["clientOrderId"],
            "symbol": order["symbol"],
            "side": order["side"],
            "amount": order["amount"],
            "price": order.get("price"),
            "params": {"stopPrice": trigger} if trigger else {},
            "stop": bool(trigger),
            "reduce": bool(order.get("reduceOnly")),
        }

    def _purpose(self, symbol: str) -> dict[str, Any]:
        return {
            "time": time.time(),
            "tag": self._tags.get(symbol),
            "leverage": self._leverage.get(symbol, 1.0),
        }

    def _note_leverage(self) -> None:
        """Remember with what leverage freqtrade prepares a pair, for the trade of a lost entry."""
        prepare = self.exchange._lev_prep

        def noted(pair: str, leverage: float, side: str, accept_fail: bool = False) -> Any:
            self._leverage[pair] = leverage
            return prepare(pair, leverage, side, accept_fail=accept_fail)

        self.exchange._lev_prep = noted
