"""What is written before an order is sent can be read after any crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from freqai_regimes.freqtrade_bridge.safe_orders import order_log
from freqai_regimes.freqtrade_bridge.safe_orders.order_log import BOOKED, PLACED, OrderLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders" / "orders.jsonl"


def test_an_intent_is_open_until_it_is_settled(path: Path) -> None:
    log = OrderLog(path)
    log.intend("a", symbol="BTC/USDT", side="buy")
    log.intend("b", symbol="ETH/USDT", side="buy")
    log.settle("a", PLACED, order="7")
    assert [intent["client_id"] for intent in log.open_intents()] == ["b"]
    assert [intent["client_id"] for intent in OrderLog(path).open_intents()] == ["b"]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_costs_that_line_only(path: Path, cut: int) -> None:
    log = OrderLog(path)
    log.intend("a", symbol="BTC/USDT")
    log.intend("b", symbol="ETH/USDT")
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    found = [intent["client_id"] for intent in OrderLog(path).open_intents()]
    assert found == (["a", "b"] if cut == 1 else ["a"])
    path.write_bytes(whole[:-cut] + b"\xff\n[1]\n{}\n")
    OrderLog(path)  # what is no line of ours is passed over


def test_what_is_long_settled_goes_what_is_unfinished_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_log, "KEPT_SETTLED", 20)
    log = OrderLog(path)
    log.intend("first", symbol="BTC/USDT")
    log.note("kept", {"BTC": 1.5})
    log.intend("taken", symbol="ETH/USDT")
    log.settle("taken", PLACED, order="6")
    for number in range(20):
        log.intend(f"n{number}", symbol="BTC/USDT")
        log.settle(f"n{number}", PLACED, order=str(number))
        log.settle(f"n{number}", BOOKED)
    again = OrderLog(path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 1 + 20 + 3
    assert [(each["client_id"], each["order"]) for each in again.unbooked()] == [("taken", "6")]
    assert [intent["client_id"] for intent in again.open_intents()] == ["first"]
    assert again.noted("kept") == {"BTC": 1.5}


def test_a_note_is_written_when_it_changes(path: Path) -> None:
    log = OrderLog(path)
    for value in (1, 1, 2):
        log.note("x", value)
    assert len(path.read_text().splitlines()) == 2 and log.noted("x") == 2
