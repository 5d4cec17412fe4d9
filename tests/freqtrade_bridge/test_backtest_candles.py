"""The frame that a pair came with is the one that the data provider would read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from freqtrade.configuration import TimeRange
from freqtrade.data.dataprovider import DataProvider
from freqtrade.data.history import load_data
from freqtrade.enums import CandleType, RunMode

from freqai_regimes.freqtrade_bridge.backtest_candles import BacktestCandles
from freqai_regimes.freqtrade_bridge.longer_history import LongerHistory
from freqai_regimes.synthetic_market import MarketSpec, build_market

BTC, ETH = "BTC/USDT", "ETH/USDT"
START, WARM_UP, TRAIN_DAYS = pd.Timestamp("2024-01-08", tz="UTC"), 20, 3
FIRST_WINDOW = START - pd.Timedelta(days=TRAIN_DAYS)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    datadir = tmp_path_factory.mktemp("market")
    spec = MarketSpec(
        pairs=(BTC, ETH), timeframe="1h", timeframes=("1h",), start="2024-01-01", days=10, seed=1
    )
    build_market(spec, datadir)
    features = {"indicator_periods_candles": [10], "include_timeframes": ["1h"]}
    return {
        "runmode": RunMode.BACKTEST,
        "timerange": "20240108-20240110",
        "timeframe": "1h",
        "startup_candle_count": WARM_UP,
        "datadir": Path(datadir),
        "dataformat_ohlcv": "feather",
        "candle_type_def": CandleType.SPOT,
        "freqai": {
            "enabled": True,
            "train_period_days": TRAIN_DAYS,
            "feature_parameters": features,
        },
    }


def handed_over(config: dict[str, Any], provider: DataProvider) -> pd.DataFrame:
    """A pair's frame as freqtrade's backtest loads it, with a column of the strategy's own."""
    loaded = load_data(
        config["datadir"],
        "1h",
        [BTC],
        timerange=TimeRange.parse_timerange(config["timerange"]),
        startup_candles=provider.get_required_startup("1h"),
    )
    return loaded[BTC].assign(own=1.0)


def test_the_frame_at_hand_is_what_would_be_read_again(config: dict[str, Any]) -> None:
    provider = DataProvider(config, None)
    frame, first = handed_over(config, provider), int(FIRST_WINDOW.timestamp())
    candles = BacktestCandles(provider, config, BTC, frame, first)
    read = provider.get_pair_dataframe(BTC, "1h")
    assert read["date"].iloc[0] == FIRST_WINDOW - pd.Timedelta(hours=WARM_UP)
    pd.testing.assert_frame_equal(candles.of(BTC, "1h"), read, check_exact=True)
    # Told apart by a price that only the frame at hand has.
    frame.loc[0, "close"] = 1.0
    changed = BacktestCandles(provider, config, BTC, frame, first)
    assert changed.of(BTC, "1h")["close"].iloc[0] == 1.0
    pd.testing.assert_frame_equal(changed.of(ETH, "1h"), provider.get_pair_dataframe(ETH, "1h"))


def test_a_frame_that_lacks_history_is_read_again(config: dict[str, Any]) -> None:
    provider, first = DataProvider(config, None), int(FIRST_WINDOW.timestamp())
    frame, read = handed_over(config, provider), provider.get_pair_dataframe(BTC, "1h")
    later = BacktestCandles(provider, config, BTC, frame.iloc[1:], first)
    pd.testing.assert_frame_equal(later.of(BTC, "1h"), read)
    # Expanding windows reach back to before what freqtrade loads.
    longer = LongerHistory(provider, config, first=1)
    whole = BacktestCandles(longer, config, BTC, frame, first).of(BTC, "1h")
    assert whole["date"].iloc[0] == pd.Timestamp("2024-01-01", tz="UTC")
