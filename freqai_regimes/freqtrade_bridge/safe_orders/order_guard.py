"""Stands around the exchange's create_order and cancel_order: no answer is never taken for a no."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ccxt

from freqai_regimes.freqtrade_bridge.safe_orders.answers import (
    is_limit,
    is_refusal,
    seconds_to_wait,
)
from freqai_regimes.freqtrade_bridge.safe_orders.order_log import (
    ABSENT,
    PLACED,
    REFUSED,
    OrderLog,
)

logger = logging.getLogger(__name__)

#: Our orders are known by it and by the bot's own letters after it: another bot on the same account
#: has others. Letters, digits and dashes, at most 36 characters with the rest.
PREFIX = "regimes-"
Order = dict[str, Any]
OPEN_STATES = ("open", None)


@dataclass(frozen=True)
class Patience:
    """How long an answer is waited for, in seconds of real time.

    ``window`` is the time in which a request under way may still be taken (``recvWindow``, 10 s in
    ccxt): an order that is not found before it has passed may yet come.
    """

    window: float = 10.0
    longest: float = 60.0
    pause: float = 1.0
    tries: int = 3


class OrderGuard:
    """Gives each order its own id, writes it down, sends it, and asks when the answer is lost.

    Parameters
    ----------
    api : freqtrade's ccxt exchange (the synchronous one, which sends orders).
    tell : called with a line for people whenever an answer was lost and what was found.
    purpose : called with the symbol; what freqtrade is about (tag, leverage), kept with the intent.
    """

    def __init__(
        self,
        api: Any,
        log: OrderLog,
        patience: Patience,
        tell: Callable[[str], None],
        purpose: Callable[[str], dict[str, Any]],
    ) -> None:
        self.api = api
        self.log = log
        self.patience = patience
        self.tell = tell
        self.purpose = purpose
        if log.noted("bot") is None:
            log.note("bot", uuid.uuid4().hex[:6])
        self.prefix = f"{PREFIX}{log.noted('bot')}-"
        #: Orders that are being sent now, by whatever thread, and who has sent the others.
        self.under_way: set[str] = set()
        self.senders: dict[str, int] = {}
        self._create, self._cancel = api.create_order, api.cancel_order
        api.create_order, api.cancel_order = self.create_order, self.cancel_order

    def create_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: float,
        price: float | None = None,
        params: dict[str, Any] | None = None,
    ) -> Order:
        """Send an order so that it is placed once, or certainly not at all.

        Raises
        ------
        ccxt.BaseError
            A refusal as it came; what was lost and is known to be absent after all tries; or, where
            the exchange cannot be asked, the first error: the intent stays open and is looked for.
        """
        params = dict(params or {})
        for left in range(self.patience.tries - 1, -1, -1):
            client_id = self.prefix + uuid.uuid4().hex[:20]
            self.under_way.add(client_id)
            self.senders[client_id] = threading.get_ident()
            try:
                return self._send(client_id, symbol, type, side, amount, price, params)
            except ccxt.BaseError as error:
                if not self._may_go_again(error, client_id) or left == 0:
                    raise
            finally:
                self.under_way.discard(client_id)
        raise AssertionError("unreachable")  # pragma: no cover

    def _send(
        self,
        client_id: str,
        symbol: str,
        type: str,
        side: str,
        amount: float,
        price: float | None,
        params: dict[str, Any],
    ) -> Order:
        """Write an order down, send it once, and find out what became of it."""
        self.log.intend(
            client_id,
            **{"symbol": symbol, "type": type, "side": side, "amount": amount},
            **{"price": price, "params": params, "stop": is_stop(params)},
            **{"reduce": bool(params.get("reduceOnly")), **self.purpose(symbol)},
        )
        try:
            sent = {**params, "clientOrderId": client_id}
            order: Order = self._create(symbol, type, side, amount, price, sent)
        except ccxt.BaseError as error:
            if is_refusal(error):
                self.log.settle(client_id, REFUSED, reason=str(error)[:200])
                raise
            found = self._ask(client_id, symbol, is_conditional(self.api, symbol, params))
            if found is None:
                self.log.settle(client_id, ABSENT)
                self._say(f"{symbol}: a {side} order was not taken", error)
                raise
            self.log.settle(client_id, PLACED, order=found["id"], asked=True)
            self._say(
                f"{symbol}: the answer to a {side} order was lost, it stands as {found['id']} "
                f"({found['status']})",
                error,
            )
            return found
        self.log.settle(client_id, PLACED, order=order["id"])
        return order

    def _may_go_again(self, error: ccxt.BaseError, client_id: str) -> bool:
        """Whether an order that was certainly not taken may be sent anew; waits where asked to."""
        if any(intent["client_id"] == client_id for intent in self.log.open_intents()):
            return False
        if is_limit(error):
            seconds = seconds_to_wait(self.api)
            if seconds > self.patience.longest:
                return False
            time.sleep(seconds)
            return True
        return not is_refusal(error)

    def cancel_order(
        self, id: str, symbol: str | None = None, params: dict[str, Any] | None = None
    ) -> Order:
        """Cancel an order; where the answer is lost, or says unknown, return it as it stands.

        Raises
        ------
        ccxt.BaseError
            If the order is still open after all tries, or cannot be asked for.
        """
        params = dict(params or {})
        for left in range(self.patience.tries - 1, -1, -1):
            try:
                answer: Order = self._cancel(id, symbol, dict(params))
                return answer
            except ccxt.BaseError as error:
                if is_refusal(error) and not isinstance(error, ccxt.InvalidOrder):
                    seconds = seconds_to_wait(self.api)
                    if not is_limit(error) or left == 0 or seconds > self.patience.longest:
                        raise
                    time.sleep(seconds)
                    continue
                order = self._state(id, symbol, params)
                if order is not None and order.get("status") not in OPEN_STATES:
                    self._say(f"{symbol}: order {id} is {order['status']}, the answer was", error)
                    return order
                if left == 0:
                    raise
                time.sleep(self.patience.pause)
        raise AssertionError("unreachable")  # pragma: no cover

    def find(self, client_id: str, symbol: str, conditional: bool) -> Order | None:
        """Ask once for an order by our id; None if the exchange does not know it.

        Raises
        ------
        ccxt.BaseError
            If it could not be asked.
        """
        asked = {"clientOrderId": client_id, **({"stop": True} if conditional else {})}
        try:
            order: Order = self.api.fetch_order("", symbol, asked)
        except ccxt.OrderNotFound:
            return None
        return order

    def _ask(self, client_id: str, symbol: str, conditional: bool) -> Order | None:
        """Ask until it is found or must be absent; where nobody answers, raise the error."""
        begin = time.monotonic()
        while True:
            waited = time.monotonic() - begin
            try:
                found = self.find(client_id, symbol, conditional)
            except ccxt.BaseError:
                if waited > self.patience.longest:
                    raise
            else:
                if found is not None or waited > self.patience.window:
                    return found
            time.sleep(self.patience.pause)

    def _state(self, id: str, symbol: str | None, params: dict[str, Any]) -> Order | None:
        try:
            order: Order = self.api.fetch_order(id, symbol, dict(params))
        except ccxt.BaseError:
            return None
        return order

    def _say(self, text: str, error: ccxt.BaseError) -> None:
        self.tell(f"{text} ({type(error).__name__}).")


def is_stop(params: dict[str, Any]) -> bool:
    """Whether an order waits for a price."""
    return "stopPrice" in params or "triggerPrice" in params


def is_conditional(api: Any, symbol: str, params: dict[str, Any]) -> bool:
    """Whether an order goes to the futures' algo orders: those are asked for elsewhere."""
    market = api.market(symbol)
    return bool(market.get("contract")) and is_stop(params)
