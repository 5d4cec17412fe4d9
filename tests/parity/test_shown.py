"""A comparison as it is shown: on the screen, as a page, as JSON."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from freqai_regimes.parity.causes import MEANING, Cause
from freqai_regimes.parity.compare import compare
from freqai_regimes.parity.comparison import Comparison
from freqai_regimes.parity.page import comparison_page
from freqai_regimes.parity.stages import ORDER
from freqai_regimes.parity.tables import KINDS
from freqai_regimes.parity.terminal import MOST_TRADES, print_comparison
from tests.parity.sides import changed, side, trade


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """A spread, a trade of live alone, and a prediction that differs for no known cause."""
    live = side("live", trade(6, 12, open_rate=100.005), trade(20, 26, enter_tag="<b>bull"))
    return compare(changed(live, "prediction", 0.1, 40), side("backtest", trade(6, 12)))


def test_screen_page_and_json_say_the_same(comparison: Comparison) -> None:
    screen = io.StringIO()
    print_comparison(comparison, Console(file=screen, width=160), currency="USDT")
    page = comparison_page(comparison, "Beside <b>", currency="USDT", notes=["no history"])
    told = json.loads(json.dumps(comparison.to_json()))
    assert told["verdict"] == comparison.verdict
    for text in (comparison.verdict, "+0.5", "spread in the fill price", "+0.80"):
        assert text in screen.getvalue()
        assert text in page
    assert "Beside &lt;b&gt;" in page and "<b>" not in page and "no history" in page
    assert {each["cause"] for each in told["differences"]} == {Cause.SPREAD, Cause.UNKNOWN}
    assert told["counted"]["prediction"] == {"compared": 288, "differing": 1}
    assert told["money"] == pytest.approx(told["profit"]["live"] - told["profit"]["backtest"])


def test_many_trades_are_cut_on_the_screen_and_said_so() -> None:
    trades = [trade(at, at + 1) for at in range(0, 2 * MOST_TRADES + 6, 2)]
    screen = io.StringIO()
    found = compare(side("live", *trades), side("backtest", *trades))
    print_comparison(found, Console(file=screen, width=160))
    assert f"the first {MOST_TRADES} of {MOST_TRADES + 3}" in screen.getvalue()
    assert "Equal: " in screen.getvalue()


def test_equal_sides_without_trades_make_a_page() -> None:
    page = comparison_page(compare(side("live"), side("backtest")), "Equal")
    assert "Neither side made any." in page and "Why they differ" not in page


def test_every_cause_and_every_kind_has_its_words() -> None:
    assert set(MEANING) == set(Cause)
    assert set(KINDS) == {*ORDER, "training", "trade", "lock"}
