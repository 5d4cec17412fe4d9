"""One request: its parameters read as Binance reads them, and the one moment it is answered for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from freqai_regimes.local_exchange import as_of
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.order_book import EMPTY_BOOK, OrderBook, order_book
from freqai_regimes.local_exchange.refusal import (
    Refusal,
    illegal_characters,
    invalid_symbol,
    invalid_value,
    missing_parameter,
)
from freqai_regimes.local_exchange.symbol_filters import (
    SymbolFilter,
    derived_filter,
    known_filter,
)

_SYMBOL = "^[A-Z0-9-_.]{1,20}$"
_WHOLE = "^[0-9]{1,20}$"
_GREATEST = 2**62  # within what arrays of times can be compared with


@dataclass(frozen=True)
class Ask:
    """A request to the ``kind`` (spot or futures) side of the exchange at ``now`` (ms)."""

    store: CandleStore
    kind: str
    now: int
    parameters: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return a mandatory parameter."""
        value = self.parameters.get(name, "")
        if not value:
            raise missing_parameter(name)
        return value

    def whole(self, name: str) -> int | None:
        """Return an optional whole number, None if it was not sent."""
        value = self.parameters.get(name)
        if value is None:
            return None
        if not re.match(_WHOLE, value):
            raise illegal_characters(name, _WHOLE)
        if int(value) > _GREATEST:
            raise invalid_value(name)
        return int(value)

    def limit(self, default: int, most: int) -> int:
        """Return how many rows are wanted. Spot cuts too large a limit down, futures refuses it."""
        limit = self.whole("limit")
        if limit is None:
            return default
        if limit == 0 or (limit > most and self.kind != "spot"):
            raise invalid_value("limit")
        return min(limit, most)

    def market(self) -> Market:
        """Return the traded market of the mandatory parameter ``symbol``."""
        return self.named(self.text("symbol"))

    def past_market(self) -> Market:
        """Return a market by the parameter ``symbol``, also one that has been delisted."""
        return self.past(self.text("symbol"))

    def named(self, symbol: str) -> Market:
        """Return a market by its symbol that is traded now."""
        market = self.past(symbol)
        if self.delisted_at(market) is not None:
            raise invalid_symbol()
        return market

    def delisted_at(self, market: Market) -> int | None:
        """When a market was taken off, None for one that is traded."""
        return self.store.delistings(self.now).get(market.symbol)

    def past(self, symbol: str) -> Market:
        """Return a market by its symbol that has been listed at some time."""
        if not re.match(_SYMBOL, symbol):
            raise illegal_characters("symbol", _SYMBOL)
        market = self.store.market(self.kind, symbol)
        if market is None or market.first_ms > self.now:
            raise invalid_symbol()
        return market

    def listed(self) -> list[Market]:
        """All markets that have a candle by now and are traded."""
        return [
            each
            for each in self.store.markets(self.kind)
            if each.first_ms <= self.now and self.delisted_at(each) is None
        ]

    def wanted(self) -> tuple[list[Market], bool]:
        """Markets asked for by ``symbol``, ``symbols`` or neither (all), and whether it is one."""
        symbol, symbols = self.parameters.get("symbol"), self.parameters.get("symbols")
        if symbol is not None and symbols is not None:
            raise Refusal(-1128, "Combination of optional parameters invalid.")
        if symbol is not None:
            return [self.named(symbol)], True
        if symbols is None:
            return self.listed(), False
        try:
            names = json.loads(symbols)
        except ValueError:
            names = None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise illegal_characters("symbols", '^\\["[A-Z0-9-_.]{1,20}"(,"...")*\\]$')
        return [self.named(name) for name in names], False

    def last(self, market: Market) -> as_of.LastPrice:
        """Newest known price of a market."""
        found = as_of.last_price(self.store, market, self.now)
        if found is None:
            raise invalid_symbol()
        return found

    def rule(self, market: Market) -> SymbolFilter:
        """Return the steps of price and quantity of a market."""
        known = known_filter(market)
        if known is not None:
            return known
        return derived_filter(as_of.lowest_price(self.last(market), self.now), market.quote)

    def book(self, market: Market, levels: int) -> OrderBook:
        """Order book of a market; empty while trading stands still."""
        last = self.last(market)
        if not last.live:
            return EMPTY_BOOK
        volume = as_of.volume_per_minute(last, self.now)
        return order_book(last.price, volume, self.rule(market), levels)


def decimal_text(value: float) -> str:
    """Shortest text that reads back as the same number, without an exponent.

    >>> decimal_text(0.1), decimal_text(1e-07), decimal_text(42.0)
    ('0.1', '0.0000001', '42.0')
    """
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text
