"""A Binance-shaped exchange on loopback, served from a freqtrade data directory."""

from __future__ import annotations

from freqai_regimes.local_exchange.clock import SetClock, ShiftedClock, WallClock
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange, serve
from freqai_regimes.local_exchange.trading.desk import TradingOptions

__all__ = [
    "LocalExchange",
    "SetClock",
    "ShiftedClock",
    "TradingOptions",
    "WallClock",
    "exchange_overlay",
    "serve",
]
