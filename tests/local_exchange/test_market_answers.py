"""Tickers, order book, trades, symbols and funding: against numbers from paper and from pandas."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.candles import FUNDING, FUTURES, MARK, read_candles, write_candles
from freqai_regimes.local_exchange.order_book import order_book
from freqai_regimes.local_exchange.symbol_filters import SymbolFilter, derived_filter

Get = Callable[..., Any]
AskAt = Callable[[Path, str | int], Get]
NOON = "2025-03-05T12:02:30Z"
NOON_MS = 1_741_176_150_000


@pytest.fixture
def get(small_datadir: Path, ask_at: AskAt) -> Get:
    return ask_at(small_datadir, NOON)


@pytest.fixture
def last_day(small_datadir: Path) -> pd.DataFrame:
    """Return the spot BTC candles that closed within the day before now, and the running one."""
    frame = read_candles(small_datadir, "BTC/USDT", "5m").set_index("date")
    return frame["2025-03-04T12:00":"2025-03-05T12:00"]


def test_day_ticker_sums_up_24_hours(get: Get, last_day: pd.DataFrame) -> None:
    closed, price = last_day.iloc[:-1], last_day["open"].iloc[-1]
    ticker = get("/api/v3/ticker/24hr", symbol="BTCUSDT")
    assert float(ticker["lastPrice"]) == price
    assert float(ticker["openPrice"]) == closed["open"].iloc[0]
    assert float(ticker["highPrice"]) == max(closed["high"].max(), price)
    assert float(ticker["lowPrice"]) == min(closed["low"].min(), price)
    assert float(ticker["volume"]) == pytest.approx(closed["volume"].sum())
    typical = closed[["high", "low", "close"]].mean(axis=1)
    assert float(ticker["quoteVolume"]) == pytest.approx((typical * closed["volume"]).sum())
    change = 100 * (price / closed["open"].iloc[0] - 1)
    assert float(ticker["priceChangePercent"]) == pytest.approx(change, abs=5e-4)
    assert float(ticker["bidPrice"]) < price < float(ticker["askPrice"])
    assert ticker["closeTime"] == NOON_MS


def test_futures_day_ticker_has_no_bid_and_price_tickers_have_a_time(get: Get) -> None:
    assert "bidPrice" not in get("/fapi/v1/ticker/24hr", symbol="BTCUSDT")
    for path in ("/fapi/v1/ticker/price", "/fapi/v2/ticker/price", "/fapi/v1/ticker/bookTicker"):
        assert get(path, symbol="BTCUSDT")["time"] == NOON_MS
    assert "time" not in get("/api/v3/ticker/price", symbol="BTCUSDT")


def test_one_some_or_all_symbols(get: Get) -> None:
    path = "/api/v3/ticker/price"
    assert get(path, symbol="ABCUSDT")["symbol"] == "ABCUSDT"
    some = get(path, symbols='["ABCUSDT","BTCUSDT"]')
    assert [each["symbol"] for each in some] == ["ABCUSDT", "BTCUSDT"]
    assert [each["symbol"] for each in get(path)] == ["ABCUSDT", "BTCUSDT"]  # NEW is not listed yet
    assert get(path, symbol="NEWUSDT") == (400, {"code": -1121, "msg": "Invalid symbol."})


def test_depth_agrees_with_the_book_ticker(get: Get, last_day: pd.DataFrame) -> None:
    depth = get("/api/v3/depth", symbol="BTCUSDT", limit=7)
    best = get("/api/v3/ticker/bookTicker", symbol="BTCUSDT")
    assert depth["bids"][0] == [best["bidPrice"], best["bidQty"]]
    assert depth["asks"][0] == [best["askPrice"], best["askQty"]]
    assert len(depth["bids"]) == len(depth["asks"]) == 7
    hour = last_day["volume"].iloc[-13:-1].sum()  # the twelve closed before the running one
    assert float(best["bidQty"]) == pytest.approx(0.1 * hour / 60, abs=1e-5)


def test_order_book_by_hand() -> None:
    rule = SymbolFilter(Decimal("0.1"), Decimal("0.01"), Decimal("0.01"), Decimal("5"))
    book = order_book(10_000.0, 3.0, rule, 3)
    # Half a basis point is 0.5, a basis point 1; sizes 0.3 times 1, 1.5, 2.
    assert [(float(price), float(size)) for price, size in book.bids] == [
        (9999.5, 0.3),
        (9998.5, 0.45),
        (9997.5, 0.6),
    ]
    assert [float(price) for price, _ in book.asks] == [10_000.5, 10_001.5, 10_002.5]


def test_order_book_of_a_coin_near_its_tick_stays_above_zero() -> None:
    rule = SymbolFilter(Decimal("0.1"), Decimal("1"), Decimal("1"), Decimal("5"))
    book = order_book(0.25, 0.0, rule, 5)
    assert [(float(price), float(size)) for price, size in book.bids] == [(0.2, 1), (0.1, 1)]
    assert [float(price) for price, _ in book.asks][:2] == [0.3, 0.4]


def test_symbols_carry_binance_filters_or_derived_ones(get: Get) -> None:
    spot = {each["symbol"]: each for each in get("/api/v3/exchangeInfo")["symbols"]}
    futures = {each["symbol"]: each for each in get("/fapi/v1/exchangeInfo")["symbols"]}
    assert list(spot) == ["ABCUSDT", "BTCUSDT"] and list(futures) == ["BTCUSDT", "XYZUSDT"]

    def rules(symbol: dict[str, Any]) -> list[str]:
        by = {each["filterType"]: each for each in symbol["filters"]}
        least = by.get("NOTIONAL", {}).get("minNotional") or by["MIN_NOTIONAL"]["notional"]
        lot = by["LOT_SIZE"]
        return [by["PRICE_FILTER"]["tickSize"], lot["stepSize"], lot["minQty"], least]

    assert rules(spot["BTCUSDT"]) == ["0.01", "0.00001", "0.00001", "5"]
    assert rules(futures["BTCUSDT"]) == ["0.1", "0.001", "0.001", "5"]
    assert rules(spot["ABCUSDT"]) == ["0.000001", "0.1", "0.1", "5"]  # trades around 0.31
    assert futures["BTCUSDT"]["pricePrecision"] == 1
    assert get("/dapi/v1/exchangeInfo")["symbols"] == []


@pytest.mark.parametrize(
    ("price", "tick", "step"),
    [(65_000, "0.1", "0.000001"), (100, "0.001", "0.0001"), (0.00002, "0.0000000001", "1")],
)
def test_derived_filters_give_about_six_digits(price: float, tick: str, step: str) -> None:
    rule = derived_filter(price, "USDT")
    assert (rule.tick, rule.step) == (Decimal(tick), Decimal(step))


@pytest.fixture
def two_candles(tmp_path: Path) -> Path:
    rows = [(10, 12, 9, 11, 8), (11, 11, 11, 11, 0), (11, 13, 8, 9, 4), (9, 20, 1, 2, 100)]
    frame = pd.DataFrame(rows, columns=["open", "high", "low", "close", "volume"], dtype=float)
    frame.insert(0, "date", pd.date_range("2025-03-03", periods=4, freq="5min", tz="UTC"))
    write_candles(frame, tmp_path, "BTC/USDT", "5m")
    return tmp_path


def test_trades_are_told_from_closed_candles(two_candles: Path, ask_at: AskAt) -> None:
    get = ask_at(two_candles, "2025-03-03T00:19:00Z")
    path = "/api/v3/aggTrades"
    rows = get(path, symbol="BTCUSDT")
    assert [(row["a"], float(row["p"]), float(row["q"]), row["m"]) for row in rows] == [
        (0, 10, 2, False),
        (1, 9, 2, True),
        (2, 12, 2, False),
        (3, 11, 2, True),
        (8, 11, 1, False),  # the candle without volume left 4 to 7 out
        (9, 13, 1, False),
        (10, 8, 1, True),
        (11, 9, 1, False),
    ]
    begin = 1_740_960_000_000
    assert rows[0]["T"] == begin and rows[3]["T"] == begin + 299_999

    def numbers(**query: int) -> list[int]:
        return [row["a"] for row in get(path, symbol="BTCUSDT", **query)]

    assert numbers(limit=2) == [10, 11]
    assert numbers(fromId=3, limit=2) == [3, 8]
    assert numbers(startTime=begin + 1, limit=2) == [1, 2]
    assert numbers(endTime=begin + 150_000, limit=2) == [1, 2]
    assert numbers(startTime=begin + 1, endTime=begin + 2) == []


def test_funding_rates_are_the_stored_ones(small_datadir: Path, get: Get) -> None:
    stored = read_candles(small_datadir, "BTC/USDT:USDT", "1h", FUNDING)
    rows = get("/fapi/v1/fundingRate", symbol="BTCUSDT")
    assert [float(row["fundingRate"]) for row in rows] == stored["open"].tolist()[:8]
    assert [row["fundingTime"] for row in rows] == stored["date"].astype("int64").tolist()[:8]
    second = rows[1]["fundingTime"]
    assert get("/fapi/v1/fundingRate", symbol="BTCUSDT", limit=3) == rows[-3:]
    assert get("/fapi/v1/fundingRate", symbol="BTCUSDT", startTime=second, limit=2) == rows[1:3]
    assert get("/fapi/v1/fundingRate", symbol="BTCUSDT", endTime=second) == rows[:2]
    assert get("/fapi/v1/fundingRate", symbol="XYZUSDT") == []


def test_premium_index_knows_the_last_funding_and_the_next_hour(
    small_datadir: Path, get: Get
) -> None:
    premium = get("/fapi/v1/premiumIndex", symbol="BTCUSDT")
    frame = read_candles(small_datadir, "BTC/USDT:USDT", "5m", FUTURES).set_index("date")
    assert float(premium["markPrice"]) == frame.loc["2025-03-05T12:00", "open"]
    assert float(premium["lastFundingRate"]) == 0.0001  # the eighth, at 08:00
    assert premium["nextFundingTime"] == 1_741_190_400_000  # 16:00
    assert len(get("/fapi/v1/premiumIndex")) == 2
    hours = {e["symbol"]: e["fundingIntervalHours"] for e in get("/fapi/v1/fundingInfo")}
    assert hours == {"BTCUSDT": 8, "XYZUSDT": 8}


def test_mark_prices_that_begin_later_than_trades(
    tmp_path: Path, make_walk: Callable[..., pd.DataFrame], ask_at: AskAt
) -> None:
    pair = "BTC/USDT:USDT"
    write_candles(make_walk("2025-03-03", "5m", 40, 100.0, 8), tmp_path, pair, "5m", FUTURES)
    write_candles(make_walk("2025-03-03T02:00", "1h", 4, 99.0, 9), tmp_path, pair, "1h", MARK)

    def premium(clock: str) -> dict[str, Any]:
        found: dict[str, Any] = ask_at(tmp_path, f"2025-03-03T{clock}Z")(
            "/fapi/v1/premiumIndex", symbol="BTCUSDT"
        )
        return found

    before = premium("01:00:00")
    assert before["markPrice"] == before["indexPrice"]
    assert premium("02:00:00")["markPrice"] == "99.0"


def test_the_side_without_data_answers_without_symbols(two_candles: Path, ask_at: AskAt) -> None:
    get = ask_at(two_candles, "2025-03-03T00:19:00Z")
    assert get("/fapi/v1/exchangeInfo")["symbols"] == []
    assert get("/fapi/v1/ticker/24hr") == []


def test_a_gap_in_the_candles_empties_the_book_until_they_go_on(
    tmp_path: Path, make_walk: Callable[..., pd.DataFrame], ask_at: AskAt
) -> None:
    frame = make_walk("2025-03-03", "5m", 40, 100.0, 8).drop(index=[20, 21, 22])
    write_candles(frame, tmp_path, "BTC/USDT", "5m")

    def asks(clock: str) -> int:
        get = ask_at(tmp_path, f"2025-03-03T{clock}Z")
        return len(get("/api/v3/depth", symbol="BTCUSDT", limit=5)["asks"])

    assert [asks(t) for t in ("01:44:00", "01:46:00", "01:54:59", "01:55:00")] == [5, 0, 0, 5]
