"""The page holds every key number, loads nothing from elsewhere, and survives thin and odd runs."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from plotly.offline import get_plotlyjs

from freqai_regimes.errors import CandleError, RegimesError
from freqai_regimes.evaluation.report import write_report


class Page(HTMLParser):
    """What a browser would load, run and draw."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.plots: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        loading = ("src", "href", "srcset", "action", "poster", "data", "background")
        self.loads += [str(given[name]) for name in loading if name in given]
        if tag == "script":
            self.scripts.append(given)
        if given.get("class") == "plot":
            self.plots.append(given.get("id"))


def figures(text: str) -> dict[str, Any]:
    found = re.findall(r'<script type="application/json" id="([\w-]+)-data">(.*?)</script>', text)
    return {name: json.loads(data) for name, data in found}


@pytest.fixture
def write(tmp_path: Path, tiny_trades: Any, tiny_stats: Any) -> Any:
    def write(record_dir: Path, **given: Any) -> str:
        trades = given.get("trades", tiny_trades)
        stats = {**tiny_stats, **given.get("stats", {})}
        path = write_report(
            record_dir, trades, stats, given.get("wallet"), tmp_path / "r" / "a.html"
        )
        assert path == tmp_path / "r" / "a.html"
        assert [file.name for file in path.parent.iterdir()] == ["a.html"]
        return path.read_text(encoding="utf-8")

    return write


def own(text: str) -> str:
    """The page without plotly.js."""
    return text.replace(get_plotlyjs(), "")


def test_every_key_number_is_there(write: Any, write_record: Any, tiny_frames: Any) -> None:
    text = own(write(write_record(tiny_frames)))
    shown = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text))
    expected = {
        "Total profit (of balance)": "+2.50 %",
        "Total profit": "25.000 USDT",
        "Final balance": "1,025.000 USDT",
        "Market change (mean of pairs)": "+10.00 %",
        "Growth a year (CAGR)": "+43.21 %",
        "Max drawdown (closed trades)": "2.9 %",
        "Max drawdown (wallet)": "7.5 %",
        "Sharpe (closed trades)": "1.23",
        "Sharpe (daily wallet balance)": "0.87",
        "Sortino (closed trades)": "2.34",
        "Calmar (closed trades)": "3.45",
        "Profit factor": "1.83",
        "Trades": "4",
        "Short trades": "1",
        "Trades won": "50.0 %",
        "Mean profit p value": "0.457",
    }
    assert {name: shown.get(name) for name in expected} == expected


def test_nothing_is_loaded_from_elsewhere(
    write: Any, write_record: Any, tiny_frames: Any, tiny_windows: Any
) -> None:
    text = write(write_record(tiny_frames, windows=tiny_windows))
    page = Page(text)
    assert page.loads == ["data:,"]
    assert "default-src 'none'" in text
    assert text.count(get_plotlyjs()) == 1
    assert not re.search(r"https?:|url\(|@import", own(text))


def test_every_chart_has_its_data(write: Any, write_record: Any, tiny_frames: Any) -> None:
    text = write(write_record(tiny_frames))
    drawn = figures(text)
    assert Page(text).plots == list(drawn) == ["account", "price-0", "price-1"]
    names = [trace["name"] for trace in drawn["price-0"]["data"]]
    marks = ["enter long", "exit with profit", "exit with loss"]
    assert names == ["bull", "bear", "unknown", "close", *marks]


def test_regime_bands_are_drawn_where_the_regime_was_known(
    write: Any, write_record: Any, tiny_frames: Any
) -> None:
    drawn = figures(write(write_record(tiny_frames)))["price-0"]["data"]
    bear = next(trace for trace in drawn if trace["name"] == "bear")
    x = np.frombuffer(base64.b64decode(bear["x"]["bdata"]), dtype="float64")
    dates = tiny_frames["AAA/USDT"]["date"]
    # Candle 2 closes when candle 3 opens; the next regime is known one candle later.
    assert x[0] == dates[3].timestamp() * 1000
    assert x[2] == (dates[3] + pd.Timedelta(hours=4)).timestamp() * 1000


