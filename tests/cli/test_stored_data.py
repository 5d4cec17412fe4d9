"""Which ranges stored candles allow, where pairs begin at different times."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from freqai_regimes.candles import read_candles, write_candles
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.stored_data import check_range_in_data, derive_range
from freqai_regimes.errors import CandleError
from tests.host.in_process_backtest import own_settings
from tests.host.small_run import small_market

PAIRS = ["BTC/USDT", "ETH/USDT"]


@pytest.mark.parametrize("pool", ["pair", "all"])
def test_a_pool_needs_one_pair_with_history(tmp_path: Path, pool: str) -> None:
    market = small_market(tmp_path / "market")
    for timeframe in ("5m", "15m"):
        candles = read_candles(market, "ETH/USDT", timeframe)
        listed = candles["date"] >= pd.Timestamp("2024-01-01 18:00", tz="UTC")
        write_candles(candles[listed].reset_index(drop=True), market, "ETH/USDT", timeframe)
    own = tmp_path / "own.json"
    own.write_text(json.dumps(own_settings(market, {"regimes": {"windows": {"pool": pool}}})))
    config = RunConfig.load("intraday-5m", futures=False, model=True, own=(own,))
    check_range_in_data("20240104-20240105", config, market, PAIRS[:1], futures=False)
    early = ("20240103-20240105", config, market, PAIRS)
    if pool == "all":
        check_range_in_data(*early, futures=False)
    else:
        with pytest.raises(CandleError, match="cannot begin on 2024-01-03"):
            check_range_in_data(*early, futures=False)
    assert derive_range(config, market, PAIRS, futures=False).timerange == "20240104-20240105"
