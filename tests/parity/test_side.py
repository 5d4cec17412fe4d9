"""A side of a comparison refuses what could not be compared."""

from __future__ import annotations

import pandas as pd
import pytest

from freqai_regimes.errors import RegimesError
from freqai_regimes.parity.side import Side

DATES = pd.date_range("2024-01-01", periods=3, freq="5min", tz="UTC")


def test_a_run_without_model_and_trades_is_a_side() -> None:
    side = Side("live", "5m", {"BTC/USDT": pd.DataFrame({"date": DATES})})
    assert side.trades.empty and side.trainings.empty and side.locks.empty and side.spans == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"trades": pd.DataFrame({"pair": []})}, "live: trades lack is_short, open_date"),
        ({"locks": pd.DataFrame({"pair": []})}, "live: locks lack lock_time"),
        ({"candles": {"A/B": pd.DataFrame({"close": [1.0]})}}, "candles of A/B lack date"),
        (
            {"candles": {"A/B": pd.DataFrame({"date": DATES.tz_localize(None)})}},
            "times in UTC are needed",
        ),
        ({"candles": {"A/B": pd.DataFrame({"date": DATES[::-1]})}}, "repeat or go back"),
    ],
)
def test_what_is_missing_is_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(RegimesError, match=said):
        Side(**{"name": "live", "timeframe": "5m", "candles": {}, **given})  # type: ignore[arg-type]