def test_text_is_escaped(write: Any, write_record: Any, tiny_frames: Any, tiny_trades: Any) -> None:
    evil = "</script><script>alert(1)</script><img src=x>"
    trades = tiny_trades.assign(exit_reason=evil, enter_tag="bull " + evil)
    folder = write_record(
        tiny_frames,
        strategy=evil,
        notes=[evil],
        settings={evil: evil},
        windows=[{"pair": evil, "failed": evil}],
    )
    text = write(folder, trades=trades, stats={"stake_currency": evil})
    page = Page(text)
    assert page.loads == ["data:,"]
    assert len(page.scripts) == 2 + len(page.plots)
    assert "<script>alert" not in text
    assert evil in unescape(own(text))


def test_built_in_market_has_a_banner(write: Any, write_record: Any, tiny_frames: Any) -> None:
    banner = "built-in market: this profit means nothing"
    assert banner in write(write_record(tiny_frames, built_in_market=True))
    assert banner not in write(write_record(tiny_frames, built_in_market=False))


def test_notes_windows_and_reasons_are_shown(
    write: Any, write_record: Any, tiny_frames: Any, tiny_windows: Any
) -> None:
    text = own(write(write_record(tiny_frames, notes=["a shorter average"], windows=tiny_windows)))
    for wanted in ("a shorter average", "failed: too few rows", "pooled (90 rows): 600 needed"):
        assert wanted in text
    assert "stop_loss" in text
    assert '<td class="words">2024-01-01</td><td class="words">2025-01-01</td>' in text


def test_no_model_no_trades_one_pair(write: Any, write_record: Any, tiny_frames: Any) -> None:
    plain = {"AAA/USDT": tiny_frames["AAA/USDT"].iloc[:, :7].assign(regime=np.nan)}
    text = write(write_record(plain), trades=pd.DataFrame())
    assert Page(text).plots == ["account", "price-0"]
    for wanted in ("No model was on in this run.", "There were no trades.", "Trades: 0."):
        assert wanted in text


def test_account_comes_from_the_wallet_if_there_is_one(
    write: Any, write_record: Any, tiny_frames: Any
) -> None:
    folder = write_record(tiny_frames)
    dates = tiny_frames["AAA/USDT"]["date"]
    wallet = pd.DataFrame({"date": dates, "rate": 1.0, "balance": [1000.0, 999.0, 998.0, 997.0]})
    assert "freqtrade&#x27;s wallet at each" in write(folder, wallet=wallet)
    assert "profit of closed trades" in write(folder, wallet=wallet.iloc[:0])


def long_frame(seed: int, rows: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    close = 100 * np.exp(0.001 * draw.normal(size=rows).cumsum())
    frame = pd.DataFrame({"date": pd.date_range("2025-05-20", periods=rows, freq="1min", tz="UTC")})
    for column in ("open", "high", "low", "close"):
        frame[column] = close
    return frame.assign(
        volume=1.0,
        regime=draw.integers(-1, 2, rows).astype(float),
        volatility=0.5,
        prediction=draw.normal(size=rows),
        outcome=draw.normal(size=rows),
    )


def test_three_months_of_minutes_stay_small(write: Any, write_record: Any, tiny_stats: Any) -> None:
    frames = {"AAA/USDT": long_frame(1, 130_000), "BBB/USDT": long_frame(2, 130_000)}
    frames["AAA/USDT"].loc[77_777, "close"] = 500.0
    dates = frames["AAA/USDT"]["date"]
    span = {
        "backtest_start_ts": dates.iloc[0].timestamp() * 1000,
        "backtest_end_ts": dates.iloc[-1].timestamp() * 1000,
    }
    text = write(write_record(frames, timeframe="1m", horizon_candles=10), stats=span)
    assert len(text) < 15_000_000
    assert "130,000 candles are drawn as at most 4,000 points" in text
    drawn = figures(text)
    assert set(drawn) == {"account", "price-0", "price-1", "volatility", "deciles", "null"}
    line = next(trace for trace in drawn["price-0"]["data"] if trace["name"] == "close")
    y = np.frombuffer(base64.b64decode(line["y"]["bdata"]), dtype="float64")
    assert len(y) <= 4000
    assert y.max() == 500.0


def test_missing_or_foreign_record(write: Any, write_record: Any, tiny_frames: Any) -> None:
    folder = write_record(tiny_frames)
    with pytest.raises(CandleError, match="of different runs"):
        write(folder, stats={"backtest_start_ts": 0, "backtest_end_ts": 1})
    with pytest.raises(RegimesError, match="starting_balance"):
        write(folder, stats={"starting_balance": None})
    (folder / "run.json").unlink()
    with pytest.raises(RegimesError, match=r"run\.json does not exist"):
        write(folder)
