"""What the strategy has to say, queued by anyone and sent from the bot's own thread only."""

from __future__ import annotations

from collections import deque

from freqtrade.data.dataprovider import DataProvider
from freqtrade.enums import TRADE_MODES

#: Telegram refuses longer texts.
MOST_CHARACTERS = 4000

_waiting: deque[str] = deque()


def announce(text: str) -> None:
    """Queue a text for Telegram, webhooks and Discord; any thread may call this."""
    _waiting.append(text[:MOST_CHARACTERS])


def flush(provider: DataProvider) -> None:
    """Hand what is waiting to freqtrade; in a backtest nobody listens, and it is dropped."""
    while _waiting:
        text = _waiting.popleft()
        if provider.runmode in TRADE_MODES:
            provider.send_msg(text, always_send=True)
