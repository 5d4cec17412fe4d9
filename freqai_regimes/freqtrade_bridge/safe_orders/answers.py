"""What an error of the exchange says about the order: refused for certain, wait, or unknown."""

from __future__ import annotations

import re
from typing import Any

import ccxt

#: The exchange has looked at the order and does not take it: nothing was executed.
REFUSALS = (
    ccxt.InsufficientFunds,
    ccxt.InvalidOrder,
    ccxt.BadRequest,
    ccxt.OperationRejected,
    ccxt.AuthenticationError,
    ccxt.PermissionDenied,
    ccxt.InvalidNonce,
    ccxt.NotSupported,
)
SIGNATURE = re.compile(r"(signature=)\w+")
#: Without a number of the exchange's.
USUAL_WAIT_SECONDS = 1.0
#: Binance bans an address for at most three days.
LONGEST_BAN_SECONDS = 3 * 86_400.0


def is_refusal(error: ccxt.BaseError) -> bool:
    """Whether the order was certainly not taken.

    Binance states of HTTP 5xx that the execution status is unknown and must not be treated as a
    failure; time-outs, resets and pages of a proxy say no more. Those are not refusals.
    """
    return isinstance(error, REFUSALS) or is_limit(error)


def is_limit(error: ccxt.BaseError) -> bool:
    """Whether the exchange asks to wait (429, 418): nothing was executed, later it may be."""
    return isinstance(error, (ccxt.DDoSProtection, ccxt.RateLimitExceeded))


def seconds_to_wait(api: Any) -> float:
    """What ``Retry-After`` of the last answer asks for; ``USUAL_WAIT_SECONDS`` without one."""
    headers = getattr(api, "last_response_headers", None) or {}
    for name, value in headers.items():
        if name.lower() == "retry-after":
            try:
                return min(max(float(value), 0.0), LONGEST_BAN_SECONDS)
            except ValueError:
                break
    return USUAL_WAIT_SECONDS


def hide_signature(error: BaseException | None) -> None:
    """Take a request's signature out of its error, which will be logged with what caused it."""
    while error is not None:
        error.args = tuple(_without_signature(part) for part in error.args)
        error = error.__cause__ or error.__context__


def _without_signature(part: object) -> object:
    return SIGNATURE.sub(r"\1...", str(part)) if SIGNATURE.search(str(part)) else part
