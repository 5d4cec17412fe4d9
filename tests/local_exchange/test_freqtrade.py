"""The real freqtrade, unmodified, against the exchange: markets, prices, candles, downloads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ccxt.pro
import pandas as pd
import pytest
import time_machine
from freqtrade.configuration import TimeRange
from freqtrade.data.history import load_pair_history
from freqtrade.enums import CandleType, RunMode
from freqtrade.exchange import Exchange
from freqtrade.resolvers import ExchangeResolver

from freqai_regimes.candles import FUNDING, FUTURES, MARK, SPOT, read_candles
from freqai_regimes.local_exchange import LocalExchange, exchange_overlay

# freqtrade.data.converter calls pandas with inplace, which pandas 3.1 announces to remove.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in:DeprecationWarning")

BASE = {
    "dry_run": True,
    "stake_currency": "USDT",
    "stake_amount": 100,
    "timeframe": "5m",
    "entry_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
    "exit_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
    "pairlists": [{"method": "StaticPairList"}],
}


@pytest.fixture(scope="module")
def server(small_datadir: Path) -> Iterator[LocalExchange]:
    with LocalExchange(small_datadir, clock="set", start="2025-03-06T12:02:30") as running:
        yield running


def configuration(server: LocalExchange, *, futures: bool) -> dict[str, Any]:
    overlay = exchange_overlay(server.url, futures=futures)
    pair = "BTC/USDT:USDT" if futures else "BTC/USDT"
    exchange = {**overlay["exchange"], "pair_whitelist": [pair], "pair_blacklist": []}
    return {**BASE, **overlay, "exchange": exchange}


@pytest.fixture(params=["spot", "futures"], scope="module")
def bot_exchange(request: pytest.FixtureRequest, server: LocalExchange) -> Iterator[Exchange]:
    config = configuration(server, futures=request.param == "futures")
    config |= {"runmode": RunMode.DRY_RUN, "candle_type_def": CandleType(request.param)}
    exchange = ExchangeResolver.load_exchange(config, validate=True)
    yield exchange
    exchange.close()


def pair_of(exchange: Exchange) -> str:
    return "BTC/USDT:USDT" if exchange.trading_mode.value == "futures" else "BTC/USDT"


def test_markets_and_their_precision(bot_exchange: Exchange) -> None:
    markets = bot_exchange.get_markets(tradable_only=True, active_only=True)
    futures = bot_exchange.trading_mode.value == "futures"
    assert set(markets) == (
        {"BTC/USDT:USDT", "XYZ/USDT:USDT"} if futures else {"ABC/USDT", "BTC/USDT", "NEW/USDT"}
    )
    pair = pair_of(bot_exchange)
    assert bot_exchange.price_to_precision(pair, 60_000.123456) == (
        60_000.1 if futures else 60_000.12
    )
    assert bot_exchange.amount_to_precision(pair, 1.23456789) == (1.234 if futures else 1.23456)
    assert bot_exchange.get_min_pair_stake_amount(pair, 60_000, -0.1) >= 5


def test_tickers_and_order_book_agree(bot_exchange: Exchange) -> None:
    pair = pair_of(bot_exchange)
    book = bot_exchange.fetch_l2_order_book(pair, 5)
    ticker = bot_exchange.get_tickers()[pair]
    assert (ticker["bid"], ticker["ask"]) == (book["bids"][0][0], book["asks"][0][0])
    assert ticker["bid"] < bot_exchange.fetch_ticker(pair)["last"] < ticker["ask"]
    assert ticker["quoteVolume"] > 0
    assert len(book["bids"]) == 5
    rate = bot_exchange.get_rate(pair, refresh=True, side="entry", is_short=False)
    assert rate == ticker["ask"]


def test_candles_as_the_bot_refreshes_them(bot_exchange: Exchange, small_datadir: Path) -> None:
    pair = pair_of(bot_exchange)
    kind = CandleType(bot_exchange.trading_mode.value)
    now = pd.Timestamp("2025-03-06T12:02:30", tz="UTC")
    frames = [("5m", "2025-03-06T11:55"), ("1h", "2025-03-06T11:00")]
    # freqtrade drops the running candle by its own clock, which must be the exchange's.
    with time_machine.travel(now.to_pydatetime(), tick=False):
        fetched = bot_exchange.refresh_latest_ohlcv([(pair, name, kind) for name, _ in frames])
    for timeframe, newest in frames:
        frame = fetched[(pair, timeframe, kind)]
        assert frame["date"].iloc[-1] == pd.Timestamp(newest, tz="UTC")
    stored = read_candles(small_datadir, pair, "5m", str(kind)).set_index("date")
    frame = fetched[(pair, "5m", kind)].set_index("date")
    same = stored.loc[frame.index]
    assert len(frame) > 400
    assert frame[same.columns].to_numpy().tolist() == same.to_numpy().tolist()


def test_every_address_that_ccxt_knows_leads_to_the_exchange() -> None:
    overlay = exchange_overlay("http://127.0.0.1:9", futures=False)
    for name in ("ccxt_config", "ccxt_async_config"):
        ours = overlay["exchange"][name]["urls"]["api"]
        theirs = ccxt.pro.binance().urls["api"]
        sockets, their_sockets = ours.pop("ws"), theirs.pop("ws")
        assert set(ours) == set(theirs)
        for key, url in theirs.items():
            path = url.partition("binance.com")[2]
            assert ours[key] == f"http://127.0.0.1:9{path}"
        assert set(sockets) == set(their_sockets)
        for found, known in [
            (sockets, their_sockets),
            (sockets["ws-api"], their_sockets["ws-api"]),
        ]:
            for key in set(known) - {"ws-api"}:
                assert found[key].startswith("ws://127.0.0.1:9/")
                end = known[key].partition("binance.com")[2]
                assert found[key].endswith(end[end.index("/") :])


def freqtrade(folder: Path, config: dict[str, Any], *arguments: str) -> str:
    """Run a freqtrade command as a user does; returns its output."""
    (folder / "config.json").write_text(json.dumps(config))
    done = subprocess.run(
        [sys.executable, "-m", "freqtrade", *arguments, "--config", str(folder / "config.json")],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def test_list_markets_command(server: LocalExchange, tmp_path: Path) -> None:
    config = configuration(server, futures=False)
    out = freqtrade(tmp_path, config, "list-markets", "--print-json", "--userdir", str(tmp_path))
    assert json.loads(out.splitlines()[0]) == [
        *("ABC/USDT", "BTC/USDT", "BTC/USDT:USDT", "NEW/USDT", "XYZ/USDT:USDT")
    ]


@pytest.mark.parametrize("market", ["spot", "futures"])
def test_download_data_gives_back_the_stored_candles(
    server: LocalExchange, small_datadir: Path, tmp_path: Path, market: str
) -> None:
    futures = market == "futures"
    target = tmp_path / "data"
    freqtrade(
        tmp_path,
        configuration(server, futures=futures),
        *("download-data", "--timeframes", "5m", "--timerange", "20250304-20250306"),
        *("--datadir", str(target), "--userdir", str(tmp_path)),
    )
    pair = "BTC/USDT:USDT" if futures else "BTC/USDT"
    kinds = [(FUTURES, "5m"), (MARK, "1h"), (FUNDING, "1h")] if futures else [(SPOT, "5m")]
    for candle_type, timeframe in kinds:
        assert_same(
            read_stored(target, pair, timeframe, candle_type),
            small_datadir,
            pair,
            timeframe,
            candle_type,
        )


def read_stored(datadir: Path, pair: str, timeframe: str, candle_type: str) -> pd.DataFrame:
    """Read what freqtrade downloaded with freqtrade's own reader."""
    return load_pair_history(
        pair,
        timeframe,
        datadir,
        fill_up_missing=False,
        drop_incomplete=False,
        timerange=TimeRange(),
        candle_type=CandleType(candle_type),
    )


def assert_same(
    found: pd.DataFrame, datadir: Path, pair: str, timeframe: str, candle_type: str
) -> None:
    """Every downloaded row equals the stored one, and two days lack none."""
    stored = read_stored(datadir, pair, timeframe, candle_type).set_index("date")
    day = stored[(stored.index >= "2025-03-04") & (stored.index <= "2025-03-06")]
    found = found.set_index("date")
    assert len(day) > 0 and found.index.is_unique
    assert day.index.isin(found.index).all()
    same = stored.loc[found.index]
    assert same.to_numpy().tolist() == found[same.columns].to_numpy().tolist()
