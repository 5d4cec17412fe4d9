"""Keeps still for as long as the exchange asks (429, 418 with Retry-After), in every request."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

import ccxt

from freqai_regimes.freqtrade_bridge.safe_orders.answers import (
    hide_signature,
    is_limit,
    seconds_to_wait,
)

#: Waits up to here pass in silence; a longer one is told.
TOLD_SECONDS = 5.0


class RetryAfter:
    """One pause for all of a bot's connections: to ask on while banned prolongs the ban.

    Parameters
    ----------
    longest : seconds that a request is kept back; where more is left, it fails without being sent,
        as the exchange would let it fail.
    tell : called with a line for people when a long pause begins.
    """

    def __init__(self, longest: float, tell: Callable[[str], None]) -> None:
        self.longest = longest
        self.tell = tell
        self._until = 0.0

    def around(self, api: Any) -> None:
        """Let every request of a ccxt exchange, synchronous or not, keep to the pause."""
        fetch = api.fetch

        def waiting(*args: Any, **kwargs: Any) -> Any:
            time.sleep(self.left())
            try:
                return fetch(*args, **kwargs)
            except ccxt.BaseError as error:
                hide_signature(error)
                self.note(error, api)
                raise

        async def waiting_too(*args: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(self.left())
            try:
                return await fetch(*args, **kwargs)
            except ccxt.BaseError as error:
                hide_signature(error)
                self.note(error, api)
                raise

        api.fetch = waiting_too if inspect.iscoroutinefunction(fetch) else waiting

    def left(self) -> float:
        """Seconds to wait before the next request.

        Raises
        ------
        ccxt.DDoSProtection
            If they are more than ``longest``: nothing is sent.
        """
        left = max(0.0, self._until - time.monotonic())
        if left > self.longest:
            raise ccxt.DDoSProtection(
                f"Not sent: the exchange asked for a pause, {left:.0f} seconds of it are left."
            )
        return left

    def note(self, error: ccxt.BaseError, api: Any) -> None:
        """Begin a pause where the exchange has asked for one."""
        if not is_limit(error) or str(error).startswith("Not sent"):
            return
        seconds = seconds_to_wait(api)
        is_new = time.monotonic() >= self._until
        self._until = max(self._until, time.monotonic() + seconds)
        if is_new and seconds > TOLD_SECONDS:
            self.tell(f"The exchange asks for a pause: no request for {seconds:.0f} seconds.")
