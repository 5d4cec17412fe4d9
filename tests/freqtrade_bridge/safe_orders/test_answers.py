"""What an error says of an order decides about money: refused, wait, or unknown."""

from __future__ import annotations

from types import SimpleNamespace

import ccxt
import pytest

from freqai_regimes.freqtrade_bridge.safe_orders.answers import (
    hide_signature,
    is_limit,
    is_refusal,
    seconds_to_wait,
)


@pytest.mark.parametrize(
    "error",
    [
        ccxt.InsufficientFunds,
        ccxt.OrderImmediatelyFillable,
        ccxt.BadSymbol,
        ccxt.AuthenticationError,
        ccxt.OperationRejected,
        ccxt.DDoSProtection,
        ccxt.RateLimitExceeded,
    ],
)
def test_the_exchange_has_looked_at_it_and_does_not_take_it(error: type[ccxt.BaseError]) -> None:
    assert is_refusal(error("no"))


@pytest.mark.parametrize(
    "error",
    [
        ccxt.RequestTimeout,
        ccxt.ExchangeNotAvailable,
        ccxt.OnMaintenance,
        ccxt.NetworkError,
        ccxt.OperationFailed,
        ccxt.ExchangeError,
        ccxt.BadResponse,
    ],
)
def test_anything_else_may_have_been_executed(error: type[ccxt.BaseError]) -> None:
    assert not is_refusal(error("what?")) and not is_limit(error("what?"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (None, 1.0),
        ({}, 1.0),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 1.0),
        ({"Retry-After": "9e9"}, 259_200.0),
    ],
)
def test_how_long_the_exchange_wants_to_be_left_alone(
    headers: dict[str, str] | None, seconds: float
) -> None:
    assert seconds_to_wait(SimpleNamespace(last_response_headers=headers)) == seconds


def test_a_signature_does_not_stay_in_an_error() -> None:
    error = ccxt.NetworkError("GET http://x/order?timestamp=1&signature=0a1b2c&more=1")
    hide_signature(error)
    assert str(error) == "GET http://x/order?timestamp=1&signature=...&more=1"
