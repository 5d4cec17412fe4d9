"""Which requests meet a fault: paths, methods, times, counts and a sequence that repeats."""

from __future__ import annotations

from typing import Any

import pytest

from freqai_regimes.errors import ExchangeError
from freqai_regimes.local_exchange.faults.plan import FaultPlan
from freqai_regimes.local_exchange.faults.rule import FaultRule, read_rules

ORDER = ("POST", "/api/v3/order", "symbol=BTCUSDT", 1000)


def plan(**rule: Any) -> FaultPlan:
    return FaultPlan([FaultRule(**rule)])


@pytest.mark.parametrize(
    ("rule", "request_", "met"),
    [
        ({"kind": "reset"}, ORDER, True),
        ({"kind": "reset", "method": "GET"}, ORDER, False),
        ({"kind": "reset", "path": "/api/v3/order"}, ORDER, True),
        ({"kind": "reset", "path": "/api/v3"}, ORDER, False),
        ({"kind": "reset", "query": "ETHUSDT"}, ORDER, False),
        ({"kind": "reset", "begin": "1970-01-01T00:00:01"}, ORDER, True),
        ({"kind": "reset", "begin": "1970-01-01T00:00:02"}, ORDER, False),
        ({"kind": "reset", "end": "1970-01-01T00:00:01"}, ORDER, False),
        ({"kind": "stale_candles"}, ORDER, False),
        ({"kind": "stale_candles"}, ("GET", "/fapi/v1/klines", "", 1), True),
        ({"kind": "stale_candles"}, ("SOCKET", "/fstream/market/ws/0", "", 1), True),
        ({"kind": "clock_skew"}, ORDER, True),
        ({"kind": "delisted", "symbol": "BTCUSDT"}, ORDER, False),
    ],
)
def test_which_requests_meet_it(
    rule: dict[str, Any], request_: tuple[str, str, str, int], met: bool
) -> None:
    assert (plan(**rule).choose(*request_) is not None) is met


def test_so_often_and_no_more() -> None:
    twice = plan(kind="reset", times=2)
    assert [twice.choose(*ORDER) is not None for _ in range(4)] == [True, True, False, False]
    assert twice.met == [2]


def test_by_probability_and_the_same_every_time() -> None:
    runs = [
        [plan_.choose(*ORDER) is not None for _ in range(2000)]
        for plan_ in (plan(kind="reset", probability=0.3), plan(kind="reset", probability=0.3))
    ]
    assert runs[0] == runs[1]
    assert 0.26 < sum(runs[0]) / 2000 < 0.34


def test_once_met_it_goes_on_for_its_minutes() -> None:
    rare = plan(kind="reset", probability=0.05, minutes=2, times=2)
    met = [rare.choose("GET", "/", "", second * 1000) is not None for second in range(3600)]
    spells = "".join("x" if each else " " for each in met).split()
    assert "".join(spells) == "x" * 240
    assert rare.met == [240]


def test_delisted_in_its_time_only() -> None:
    rule = plan(kind="delisted", symbol="BTCUSDT", begin=100_000_000_000, end=200_000_000_000)
    found = [rule.delistings(now) for now in (99_999_999_999, 150_000_000_000, 200_000_000_000)]
    assert found == [{}, {"BTCUSDT": 100_000_000_000}, {}]
    at_once = plan(kind="delisted", symbol="BTCUSDT")
    assert [at_once.delistings(now) for now in (5000, 9000)] == [{"BTCUSDT": 5000}] * 2


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"kind": "reset"}, "the whole"),
        ([{"kind": "resett"}], "0.kind"),
        ([{"kind": "reset"}, {"kind": "reset", "probability": 0}], "1.probability"),
        ([{"kind": "reset", "path": "("}], "no regular expression"),
        ([{"kind": "reset", "begin": "noon"}], "milliseconds since 1970 or ISO"),
        ([{"kind": "delisted"}], "needs a symbol"),
        ([{"kind": "latency", "seconds": -1}], "seconds must be above 0"),
        ([{"kind": "reset", "minutes": 0}], "0.minutes"),
        ([{"kind": "reset", "colour": "red"}], "colour"),
    ],
)
def test_rules_that_cannot_be(data: Any, text: str) -> None:
    with pytest.raises(ExchangeError, match=text):
        read_rules(data)
