"""The digests, word for word."""

from __future__ import annotations

from datetime import UTC, datetime

from freqai_regimes.messages.digest import ClosedTrade, digest_text, four_weeks_text

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
TRADES = [
    ClosedTrade(NOON, "LONG", 12.5, 0.025, "regime", "bull score +0.3"),
    ClosedTrade(NOON, "LONG", -4.0, -0.008, "stop_loss", "bull score +0.1"),
    ClosedTrade(NOON, "SHORT", 1.5, 0.003, "regime sideways score -0.2", "bear"),
    ClosedTrade(NOON, "LONG", -2.0, -0.004, "stoploss_on_exchange", ""),
]


def test_a_day_with_trades() -> None:
    text = digest_text(
        "2025-06-02", TRADES, balance=1008.0, start=1000.0, open_trades=2, currency="USDT"
    )
    assert text == (
        "*2025-06-02*\n"
        "4 trades closed, profit +8.00 USDT, 50% won\n"
        "Balance 1,008.00 USDT, +0.80% since the start; 2 open\n"
        "Exits: regime 2, stop\\_loss 1, stoploss\\_on\\_exchange 1\n"
        "Stops: 2 of -3.00 USDT on average; winners: 2 of +7.00 USDT\n"
        "Regimes: bear 1 (+1.50 USDT), bull 2 (+8.50 USDT), unknown 1 (-2.00 USDT)"
    )


def test_a_day_without() -> None:
    text = digest_text("x_y", [], balance=990.0, start=1000.0, open_trades=0, currency="USDT")
    assert text == (
        "*x\\_y*\nNo trade was closed\nBalance 990.00 USDT, -1.00% since the start; 0 open"
    )


def test_four_weeks_by_side() -> None:
    text = four_weeks_text(TRADES)
    assert text.startswith("↗ *LONG transactions stats (4 weeks)*\n🔸sum=1.30% 🔸count=3")
    assert "↘ *SHORT transactions stats (4 weeks)*\n🔸sum=0.30% 🔸count=1" in text
    assert four_weeks_text([]) == ""
