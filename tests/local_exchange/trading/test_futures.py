"""Futures: margin, profit, funding, liquidation, reduce-only and conditional orders, on paper."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

Trade = Callable[..., Any]
ORDER, ALGO = "/fapi/v1/order", "/fapi/v1/algoOrder"
MARKET = {"symbol": "ABCUSDT", "type": "MARKET"}
STOP = {"symbol": "ABCUSDT", "side": "SELL", "type": "STOP_MARKET", "reduceOnly": "true"}


def wallet(ask: Any) -> tuple[str, str]:
    asset = ask("GET", "/fapi/v3/account")["assets"][0]
    return asset["walletBalance"], asset["availableBalance"]


def leverage(ask: Any, value: int) -> None:
    assert ask("POST", "/fapi/v1/leverage", symbol="ABCUSDT", leverage=value)["leverage"] == value


def test_a_long_from_entry_to_exit(trade: Trade) -> None:
    ask = trade()
    leverage(ask, 5)
    done = ask("POST", ORDER, **MARKET, side="BUY", quantity="5")
    assert (done["avgPrice"], done["cumQuote"]) == ("100.005", "500.025")
    # Fee 0.05 % of 500.025 = 0.2500125; margin a fifth: 100.005.
    assert wallet(ask) == ("999.7499875", "899.7449875")
    (position,) = ask("GET", "/fapi/v3/positionRisk")
    assert (position["positionAmt"], position["isolatedWallet"]) == ("5", "100.005")
    ask.at("00:35:00")
    closed = ask("POST", ORDER, **MARKET, side="SELL", quantity="5", reduceOnly="true")
    # Below 100 the ticks are 0.0001. 103 less half a basis point; profit 5 x 2.9898, fee 0.05 % of
    # 514.974, funding 5 x 99 x 0.001.
    assert (closed["status"], closed["avgPrice"]) == ("FILLED", "102.9948")
    assert wallet(ask) == ("1013.9465005", "1013.9465005")
    ask.at("00:40:00")  # the candles have run out, and with them the book
    assert ask("POST", ORDER, **MARKET, side="BUY", quantity="5")["status"] == "EXPIRED"


def test_a_stop_closes_a_long_and_names_the_order_that_traded(trade: Trade) -> None:
    ask = trade()
    leverage(ask, 5)
    ask("POST", ORDER, **MARKET, side="BUY", quantity="5")
    stop = ask("POST", ALGO, **STOP, quantity="5", triggerPrice="98.5", clientAlgoId="guard")
    assert (stop["algoStatus"], stop["actualOrderId"]) == ("NEW", "")
    ask.at("00:20:00")
    found = ask("GET", ALGO, clientAlgoId="guard")
    assert found["algoStatus"] == "FINISHED" and found["triggerPrice"] == "98.5"
    order = ask("GET", ORDER, symbol="ABCUSDT", orderId=found["actualOrderId"])
    assert (order["status"], order["avgPrice"]) == ("FILLED", "98.495")
    (_, trade_row) = ask("GET", "/fapi/v1/userTrades", symbol="ABCUSDT")
    assert trade_row["realizedPnl"] == "-7.55"  # 5 x (98.495 - 100.005)
    assert ask("GET", "/fapi/v3/positionRisk") == []
    # 1000 - 0.2500125 - 7.55 - 0.05 % of 492.475
    assert wallet(ask) == ("991.95375", "991.95375")


def test_a_short_is_liquidated_before_a_stop_that_lies_beyond(trade: Trade) -> None:
    ask = trade()
    ask.at("00:25:01")  # 90, then 104
    leverage(ask, 10)
    ask("POST", ORDER, **MARKET, side="SELL", quantity="5")
    (position,) = ask("GET", "/fapi/v3/positionRisk")
    # Entry 89.9955, margin 44.99775: (44.99775 + 449.9775) / (5 x 1.01).
    assert position["liquidationPrice"] == "98.01490099"
    stop = {**STOP, "side": "BUY"}
    ask("POST", ALGO, **stop, quantity="5", triggerPrice="99", clientAlgoId="late")
    ask.at("00:35:00")
    assert ask("GET", "/fapi/v3/positionRisk") == []
    assert ask("GET", ALGO, clientAlgoId="late")["algoStatus"] in ("FINISHED", "EXPIRED")
    (taken,) = ask("GET", "/fapi/v1/income", incomeType="LIQUIDATION")
    assert taken["income"] == "-44.99775"
    books = ask.audit()["futures"]
    assert books["wallet"]["difference"] == "0" and books["trades"] == 1


def test_funding_moves_from_long_to_short(trade: Trade) -> None:
    ask = trade()
    leverage(ask, 2)
    ask("POST", ORDER, **MARKET, side="BUY", quantity="5")
    before = wallet(ask)[0]
    ask.at("00:20:01")  # rate 0.001 at 00:20, when the price was 99
    (paid,) = ask("GET", "/fapi/v1/income", symbol="ABCUSDT", incomeType="FUNDING_FEE")
    assert paid["income"] == "-0.495"
    assert Decimal(wallet(ask)[0]) == Decimal(before) - Decimal("0.495")
    assert ask.audit()["futures"]["wallet"]["difference"] == "0"


def test_reduce_only_never_opens(trade: Trade) -> None:
    ask = trade()
    refused = ask("POST", ORDER, **MARKET, side="SELL", quantity="1", reduceOnly="true")
    assert refused[1]["code"] == -2022
    leverage(ask, 5)
    ask("POST", ORDER, **MARKET, side="BUY", quantity="1")
    more = ask("POST", ORDER, **MARKET, side="SELL", quantity="3", reduceOnly="true")
    assert more["executedQty"] == "1"
    assert ask("GET", "/fapi/v3/positionRisk") == []


def test_a_turn_closes_first_and_opens_the_rest(trade: Trade) -> None:
    ask = trade()
    leverage(ask, 5)
    ask("POST", ORDER, **MARKET, side="BUY", quantity="1")
    ask("POST", ORDER, **MARKET, side="SELL", quantity="3")
    (position,) = ask("GET", "/fapi/v3/positionRisk")
    assert (position["positionAmt"], position["entryPrice"]) == ("-2", "99.995")
    (_, sold) = ask("GET", "/fapi/v1/userTrades", symbol="ABCUSDT")
    assert sold["realizedPnl"] == "-0.01"


@pytest.mark.parametrize(
    ("method", "path", "query", "code"),
    [
        ("POST", ORDER, {**MARKET, "side": "BUY", "quantity": "1000"}, -2019),
        ("POST", "/fapi/v1/leverage", {"symbol": "ABCUSDT", "leverage": "51"}, -4028),
        ("POST", "/fapi/v1/leverage", {"symbol": "ABCUSDT"}, -1102),
        ("POST", "/fapi/v1/marginType", {"symbol": "ABCUSDT", "marginType": "CROSSED"}, -4168),
        ("POST", "/fapi/v1/marginType", {"symbol": "ABCUSDT", "marginType": "ISOLATED"}, -4046),
        ("POST", ALGO, {**STOP, "quantity": "1", "triggerPrice": "101"}, -2021),
        ("POST", ALGO, {**STOP, "closePosition": "true", "triggerPrice": "90"}, -1106),
        ("GET", ALGO, {"algoId": "99"}, -2013),
        ("DELETE", ALGO, {"algoId": "99"}, -2013),
        ("GET", ALGO, {}, -1102),
        ("GET", ORDER, {"symbol": "ABCUSDT"}, -1102),
        ("GET", ORDER, {"symbol": "ABCUSDT", "orderId": "7"}, -2013),
    ],
)
def test_refusals(trade: Trade, method: str, path: str, query: dict[str, str], code: int) -> None:
    assert trade()(method, path, **query)[1]["code"] == code


def test_a_conditional_order_can_be_taken_back(trade: Trade) -> None:
    ask = trade()
    leverage(ask, 5)
    ask("POST", ORDER, **MARKET, side="BUY", quantity="5")
    stop = ask("POST", ALGO, **STOP, quantity="5", triggerPrice="98.5", clientAlgoId="guard")
    assert [row["algoId"] for row in ask("GET", "/fapi/v1/openAlgoOrders")] == [stop["algoId"]]
    twice = ask("POST", ALGO, **STOP, quantity="5", triggerPrice="98", clientAlgoId="guard")
    assert twice[1]["code"] == -20132
    gone = ask("DELETE", ALGO, algoId=stop["algoId"])
    assert (gone["code"], gone["msg"]) == ("200", "success")
    ask.at("00:20:00")
    assert len(ask("GET", "/fapi/v3/positionRisk")) == 1
    assert ask("DELETE", ALGO, algoId=stop["algoId"])[1]["code"] == -2011
