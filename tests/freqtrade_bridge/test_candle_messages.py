"""A candle is told once, however often it is looked at, and one not yet handed on is told later."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from freqtrade.enums import RunMode
from freqtrade.persistence import Trade

from freqai_regimes.freqtrade_bridge import announcements
from freqai_regimes.freqtrade_bridge.announcements import announce, flush
from freqai_regimes.freqtrade_bridge.candle_messages import CandleMessages
from freqai_regimes.freqtrade_bridge.digests import Digests
from freqai_regimes.freqtrade_bridge.told import Told
from freqai_regimes.messages.options import MessageSettings


class Provider:
    """Freqtrade's data provider, as far as messages need it."""

    runmode = RunMode.DRY_RUN

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send_msg(self, text: str, *, always_send: bool) -> None:
        assert always_send
        self.sent.append(text)

    def market(self, pair: str) -> dict[str, Any]:
        return {"precision": {"price": 0.01}}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    announcements._waiting.clear()
    announcements._sent_at.clear()
    monkeypatch.setattr(Trade, "use_db", False)  # what was told is kept in memory
    return Provider()


@pytest.fixture
def strategy(provider: Provider, tmp_path: Path) -> Any:
    config = {"timeframe": "5m", "user_data_dir": tmp_path, "stake_currency": "USDT"}
    wallets = SimpleNamespace(
        get_total_stake_amount=lambda: 1010.0, get_starting_balance=lambda: 1000.0
    )
    return SimpleNamespace(config=config, dp=provider, wallets=wallets)


def candles(*scores: float, regime: float = 1.0) -> pd.DataFrame:
    dates = pd.date_range("2025-06-01 12:00", periods=len(scores), freq="5min", tz="UTC")
    return pd.DataFrame({"date": dates, "close": 100.5, "score": scores, "regime": regime})


def test_each_candle_once(strategy: Any, provider: Provider) -> None:
    told = Told()
    messages = CandleMessages(MessageSettings(score="bands"), strategy, told)
    frame = candles(0.0, 0.05, 0.09)
    for rows in (1, 1, 2, 2, 3, 3):
        messages.look("BTC/USDT", frame.head(rows))
        messages.look("BTC/USDT", frame.head(rows))
        flush(provider)  # type: ignore[arg-type]
    restarted = CandleMessages(MessageSettings(score="bands"), strategy, told)
    restarted.look("BTC/USDT", frame)
    flush(provider)  # type: ignore[arg-type]
    assert provider.sent == [
        "₿ 100.50 Indicator: +0.00 ↑ 5m",
        "〉〉 ₿ 100.50 Indicator: +0.05 ↑ strong 5m",
        "*〉〉〉📈 ₿ 100.50 Indicator: +0.09 ↑ BUY ZONE 5m*",
    ]


def test_what_was_not_handed_on_before_a_crash_is_told_after_it(
    strategy: Any, provider: Provider
) -> None:
    told = Told()
    settings = MessageSettings(score="icons", regime_changes=False)
    CandleMessages(settings, strategy, told).look("BTC/USDT", candles(0.3))
    announcements._waiting.clear()  # killed before the next loop
    CandleMessages(settings, strategy, told).look("BTC/USDT", candles(0.3))
    flush(provider)  # type: ignore[arg-type]
    assert provider.sent == ["₿ 100.50 📈📈📈 Score: +0.30"]


def test_below_the_filter_nothing_is_said(strategy: Any, provider: Provider) -> None:
    CandleMessages(MessageSettings(score="icons"), strategy, Told()).look("BTC/USDT", candles(0.1))
    flush(provider)  # type: ignore[arg-type]
    assert provider.sent == []


def test_a_signal_is_told_when_it_begins(strategy: Any, provider: Provider) -> None:
    settings = MessageSettings(score="icons", regime_changes=False)
    messages = CandleMessages(settings, strategy, Told())
    frame = candles(0.1, 0.1, 0.34, -0.1, -0.1).assign(
        enter_long=[0, 1, 1, 0, 0], exit_long=[float("nan")] * 3 + [1, 1]
    )
    for rows in range(1, 6):
        messages.look("BTC/USDT", frame.head(rows))
        flush(provider)  # type: ignore[arg-type]
    assert provider.sent == [
        "🟢 *BUY: ₿ 100.50 Score: +0.10*",
        "₿ 100.50 📈📈📈📈 Score: +0.34",
        "🔴 *SELL: ₿ 100.50 Score: -0.10*",
    ]


def test_a_change_of_regime(strategy: Any, provider: Provider) -> None:
    messages = CandleMessages(MessageSettings(), strategy, Told())
    for regime in (1.0, 1.0, float("nan"), -1.0, -1.0):
        messages.look("BTC/USDT", candles(0.0, regime=regime))
        flush(provider)  # type: ignore[arg-type]
    assert provider.sent == ["₿ 100.50: regime bull to *bear*"]


def test_no_more_than_a_minute_takes_and_none_is_lost(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(announcements.time, "monotonic", lambda: now)
    for number in range(7):
        announce(f"text_{number}")
    flush(provider, 3)  # type: ignore[arg-type]
    assert provider.sent == ["text\\_0", "text\\_1", "text\\_2"]
    flush(provider, 3)  # type: ignore[arg-type]
    assert len(provider.sent) == 3
    now += 61
    flush(provider, 3)  # type: ignore[arg-type]
    now += 61
    flush(provider, 3)  # type: ignore[arg-type]
    assert provider.sent[-1] == "text\\_6" and len(provider.sent) == 7


def test_digests_once_a_day_and_once_a_week(
    strategy: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from freqai_regimes.freqtrade_bridge import digests

    monkeypatch.setattr(digests, "closed_trades", lambda begin, end: [])
    monkeypatch.setattr(digests.Trade, "get_open_trade_count", staticmethod(lambda: 1))
    found = Digests(MessageSettings(), strategy, Told())
    for day, hour in ((6, 10), (6, 23), (7, 0), (7, 1), (8, 0), (9, 5), (9, 6)):  # 9 is a Monday
        found.look(datetime(2025, 6, day, hour, tzinfo=UTC))
        flush(provider)  # type: ignore[arg-type]
    assert [text.splitlines()[0] for text in provider.sent] == [
        *("*2025-06-06*", "*2025-06-07*", "*2025-06-08*", "*Week of 2025-06-02*")
    ]
    assert "Balance 1,010.00 USDT, +1.00% since the start; 1 open" in provider.sent[0]
