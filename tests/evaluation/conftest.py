"""A run small enough to work out by hand: two pairs, four candles, four trades."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

NAN = float("nan")
START = pd.Timestamp("2025-01-01", tz="UTC")
FOUR_HOURS = pd.Timedelta(hours=4)

Writer = Callable[..., Path]


def candles(close: list[float], regime: list[float], **columns: list[float]) -> pd.DataFrame:
    """Record rows of 4 h from START on."""
    price = np.asarray(close, dtype=float)
    frame = pd.DataFrame({"date": [START + i * FOUR_HOURS for i in range(len(price))]})
    for column in ("open", "high", "low", "close"):
        frame[column] = price
    return frame.assign(volume=1.0, regime=np.asarray(regime, dtype=float), **columns)


@pytest.fixture
def write_record(tmp_path: Path) -> Writer:
    """Write frames (pair -> record rows) as a run's record folder."""

    def write(frames: dict[str, pd.DataFrame], **run: Any) -> Path:
        folder = tmp_path / "record"
        folder.mkdir(exist_ok=True)
        for pair, frame in frames.items():
            frame.to_feather(folder / (pair.replace("/", "_").replace(":", "_") + ".feather"))
        said = {"strategy": "Regimes", "timeframe": "4h", "pairs": list(frames), **run}
        (folder / "run.json").write_text(json.dumps(said), encoding="utf-8")
        return folder

    return write


@pytest.fixture
def tiny_frames() -> dict[str, pd.DataFrame]:
    return {
        "AAA/USDT": candles(
            [100, 110, 99, 110],
            [1, 1, -1, NAN],
            prediction=[0.1, 0.2, 0.3, NAN],
            outcome=[0.3, 0.1, 0.2, NAN],
            do_predict=[1, 1, 1, 0],
            expert=[1, 0, 3, 0],
        ),
        "BBB/USDT": candles(
            [50, 50, 55, 55],
            [1, 0, 0, -1],
            prediction=[0.4, 0.5, 0.6, 0.7],
            outcome=[0.5, 0.9, NAN, 0.0],
            do_predict=[1, 0, 1, 1],
            expert=[1, 2, 2, 0],
        ),
    }


@pytest.fixture
def tiny_trades() -> pd.DataFrame:
    def trade(
        pair: str, tag: str | None, opened: int, profit: float, **more: Any
    ) -> dict[str, Any]:
        return {
            "pair": pair,
            "enter_tag": tag,
            "open_date": START + opened * FOUR_HOURS,
            "close_date": START + (opened + 1) * FOUR_HOURS,
            "open_rate": 100.0,
            "close_rate": 101.0,
            "profit_abs": profit,
            "profit_ratio": profit / 1000,
            "trade_duration": 240,
            "exit_reason": "roi",
            "is_short": False,
            **more,
        }

    return pd.DataFrame(
        [
            trade("AAA/USDT", "bull tilt=1.00 weight=0.62", 1, 50.0),
            trade("AAA/USDT", "", 3, -20.0, exit_reason="stop_loss", trade_duration=60),
            trade("BBB/USDT", "bull weight=0.50", 1, -10.0, trade_duration=120),
            trade("OFF/USDT", None, 2, 5.0, is_short=True),
        ]
    )


@pytest.fixture
def tiny_stats() -> dict[str, Any]:
    end = START + 3 * FOUR_HOURS
    return {
        "backtest_start_ts": int(START.timestamp() * 1000),
        "backtest_end_ts": int(end.timestamp() * 1000),
        "starting_balance": 1000.0,
        "final_balance": 1025.0,
        "profit_total": 0.025,
        "profit_total_abs": 25.0,
        "market_change": 0.1,
        "cagr": 0.4321,
        "sharpe": 1.23,
        "sortino": 2.34,
        "calmar": 3.45,
        "profit_factor": 1.83,
        "max_drawdown_account": 0.0286,
        "total_trades": 4,
        "trade_count_short": 1,
        "winrate": 0.5,
        "p_value": 0.4567,
        "stake_currency": "USDT",
        "stake_currency_decimals": 3,
        "trading_mode": "futures",
        "wallet_stats": {"sharpe": 0.87, "max_drawdown_account": 0.0754},
    }


@pytest.fixture
def tiny_windows() -> list[dict[str, Any]]:
    used, refused = {"rows": 700, "used": True}, {"rows": 90, "used": False, "reason": "600 needed"}
    return [
        {
            "pair": "AAA/USDT",
            "trained_from": "2024-01-01T00:00:00+00:00",
            "trained_until": "2025-01-01T00:00:00+00:00",
            "train_rows": rows,
            "validation_rows": 50,
            "validation_rank_correlation": correlation,
            "experts": {"bull": used, "sideways": refused},
            "failed": failed,
        }
        for rows, correlation, failed in (
            (100, 0.1, None),
            (300, 0.3, None),
            (800, -0.2, None),
            (5, None, "too few rows"),
        )
    ]
