"""Who is warned of unfinished candles: bots that trade with freqtrade's web sockets on."""

from __future__ import annotations

from typing import Any

import pytest
from freqtrade.enums import RunMode

from freqai_regimes.freqtrade_bridge.socket_candles import socket_cautions


@pytest.mark.parametrize(
    ("config", "warned"),
    [
        ({"runmode": RunMode.LIVE, "exchange": {"name": "binance"}}, True),
        ({"runmode": RunMode.DRY_RUN, "exchange": {"enable_ws": True}}, True),
        ({"runmode": RunMode.LIVE, "exchange": {"enable_ws": False}}, False),
        ({"runmode": RunMode.BACKTEST, "exchange": {}}, False),
        ({}, False),
    ],
)
def test_who_is_warned(config: dict[str, Any], warned: bool) -> None:
    assert any('"enable_ws": false' in sentence for sentence in socket_cautions(config)) is warned
