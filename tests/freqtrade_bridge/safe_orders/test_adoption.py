"""Which orders become part of freqtrade's books, and which must not."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from freqtrade.enums import TradingMode
from freqtrade.persistence import Trade, init_db

from freqai_regimes.freqtrade_bridge.safe_orders.adoption import adopt, asked_price

PAIR = "ABC/USDT"


@pytest.fixture(autouse=True)
def database() -> Iterator[None]:
    init_db("sqlite://")
    yield
    Trade.session.remove()


def exchange(contract_size: float = 1.0, mode: TradingMode = TradingMode.SPOT) -> Any:
    def in_coins(order: dict[str, Any]) -> dict[str, Any]:
        return order | {name: order[name] * contract_size for name in ("amount", "filled")}

    return SimpleNamespace(
        **{"id": "binance", "trading_mode": mode, "precisionMode": 4, "precision_mode_price": 4},
        _order_contracts_to_amount=in_coins,
        _contracts_to_amount=lambda pair, amount: amount * contract_size,
        get_fee=lambda **_: 0.001,
        get_pair_base_currency=lambda pair: "ABC",
        get_precision_amount=lambda pair: 0.001,
        get_precision_price=lambda pair: 0.01,
        get_contract_size=lambda pair: contract_size,
    )


def strategy() -> Any:
    return SimpleNamespace(
        **{"config": {"stake_currency": "USDT", "timeframe": "5m"}, "stoploss": -0.1},
        get_strategy_name=lambda: "RegimeStrategy",
        wallets=SimpleNamespace(update=lambda: None),
    )


def take(side: str, at: Any = None, number: str = "7", **changes: Any) -> str:
    order = {
        **{"id": number, "symbol": PAIR, "side": side, "amount": 2.0, "filled": 2.0},
        **{"status": "closed", "price": 100.0, "average": 99.0, "timestamp": 1_740_000_000_000},
        **{"type": "limit", "remaining": 0.0, "cost": 198.0, "datetime": None},
        **changes.pop("order", {}),
    }
    intent = {"symbol": PAIR, "side": side, "amount": 2.0, "price": 100.0, "params": {}, **changes}
    return adopt(order, intent, strategy(), at or exchange())


def test_an_entry_becomes_a_trade_once() -> None:
    assert take("buy", tag="bull score") == f"{PAIR}: entry order 7 adopted into trade 1"
    (trade,) = Trade.get_open_trades()
    assert (trade.enter_tag, trade.open_rate, trade.stake_amount) == ("bull score", 99.0, 198.0)
    assert trade.amount == 0 and trade.open_orders[0].ft_amount == 2.0  # freqtrade books the fill
    assert trade.stop_loss == pytest.approx(99.0 * 0.9, abs=0.011)  # rounded up to a cent
    assert take("buy") == "known"
    assert take("buy", number="8") == f"{PAIR}: entry order 8 adopted into trade 1"
    assert Trade.get_open_trade_count() == 1


@pytest.mark.parametrize("status", ["canceled", "expired", "rejected"])
def test_an_order_that_came_to_nothing_is_not_entered(status: str) -> None:
    assert take("buy", order={"status": status, "filled": 0.0}) == "ended"
    assert Trade.get_open_trade_count() == 0


@pytest.mark.parametrize(
    ("mode", "intent"),
    [
        (TradingMode.SPOT, {}),
        (TradingMode.FUTURES, {"reduce": True}),
        (TradingMode.FUTURES, {"stop": True}),
    ],
    ids=["coins sold", "reduce only", "stop"],
)
def test_what_closes_something_never_opens_a_short(
    mode: TradingMode, intent: dict[str, Any]
) -> None:
    at = exchange(mode=mode)
    assert take("sell", at, **intent) == f"{PAIR}: order 7 belongs to no open trade"
    assert Trade.get_open_trade_count() == 0


def test_a_short_in_contracts_is_booked_in_coins() -> None:
    take("sell", exchange(10.0, TradingMode.FUTURES), leverage=5.0)
    (trade,) = Trade.get_open_trades()
    assert trade.is_short and trade.amount_requested == 20.0
    assert trade.stake_amount == pytest.approx(20.0 * 99.0 / 5)


def test_an_exit_and_a_stop_go_to_their_trade() -> None:
    take("buy")
    assert "stop order 8" in take("sell", number="8", stop=True, params={"stopPrice": 90.0})
    assert "exit order 9" in take("sell", number="9", tag="regime")
    (trade,) = Trade.get_open_trades()
    assert trade.exit_reason == "regime"
    assert [row.ft_order_side for row in trade.orders] == ["buy", "stoploss", "sell"]


def test_the_price_asked_is_the_limit_then_the_trigger_then_the_fill() -> None:
    intent: dict[str, Any] = {"price": None, "params": {"stopPrice": 90.0}}
    assert asked_price({"price": 100.0}, intent) == 100.0
    assert asked_price({"price": None}, intent) == 90.0
    assert asked_price({"price": None, "average": 95.0}, {"price": None}) == 95.0
