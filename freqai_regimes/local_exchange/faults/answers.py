"""How a fault looks on the wire: status, headers and body of each error, and false candles."""

from __future__ import annotations

import json
from typing import Any

from freqai_regimes.local_exchange.faults.plan import FaultRule

_UNKNOWN = {
    -1000: "An unknown error occurred while processing the request.",
    -1006: "An unexpected response was received from the message bus. Execution status unknown.",
    -1007: "Timeout waiting for response from backend server. Send status unknown; execution "
    "status unknown.",
}
_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>cloud front</body></html>"


def error_answer(rule: FaultRule) -> tuple[int, dict[str, str], bytes]:
    """HTTP status, headers and body of a fault that answers with an error."""
    if rule.kind == "html":
        return 502, {"content-type": "text/html"}, _PAGE
    if rule.kind == "rate_limit":
        return (
            429,
            _json({"retry-after": f"{rule.seconds:.0f}"}),
            _body(-1003, "Too many requests; current limit is 6000 request weight per 1 MINUTE."),
        )
    if rule.kind == "banned":
        return (
            418,
            _json({"retry-after": f"{rule.seconds:.0f}"}),
            _body(-1003, "Way too many requests; IP banned."),
        )
    if rule.kind == "maintenance":
        return (
            503,
            _json({}),
            _body(
                -1001,
                "Internal error; unable to process your request. System is under maintenance.",
            ),
        )
    return 503, _json({}), _body(rule.code, _UNKNOWN[rule.code])


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


def _json(more: dict[str, str]) -> dict[str, str]:
    return {"content-type": "application/json", **more}


def _body(code: int, message: str) -> bytes:
    return json.dumps({"code": code, "msg": message}).encode()
