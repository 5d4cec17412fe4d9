"""Says when a bot may be fed unfinished candles: freqtrade's web sockets are on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from freqtrade.enums import TRADE_MODES


def socket_cautions(config: Mapping[str, Any]) -> list[str]:
    """One sentence where a bot's candles come through a web socket, none elsewhere.

    Freqtrade takes the newest candle that its socket was told for a closed one, if it was told of
    it in the second half of the candle (``Exchange._try_build_from_websocket``, 2026.9); the last
    seconds, or after a silence minutes, are then missing from it for good.
    """
    watched = config.get("exchange", {}).get("enable_ws", True)
    if config.get("runmode") not in TRADE_MODES or not watched:
        return []
    return [
        "exchange.enable_ws is on (freqtrade's default): where a web socket falls silent or is "
        "late, freqtrade takes an unfinished candle for a closed one, and keeps it. Set "
        '"enable_ws": false in the exchange section, so that candles are those of a backtest.'
    ]
