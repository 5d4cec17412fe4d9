"""Turns safe orders on in a live bot, and looks after what is unclear in each of its loops."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ccxt
from freqtrade.enums import RunMode
from freqtrade.persistence import Trade

from freqai_regimes.freqtrade_bridge.safe_orders.adoption import adopt
from freqai_regimes.freqtrade_bridge.safe_orders.comparison import coins_held, compare
from freqai_regimes.freqtrade_bridge.safe_orders.order_guard import (
    OrderGuard,
    Patience,
    is_conditional,
)
from freqai_regimes.freqtrade_bridge.safe_orders.order_log import (
    ABSENT,
    ADOPTED,
    DROPPED,
    PLACED,
    OrderLog,
)
from freqai_regimes.risk.order_safety import OrderSettings
from freqai_regimes.settings import settings_hash

logger = logging.getLogger(__name__)

Tell = Callable[[str], None]


class OrderKeeper:
    """The remedy for orders whose answer got lost; one a bot, live only.

    ``start`` when the strategy is loaded, ``look`` in each loop, ``is_unclear`` before an entry.
    """

    def __init__(self, strategy: Any, settings: OrderSettings, tell: Tell) -> None:
        self.strategy = strategy
        self.settings = settings
        self.tell = tell
        self.exchange = strategy.dp._exchange
        database = settings_hash(str(strategy.config.get("db_url")))
        folder = Path(strategy.config["user_data_dir"]) / "regimes_orders"
        self.log = OrderLog(folder / f"orders-{database}.jsonl")
        self._tags: dict[str, str | None] = {}
        self._leverage: dict[str, float] = {}
        self._compared = float("-inf")
        self._told: set[str] = set()
        patience = Patience(
            settings.request_window_seconds, settings.patience_seconds, settings.pause_seconds
        )
        self.guard = OrderGuard(self.exchange._api, self.log, patience, tell, self._purpose)
        self._note_leverage()

    @classmethod
    def start(cls, strategy: Any, settings: OrderSettings, tell: Tell) -> OrderKeeper | None:
        """A keeper for a live bot, after it has looked at what was left open; None elsewhere."""
        config = strategy.config
        if not settings.safe or config.get("dry_run") or config.get("runmode") != RunMode.LIVE:
            return None
        keeper = cls(strategy, settings, tell)
        logger.info("Orders are written to %s before they are sent.", keeper.log.path)
        keeper.look()
        return keeper

    def note_entry(self, pair: str, tag: str | None) -> None:
        """Remember the tag of the entry that freqtrade is about to send."""
        self._tags[pair] = tag

    def is_unclear(self, pair: str) -> bool:
        """Whether an order of the pair is still unaccounted for: no entry until it is."""
        return any(intent["symbol"] == pair for intent in self.log.open_intents())

    def look(self) -> None:
        """Ask for open intents, and every few minutes compare; what fails is tried again."""
        try:
            self._look()
        except Exception:
            logger.exception("Orders could not be looked after; tried again in the next loop.")

    def _look(self) -> None:
        for intent in self.log.open_intents():
            self._resolve(intent)
        due = self._compared + 60 * self.settings.compare_minutes
        if time.monotonic() >= due:
            self._compare()

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
        known = done == "known"
        outcome = PLACED if known else (ADOPTED if " adopted " in done else DROPPED)
        if outcome == DROPPED and order.get("status") == "open":
            done += self._cancel(order, intent)
        self.log.settle(intent["client_id"], outcome, order=order["id"])
        if not known:
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
        pairs = sorted(
            {
                *self.strategy.dp.current_whitelist(),
                *(trade.pair for trade in Trade.get_open_trades()),
            }
        )
        try:
            kept = self.log.noted("kept")
            if kept is None:
                kept = {} if self._is_futures else coins_held(self.exchange, pairs)
                self.log.note("kept", kept)
            found = compare(self.exchange, pairs, kept)
        except ccxt.BaseError as error:
            logger.warning("Exchange and database cannot be compared: %s", error)
            return
        self._compared = time.monotonic()
        for order in found.orders:
            self._adopt(order, self._as_intent(order))
        lines = {*found.positions, *found.coins}
        for line in sorted(lines - self._told):
            self.tell(f"{line}: nobody looks after it; close it, or enter it by /forceenter.")
        self._told = lines

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
