"""How a fault looks on the wire: status, headers and body of each error, and false candles."""

from __future__ import annotations

import json
from typing import Any

from freqai_regimes.local_exchange.faults.rule import FaultRule

_UNKNOWN = {
    -1000: "An unknown error occurred while processing the request.",
    -1006: "An unexpected response was received from the message bus. Execution status unknown.",
    -1007: "Timeout waiting for response from backend server. Send status unknown; execution "
    "status unknown.",
}
_PAGE = b"<html><head><title>%s</title></head><body>cloud front</body></html>"
_JSON = [(b"content-type", b"application/json")]
STATUS_PATH = "/sapi/v1/system/status"

#: HTTP status, headers and body.
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


def error_answer(rule: FaultRule) -> Answer:
    """Answer of a fault that is one with an error."""
    if rule.kind == "html":
        return _page(502, b"502 Bad Gateway")
    if rule.kind == "rate_limit":
        message = "Too many requests; current limit is 6000 request weight per 1 MINUTE."
        return _limit(429, rule.seconds, message)
    if rule.kind == "banned":
        return _limit(418, rule.seconds, "Way too many requests; IP banned.")
    if rule.kind == "maintenance" and rule.page:
        return _page(503, b"503 Service Unavailable: system maintenance")
    if rule.kind == "maintenance":
        message = "Internal error; unable to process your request. System is under maintenance."
        return 503, _JSON, _body(-1001, message)
    return 503, _JSON, _body(rule.code, _UNKNOWN[rule.code])


def system_under_maintenance() -> Answer:
    """What the exchange says of its own state meanwhile."""
    return 200, _JSON, json.dumps({"status": 1, "msg": "system_maintenance"}).encode()


def false_data(rule: FaultRule, data: Any) -> Any:
    """An answer with what a data fault makes of it; other shapes stay as they are."""
    if rule.kind == "clock_skew" and isinstance(data, dict) and "serverTime" in data:
        return data | {"serverTime": data["serverTime"] + round(rule.seconds * 1000)}
    if not isinstance(data, list) or not data or not isinstance(data[0], list):
        return data
    if rule.kind == "empty_candles":
        return []
    if rule.kind == "stale_candles":
        return data[:-2]
    if rule.kind == "missing_candle" and len(data) > 2:
        return data[:-2] + data[-1:]
    if rule.kind == "revised_candle" and len(data) > 1:
        closed = list(data[-2])
        closed[4] = closed[2]  # the close is shown at the high, and right the next time
        return [*data[:-2], closed, data[-1]]
    return data


def _page(status: int, title: bytes) -> Answer:
    return status, [(b"content-type", b"text/html")], _PAGE % title


def _limit(status: int, seconds: float, message: str) -> Answer:
    return status, [*_JSON, (b"retry-after", b"%.0f" % seconds)], _body(-1003, message)


def _body(code: int, message: str) -> bytes:
    return json.dumps({"code": code, "msg": message}).encode()
