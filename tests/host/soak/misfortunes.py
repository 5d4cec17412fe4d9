"""What goes wrong on the exchange of a soak: single requests and whole outages."""

from __future__ import annotations

from typing import Any

import pandas as pd

from freqai_regimes.local_exchange.faults.rule import FaultRule, read_rules

ORDERS = r"/(api/v3|fapi/v1)/(order|algoOrder)"
METHODS = ("POST", "DELETE")  # what changes something
#: What an outage looks like, in turn; of the last the exchange does the work and cannot say so.
OUTAGES: tuple[dict[str, Any], ...] = (
    {"kind": "reset"},
    {"kind": "maintenance"},
    {"kind": "html"},
    {"kind": "unavailable", "code": -1007, "executed": True},
)
OUTAGE_EVERY, OUTAGE_MINUTES = pd.Timedelta("3h"), (4, 10)


def lost_answers(*, executed: bool) -> list[dict[str, Any]]:
    """Every way in which it cannot be told whether a request was carried out."""
    broken = [{"kind": kind, "executed": executed} for kind in ("reset", "html")]
    codes = (-1000, -1006, -1007)
    return [*broken, *({"kind": "unavailable", "code": c, "executed": executed} for c in codes)]


def every_kind(rate: float) -> list[FaultRule]:
    """Every kind of fault on every kind of request; orders meet the worst of them most often.

    ``rate`` is the probability of each kind on candles, of each kind on orders twice that, and of
    each kind on any request a tenth of it.
    """
    limits = [{"kind": "rate_limit", "seconds": 1}, {"kind": "banned", "seconds": 1}]
    lost = [*lost_answers(executed=True), *lost_answers(executed=False)]
    on_orders = [{**rule, "path": ORDERS, "probability": 2 * rate} for rule in [*lost, *limits]]
    anywhere = [
        {**rule, "probability": rate / 10}
        for rule in [*lost_answers(executed=False), *limits, {"kind": "maintenance"}]
    ]
    data = ("stale_candles", "missing_candle", "empty_candles", "revised_candle")
    on_candles = [{"kind": kind, "probability": rate} for kind in data]
    late = {"kind": "latency", "seconds": 0.05, "probability": rate / 10}
    skewed = [
        {"kind": "clock_skew", "seconds": seconds, "probability": rate / 20}
        for seconds in (0.4, -0.4, 30, -30)
    ]
    return read_rules([*on_orders, *anywhere, *on_candles, late, *skewed])


def hidden_only(rate: float) -> list[FaultRule]:
    """Answers to orders and cancels that were carried out, lost in every way."""
    rules = [
        {**rule, "path": ORDERS, "probability": 2 * rate, "method": method}
        for rule in lost_answers(executed=True)
        for method in METHODS
    ]
    return read_rules(rules)


def outages(start: pd.Timestamp, hours: float) -> list[FaultRule]:
    """Minutes in which no request is answered, every few hours, each of another kind."""
    rules: list[dict[str, Any]] = []
    begin, end = start + OUTAGE_EVERY / 2, start + pd.Timedelta(hours=hours)
    while begin < end:
        turn = len(rules)
        minutes = OUTAGE_MINUTES[turn // len(OUTAGES) % len(OUTAGE_MINUTES)]
        over = begin + pd.Timedelta(minutes=minutes)
        span = {"begin": begin.isoformat(), "end": over.isoformat()}
        rules.append({**OUTAGES[turn % len(OUTAGES)], **span})
        begin += OUTAGE_EVERY
    return read_rules(rules)
