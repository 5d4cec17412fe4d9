"""Minutes in which the exchange does not answer: no entry, stops stay, and then on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import time_machine
from freqtrade.exceptions import DependencyException, TemporaryError
from freqtrade.persistence import Trade

from freqai_regimes.local_exchange import LocalExchange, TradingOptions
from tests.freqtrade_bridge.safe_orders.live_bot import MOMENT, LiveBot, flat_market

ACCOUNT = r"/fapi/(?!v1/(depth|klines)).*"
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in:DeprecationWarning")


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveBot]:
    monkeypatch.setattr("freqtrade.exchange.common.time.sleep", lambda seconds: None)
    data = flat_market(tmp_path / "data")
    events = TradingOptions(events=tmp_path / "events.jsonl")
    with (
        LocalExchange(data, clock="set", start=MOMENT.isoformat(), trading=events) as server,
        time_machine.travel(MOMENT.to_pydatetime(), tick=False) as clock,
    ):
        bot = LiveBot(server, clock, tmp_path, futures=True)
        yield bot.start().loop(0)
        bot.stop()


def test_an_outage_pauses_entries_keeps_stops_and_ends_by_itself(at: LiveBot) -> None:
    at.enter()
    at.loop()
    (stop,) = at.side.open_orders()
    orders = len(at.side.orders)
    for path in (ACCOUNT, ".*"):  # first candles and prices still come, then nothing does
        at.inject({"kind": "reset", "path": path})
        for _ in range(3):
            at.wait(120)
            with suppress(TemporaryError):  # freqtrade's worker waits and goes on
                at.bot.process()
            with suppress(DependencyException, TemporaryError):
                at.bot.execute_entry(at.pair, 50.0, enter_tag="bull", leverage_=1.0)
    assert len(at.side.orders) == orders and stop.is_open
    tried = [event for event in at.server.desk.log.newest if event["event"] == "fault"]
    assert tried and not [each for each in tried if each["method"] in ("POST", "DELETE")]
    at.inject()
    for _ in range(4):
        at.loop(180)
    said = [text for text in at.told if "exchange_trouble" in text]
    assert len(said) == 2 and "tripped" in said[0] and "lifted after" in said[1]
    assert stop.is_open and Trade.get_open_trades()[0].has_open_sl_orders
    assert at.is_even()
    assert at.bot.strategy.gate._refusal(at.pair, at.bot.last_process, own=False) is None
