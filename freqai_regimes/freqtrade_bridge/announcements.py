"""What the strategy has to say, queued by anyone and sent from the bot's own thread only."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from freqtrade.data.dataprovider import DataProvider
from freqtrade.enums import TRADE_MODES

from freqai_regimes.messages.markdown import escape

#: Telegram refuses longer texts.
MOST_CHARACTERS = 4000
MOST_A_MINUTE = 15


@dataclass(frozen=True)
class Announcement:
    """A text in Telegram's Markdown, and what is done once freqtrade has it."""

    text: str
    sent: Callable[[], None] | None = None


_waiting: deque[Announcement] = deque()
_sent_at: deque[float] = deque()


def announce(text: str) -> None:
    """Queue a plain text for Telegram, webhooks and Discord; any thread may call this."""
    announce_markdown(escape(text))


def announce_markdown(text: str, sent: Callable[[], None] | None = None) -> None:
    """Queue a text with markup; ``sent`` is called in the bot's thread when it has been handed on.

    What must be told exactly once remembers there that it was: a bot that is killed before tells it
    after the restart.
    """
    _waiting.append(Announcement(text[:MOST_CHARACTERS], sent))


def flush(provider: DataProvider, most_a_minute: int = MOST_A_MINUTE) -> None:
    """Hand what is waiting to freqtrade, as much as a minute allows; the rest waits its turn.

    In a backtest nobody listens, and it is dropped.
    """
    live, now = provider.runmode in TRADE_MODES, time.monotonic()
    while _sent_at and now - _sent_at[0] >= 60:
        _sent_at.popleft()
    while _waiting and (not live or len(_sent_at) < most_a_minute):
        announcement = _waiting.popleft()
        if live:
            provider.send_msg(announcement.text, always_send=True)
            _sent_at.append(now)
            if announcement.sent is not None:
                announcement.sent()
