"""Only what this bot's own orders explain to the coin is taken over; all else is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from freqtrade.persistence import Order, Trade, init_db

from freqai_regimes.freqtrade_bridge.safe_orders.comparison import compare

PAIR, MINE = "ABC/USDT", "regimes-aaaaaa-"


@pytest.fixture(autouse=True)
def database() -> Iterator[None]:
    init_db("sqlite://")
    yield
    Trade.session.remove()


class Api:
    """As much of ccxt as is asked; coins cost 100."""

    def __init__(self, held: float, orders: list[dict[str, Any]]) -> None:
        self.held, self.orders = held, orders
        self.asked: list[str] = []

    def fetch_open_orders(self, pair: str) -> list[dict[str, Any]]:
        return [order for order in self.orders if order["status"] == "open"]

    def fetch_orders(self, pair: str) -> list[dict[str, Any]]:
        self.asked.append("orders")
        return self.orders

    def fetch_balance(self) -> dict[str, Any]:
        return {"total": {"ABC": self.held}}

    def fetch_ticker(self, pair: str) -> dict[str, float]:
        return {"last": 100.0}


class Spot:
    """As much of freqtrade's exchange as is asked."""

    class trading_mode:
        value = "spot"

    markets = {PAIR: {"limits": {"amount": {"min": 0.001}, "cost": {"min": 5.0}}}}  # noqa: RUF012

    def __init__(self, api: Api) -> None:
        self._api = api

    def get_pair_base_currency(self, pair: str) -> str:
        return pair.split("/")[0]


def order(number: int, side: str, amount: float, owner: str = MINE, **more: Any) -> dict[str, Any]:
    made = {"id": str(number), "timestamp": number, "side": side, "filled": amount}
    return {**made, "status": "closed", "clientOrderId": f"{owner}{number}", **more}


def look(held: float, orders: list[dict[str, Any]], kept: float = 0.0) -> tuple[list[str], float]:
    """Ids of the orders that are taken over, and what stays unexplained."""
    found = compare(Spot(Api(held, orders)), [PAIR], {"ABC": kept}, MINE)
    return [each["id"] for each in found.orders], found.unexplained.get(PAIR, 0.0)


@pytest.mark.parametrize(
    ("held", "orders", "taken"),
    [
        (0.999, [order(1, "buy", 1.0)], ["1"]),
        (2.997, [order(1, "buy", 1.0), order(2, "buy", 2.0)], ["1", "2"]),
        # What was bought and sold before explains nothing of what is held now.
        (0.999, [order(1, "buy", 1.0), order(2, "sell", 1.0), order(3, "buy", 1.0)], ["3"]),
    ],
    ids=["one", "two", "after a round trip"],
)
def test_what_our_orders_come_to_is_taken_over(
    held: float, orders: list[dict[str, Any]], taken: list[str]
) -> None:
    assert look(held, orders) == (taken, 0.0)


@pytest.mark.parametrize(
    "orders",
    [
        [],
        [order(1, "buy", 1.0, owner="regimes-bbbbbb-")],
        [order(1, "buy", 1.0, owner="web_")],
        [order(1, "buy", 0.5)],
        [order(1, "buy", 1.5)],
        [order(1, "buy", 1.0), order(2, "sell", 0.4)],
        [order(1, "buy", 1.0, filled=0.0, status="canceled")],
    ],
    ids=["nobody's", "another bot's", "the user's", "too little", "too much", "sold of it", "dead"],
)
def test_what_they_do_not_come_to_is_left_alone(orders: list[dict[str, Any]]) -> None:
    assert look(1.0, orders) == ([], 1.0)


def test_dust_and_what_was_there_before_are_no_difference() -> None:
    api = Api(1.0405, [])
    assert compare(Spot(api), [PAIR], {"ABC": 1.0}, MINE).unexplained == {}
    assert api.asked == []  # 4 USDT are less than the least order: nobody is asked about them


def test_coins_of_before_may_become_less_unless_an_order_of_ours_has_sold_them() -> None:
    assert look(0.4, [], kept=1.0) == ([], 0.0)  # BNB, of which fees were paid
    assert look(0.4, [order(1, "sell", 0.6)], kept=1.0) == (["1"], 0.0)
    assert look(0.0, [], kept=0.0) == ([], 0.0)


def test_an_open_order_of_ours_that_the_database_knows_is_not_lost() -> None:
    resting = order(5, "buy", 0.0, status="open")
    assert look(0.0, [resting]) == (["5"], 0.0)
    row = Order(
        **{"ft_trade_id": 1, "ft_order_side": "buy", "ft_pair": PAIR, "ft_is_open": True},
        **{"ft_amount": 1.0, "ft_price": 90.0, "order_id": "5", "status": "open"},
    )
    Order.session.add(row)
    Order.session.commit()
    assert look(0.0, [resting]) == ([], 0.0)
    assert look(0.0, [order(6, "buy", 0.0, "regimes-bbbbbb-", status="open")]) == ([], 0.0)
