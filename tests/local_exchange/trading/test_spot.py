"""Spot orders from request to balance, with numbers from paper."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from freqai_regimes.errors import ExchangeError
from freqai_regimes.local_exchange import LocalExchange, TradingOptions

Trade = Callable[..., Any]
ORDER = "/api/v3/order"
BUY = {"symbol": "ABCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
SELL = {**BUY, "side": "SELL"}


def balances(ask: Any) -> dict[str, tuple[str, str]]:
    account = ask("GET", "/api/v3/account")
    return {row["asset"]: (row["free"], row["locked"]) for row in account["balances"]}


def test_a_market_order_walks_the_book_and_pays_its_fee_in_what_it_gets(trade: Trade) -> None:
    ask = trade()
    done = ask("POST", ORDER, symbol="ABCUSDT", side="BUY", type="MARKET", quantity="2")
    # 100 and half a basis point up, on ticks of 0.001: 100.005; 0.1 % of two coins stay away.
    assert (done["status"], done["executedQty"]) == ("FILLED", "2")
    assert done["cummulativeQuoteQty"] == "200.01"
    assert balances(ask) == {"ABC": ("11.998", "0"), "USDT": ("799.99", "0")}


def test_a_resting_limit_is_met_at_its_own_price_when_a_candle_reaches_it(trade: Trade) -> None:
    ask = trade()
    placed = ask("POST", ORDER, **BUY, quantity="1", price="98.5")
    assert placed["status"] == "NEW"
    assert balances(ask)["USDT"] == ("901.5", "98.5")
    ask.at("00:19:59")  # the candle with low 98 has not closed
    assert ask("GET", ORDER, symbol="ABCUSDT", orderId=placed["orderId"])["status"] == "NEW"
    ask.at("00:20:00")
    order = ask("GET", ORDER, symbol="ABCUSDT", orderId=placed["orderId"])
    assert (order["status"], order["cummulativeQuoteQty"]) == ("FILLED", "98.5")
    trades = ask("GET", "/api/v3/myTrades", symbol="ABCUSDT", orderId=placed["orderId"])
    assert [(t["price"], t["isMaker"], t["commission"]) for t in trades] == [
        ("98.5", True, "0.001")
    ]
    assert balances(ask) == {"ABC": ("10.999", "0"), "USDT": ("901.5", "0")}


def test_a_candle_gives_a_part_of_its_volume_only(trade: Trade) -> None:
    ask = trade(participation=Decimal("0.0005"))  # half a coin of 1000 a candle
    placed = ask("POST", ORDER, **BUY, quantity="1.2", price="98.5")
    filled = []
    for time in ("00:20:00", "00:25:00", "00:25:01"):
        ask.at(time)
        order = ask("GET", ORDER, symbol="ABCUSDT", orderId=placed["orderId"])
        filled.append((order["executedQty"], order["status"]))
    # The candle of 00:25 opens below the limit: nothing holds the rest back then.
    assert filled == [("0.5", "PARTIALLY_FILLED"), ("1.2", "FILLED"), ("1.2", "FILLED")]
    assert ask.audit()["spot"]["balances"]["USDT"]["difference"] == "0"


def test_a_stop_that_is_passed_on_the_way_sells_half_a_spread_below_it(trade: Trade) -> None:
    ask = trade()
    stop = {"symbol": "ABCUSDT", "side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC"}
    placed = ask("POST", ORDER, **stop, quantity="10", stopPrice="98.5", price="97")
    assert balances(ask)["ABC"] == ("0", "10")
    ask.at("00:20:00")
    order = ask("GET", ORDER, symbol="ABCUSDT", orderId=placed["orderId"])
    # 98.5 less half a basis point is 98.495075, on ticks of 0.001: 98.495.
    assert (order["status"], order["cummulativeQuoteQty"]) == ("FILLED", "984.95")
    assert balances(ask)["USDT"] == ("1983.96505", "0")


def test_a_stop_limit_that_is_jumped_over_rests_at_its_limit(trade: Trade) -> None:
    ask = trade()
    ask.at("00:20:01")
    stop = {"symbol": "ABCUSDT", "side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC"}
    placed = ask("POST", ORDER, **stop, quantity="10", stopPrice="95.5", price="95")
    ask.at("00:25:01")  # opened at 90
    order = ask("GET", ORDER, symbol="ABCUSDT", orderId=placed["orderId"])
    assert (order["status"], order["isWorking"], order["stopPrice"]) == ("NEW", True, "95.5")
    ask.at("00:35:00")  # back up through 95
    order = ask("GET", ORDER, symbol="ABCUSDT", orderId=placed["orderId"])
    assert (order["status"], order["cummulativeQuoteQty"]) == ("FILLED", "950")


def test_a_stop_without_limit_sells_where_the_market_jumps_to(trade: Trade) -> None:
    ask = trade()
    stop = {"symbol": "ABCUSDT", "side": "SELL", "type": "STOP_LOSS", "quantity": "10"}
    placed = ask("POST", ORDER, **stop, stopPrice="95.5")
    target = ask("POST", ORDER, **{**stop, "side": "BUY", "type": "TAKE_PROFIT"}, stopPrice="99")
    assert balances(ask)["ABC"] == ("0", "10") and balances(ask)["USDT"] == ("10", "990")
    ask.at("00:20:00")  # at the trigger 99, half a basis point worse: 99.00495, up to 99.005
    order = ask("GET", ORDER, symbol="ABCUSDT", orderId=target["orderId"])
    assert (order["status"], order["cummulativeQuoteQty"]) == ("FILLED", "990.05")
    ask.at("00:25:01")  # opened at 90: 89.9955
    order = ask("GET", ORDER, symbol="ABCUSDT", orderId=placed["orderId"])
    assert (order["status"], order["cummulativeQuoteQty"]) == ("FILLED", "899.955")
    assert all(row["difference"] == "0" for row in ask.audit()["spot"]["balances"].values())


def test_a_stop_that_can_not_be_paid_where_it_fills_expires(trade: Trade) -> None:
    ask = trade()
    stop = {"symbol": "ABCUSDT", "side": "BUY", "type": "STOP_LOSS", "quantity": "9.9009"}
    placed = ask("POST", ORDER, **stop, stopPrice="101")
    assert balances(ask)["USDT"] == ("0.0091", "999.9909")
    ask.at("00:20:00")  # 101.006 times 9.9009 is 1000.0503
    order = ask("GET", ORDER, symbol="ABCUSDT", orderId=placed["orderId"])
    assert (order["status"], order["executedQty"]) == ("EXPIRED", "0")
    assert balances(ask)["USDT"] == ("1000", "0")


def test_high_comes_before_low_in_a_falling_candle(trade: Trade) -> None:
    ask = trade()
    sale = ask("POST", ORDER, **SELL, quantity="5", price="100.5")
    purchase = ask("POST", ORDER, **BUY, quantity="5", price="98.5")
    ask.at("00:20:00")
    trades = ask("GET", "/api/v3/myTrades", symbol="ABCUSDT")
    assert [row["orderId"] for row in trades] == [sale["orderId"], purchase["orderId"]]


def test_a_canceled_order_gives_back_what_was_set_aside(trade: Trade) -> None:
    ask = trade()
    placed = ask("POST", ORDER, **BUY, quantity="1", price="90", newClientOrderId="mine")
    found = ask("GET", ORDER, symbol="ABCUSDT", origClientOrderId="mine")
    assert found["orderId"] == placed["orderId"]
    assert len(ask("GET", "/api/v3/openOrders")) == 1
    gone = ask("DELETE", ORDER, symbol="ABCUSDT", origClientOrderId="mine")
    assert gone["status"] == "CANCELED"
    assert balances(ask) == {"ABC": ("10", "0"), "USDT": ("1000", "0")}
    assert ask("DELETE", ORDER, symbol="ABCUSDT", orderId=placed["orderId"])[1]["code"] == -2011


def test_immediate_or_nothing(trade: Trade) -> None:
    ask = trade()
    rest = ask("POST", ORDER, **{**BUY, "timeInForce": "IOC"}, quantity="1", price="99")
    assert (rest["status"], rest["executedQty"]) == ("EXPIRED", "0")
    whole = ask("POST", ORDER, **{**BUY, "timeInForce": "FOK"}, quantity="9", price="100.01")
    assert whole["status"] in ("FILLED", "EXPIRED")
    maker = ask("POST", ORDER, symbol="ABCUSDT", side="BUY", type="LIMIT_MAKER", quantity="1",
                price="101")  # fmt: skip
    assert maker[1] == {"code": -2010, "msg": "Order would immediately match and take."}


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"quantity": "11", "price": "100"}, -2010, "insufficient balance"),
        ({"quantity": "1.00001", "price": "100"}, -1111, "too much precision"),
        ({"quantity": "1", "price": "100.0001"}, -1013, "PRICE_FILTER"),
        ({"quantity": "0.01", "price": "100"}, -1013, "NOTIONAL"),
        ({"quantity": "0", "price": "100"}, -1013, "LOT_SIZE"),
        ({"quantity": "x", "price": "100"}, -1102, "'quantity'"),
        ({"quantity": "NaN", "price": "100"}, -1102, "'quantity'"),
        ({"quantity": "1"}, -1102, "'price'"),
        ({"quantity": "1", "price": "-5"}, -1130, "'price'"),
        ({"type": "ICEBERG", "quantity": "1", "price": "100"}, -1116, "orderType"),
        ({"side": "UP", "quantity": "1", "price": "100"}, -1117, "side"),
        ({"timeInForce": "GTD", "quantity": "1", "price": "100"}, -1115, "timeInForce"),
        ({"timeInForce": "GTX", "quantity": "1", "price": "100"}, -1115, "timeInForce"),
        ({"symbol": "NOUSDT", "quantity": "1", "price": "100"}, -1121, "symbol"),
    ],
)
def test_what_is_refused_changes_nothing(
    trade: Trade, change: dict[str, str], code: int, text: str
) -> None:
    ask = trade()
    status, body = ask("POST", ORDER, **{**BUY, **change})
    assert (status, body["code"]) == (400, code) and text in body["msg"]
    assert balances(ask) == {"ABC": ("10", "0"), "USDT": ("1000", "0")}
    assert ask.audit()["spot"]["orders"] == 0


def test_an_open_client_id_is_not_taken_twice(trade: Trade) -> None:
    ask = trade()
    wish = {**BUY, "quantity": "1", "price": "90", "newClientOrderId": "same"}
    ask("POST", ORDER, **wish)
    assert ask("POST", ORDER, **wish)[1] == {"code": -2010, "msg": "Duplicate order sent."}


def test_a_stop_behind_the_price_is_refused(trade: Trade) -> None:
    stop = {"symbol": "ABCUSDT", "side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC"}
    answer = trade()("POST", ORDER, **stop, quantity="1", stopPrice="100", price="99")
    assert answer[1]["msg"] == "Stop price would trigger immediately."


def test_each_event_is_one_line(trade: Trade, tmp_path: Path) -> None:
    ask = trade(events=tmp_path / "log" / "events.jsonl")
    ask("POST", ORDER, **BUY, quantity="1", price="98.5", newClientOrderId="mine")
    ask("POST", ORDER, **BUY, quantity="100", price="98.5")
    ask.at("00:20:00")
    lines = (tmp_path / "log" / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["event"] for event in events] == ["order", "refusal", "fill"]
    assert events[2]["at"] == "98.5" and events[2]["client_id"] == "mine"
    assert events[2]["time"] == "2025-03-03T00:19:59.999Z"
    assert "signature" not in lines[1]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"key": "other"}, 401, -2015),
        ({"secret": "other"}, 400, -1022),
        ({"late_ms": 5_001}, 400, -1021),
        ({"late_ms": -1_001}, 400, -1021),
        ({"more": {"timestamp": "now"}}, 400, -1102),
        ({"more": {"recvWindow": "60001"}}, 400, -1131),
    ],
)
def test_only_signed_requests_in_time(
    trade: Trade, change: dict[str, Any], status: int, code: int
) -> None:
    ask = trade()
    for name, value in change.items():
        setattr(ask, name, value)
    answer = ask("GET", "/api/v3/account")
    assert (answer[0], answer[1]["code"]) == (status, code)


def test_fees_in_bnb_cost_a_quarter_less(trade: Trade) -> None:
    held = {"USDT": Decimal(1000), "ABC": Decimal(10), "BNB": Decimal("0.0004")}
    ask = trade(bnb_fees=True, balances=held)
    market = {"symbol": "ABCUSDT", "type": "MARKET", "quantity": "2"}
    # 200.01 at 0.075 % are 0.1500075, at 600 each 0.00025001 BNB; the coins are whole.
    (fill,) = ask("POST", ORDER, **market, side="BUY")["fills"]
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00025001", "BNB")
    assert balances(ask)["ABC"] == ("12", "0")
    assert balances(ask)["BNB"] == ("0.00014999", "0")
    # Too little is left for 199.99: the coin that is received pays, the whole 0.1 %.
    (fill,) = ask("POST", ORDER, **market, side="SELL")["fills"]
    assert (fill["commission"], fill["commissionAsset"]) == ("0.19999", "USDT")
    trades = ask("GET", "/api/v3/myTrades", symbol="ABCUSDT")
    assert [row["commissionAsset"] for row in trades] == ["BNB", "USDT"]
    books = ask.audit()["spot"]
    assert books["fees"] == {"BNB": "0.00025001", "USDT": "0.19999"}
    assert {row["difference"] for row in books["balances"].values()} == {"0"}
    usdt = books["balances"]["USDT"]
    assert (usdt["given"], usdt["received"], usdt["fees"]) == ("200.01", "199.99", "0.19999")
    assert books["dust"] == {"BNB": "0.00014999"}


def test_bnb_that_is_bought_pays_its_own_fee(trade: Trade) -> None:
    ask = trade(bnb_fees=True, balances={"USDT": Decimal(1000)})
    done = ask("POST", ORDER, symbol="BNBUSDT", side="BUY", type="MARKET", quantity="0.1")
    # 0.1 at 600.03: 0.04500225 USDT of fee at 600
    assert done["fills"][0]["commission"] == "0.000075"
    assert balances(ask)["BNB"] == ("0.099925", "0")
    assert ask.audit()["spot"]["dust"] == {"BNB": "0.000925"}


def test_fees_in_bnb_need_its_price(
    small_datadir: Path,
) -> None:
    with pytest.raises(ExchangeError, match=r"no spot candles of BNB/USDT: store them"):
        LocalExchange(small_datadir, clock="set", trading=TradingOptions(bnb_fees=True))
