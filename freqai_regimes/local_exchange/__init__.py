"""A Binance-shaped public exchange on loopback, served from a freqtrade data directory."""

from __future__ import annotations

from freqai_regimes.local_exchange.clock import SetClock, ShiftedClock, WallClock
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange, serve

__all__ = [
    "LocalExchange",
    "SetClock",
    "ShiftedClock",
    "WallClock",
    "exchange_overlay",
    "serve",
]
