"""Says once, clearly, when the stored candles of a market have run out."""

from __future__ import annotations

import logging

from freqai_regimes.local_exchange.catalogue import Market
from freqai_regimes.local_exchange.clock import iso

logger = logging.getLogger(__name__)


class EndOfData:
    """Watches for markets whose last stored candle lies behind the clock."""

    def __init__(self, markets: list[Market]) -> None:
        self._ahead = sorted(markets, key=lambda market: market.end_ms, reverse=True)

    def look(self, now_ms: int) -> list[Market]:
        """Markets that have run out since the last look; one warning names them."""
        ended = []
        while self._ahead and self._ahead[-1].end_ms <= now_ms:
            ended.append(self._ahead.pop())
        if ended:
            logger.warning(
                "The stored candles have run out, the last at %s: %s. There come no new candles, "
                "and the order book is empty. Backtests and downloads work; to go on trading, "
                "start the exchange anew with the clock 'shifted', or with 'set' at an earlier "
                "time.",
                iso(ended[-1].end_ms),
                ", ".join(f"{market.pair} ({market.kind})" for market in ended),
            )
        return ended
