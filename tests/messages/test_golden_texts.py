"""Every stored message of the source systems, word for word; what differs has its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.messages.bands import BandOptions, decide, score_text
from freqai_regimes.messages.icons import (
    FALL,
    RISE,
    information_text,
    sign_count,
    signal_text,
)
from freqai_regimes.messages.price import price_text
from freqai_regimes.messages.transactions import Side, statistics_text, transaction_text
from tests.reference_vectors import deviation


@pytest.fixture
def stored(reference: Path) -> dict[str, Any]:
    path = reference / "notifications" / "notifications.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def options_of(case: dict[str, Any], stored: dict[str, Any]) -> BandOptions:
    def bands(side: str) -> list[dict[str, Any]]:
        return [
            {"frequency_minutes" if k == "frequency" else k: v for k, v in band.items()}
            for band in stored["bands"][case["bands"]][f"{side}_bands"]
        ]

    return BandOptions.model_validate(
        {
            "positive_bands": bands("positive"),
            "negative_bands": bands("negative"),
            "notify_band_up": case["notify_band_up"],
            "notify_band_down": case["notify_band_dn"],
        }
    )


def in_our_digits(text: str, close: float) -> str:
    """The peer cuts every price to a whole number; ours only from 1,000 up."""
    return text.replace(f" {int(close):,} ", f" {price_text(close)} ")


def test_bands(stored: dict[str, Any], reference: Path) -> None:
    steps, differ = 0, []
    for case in stored["score_bands_current_version"]:
        options = options_of(case, stored)
        length = pd.Timedelta(case["freq"])
        for step in case["steps"]:
            closed = pd.Timestamp(step["bar_open"], tz="UTC") + length
            notice = decide(step["score"], step["previous_band"], closed, options)
            assert notice.band == step["band"]
            steps += 1
            if notice.send != step["sent"]:
                differ.append((case["name"], step["previous_band"], step["band"], notice))
                continue
            if step["sent"]:
                got = score_text(
                    case["symbol"],
                    step["close"],
                    step["score"],
                    notice,
                    case["freq"],
                    options,
                    secondary=step["secondary_score"],
                )
                assert got == in_our_digits(step["our_text"], step["close"])
    assert steps >= 20
    # From the strongest zone straight to the other side: told here, and only that.
    [(name, before, after, notice)] = differ
    assert "always sent" in deviation(reference, "band_flip_is_sent")
    assert (name, before, after) == ("1h with secondary score", 3, -3)
    assert notice.send and notice.arrow == "↑"


def test_signals(stored: dict[str, Any], reference: Path) -> None:
    assert "digits by price size" in deviation(reference, "adaptive_price_digits")
    signals = [case for case in stored["score_icons_v0_5_0"] if case["signal_side"]]
    assert {case["signal_side"] for case in signals} == {"BUY", "SELL"}
    for case in signals:
        side = case["signal_side"]
        got = signal_text(
            *(case["symbol"], case["close"], case["score"], side),
            threshold=case[f"{side.lower()}_signal_threshold"],
            step=case["trade_icon_step"],
        )
        assert case["sent"] and got == in_our_digits(case["peer_text"], case["close"])


def test_counts_of_signs(stored: dict[str, Any]) -> None:
    for case in stored["sign_counts_our_rule"]["cases"]:
        count = sign_count(case["score"], case["filter"], case["step"])
        assert (count, count > 0) == (case["signs"], case["sent"])
        text = information_text("BTC/USDT", 24518, case["score"])
        assert (text is not None) == case["sent"]
        if text is not None:
            assert (RISE if case["score"] > 0 else FALL) == case["sign"]
            assert text.count(case["sign"]) == count


def test_examples_of_the_sources(stored: dict[str, Any]) -> None:
    found = {case["kind"]: case for case in stored["source_examples"]}
    one = found["information, filter 0.20, one sign per 0.05"]
    assert information_text("BTC/USDT", one["close"], one["score"], separator=".") == one["text"]
    one = found["signal"]
    got = signal_text("BTC/USDT", one["close"], one["score"], "BUY", threshold=0.2, bold=False)
    assert got == one["text"]
    one = found["band"]
    options = BandOptions()
    closed = pd.Timestamp("2025-06-01 12:01", tz="UTC")
    notice = decide(one["score"], None, closed, options)
    got = score_text("BTC/USDT", one["close"], one["score"], notice, one["freq"], options)
    assert got == f"*{one['text']}*"  # bold, as the band says


def test_transactions(stored: dict[str, Any], reference: Path) -> None:
    assert "single spaces" in deviation(reference, "single_spaces")
    returns: dict[Side, list[float]] = {"LONG": [], "SHORT": []}
    before = None
    for case in stored["trade_messages_current_version"]["transactions"]:
        side: Side = "LONG" if case["side"] == "SELL" else "SHORT"
        ratio = 0.0 if before is None else case["profit"] / before
        returns[side].append(ratio)
        told, statistics = case["texts"]
        assert transaction_text(side, case["profit"], ratio) == told.replace(":  ", ": ")
        assert statistics_text(side, returns[side]) == statistics
        before = case["price"]
    assert len(returns["LONG"]) == len(returns["SHORT"]) == 4
