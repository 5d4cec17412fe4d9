"""What a killed or cut off bot left on the exchange: adopted, ended, given a stop, or only told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from freqtrade.enums import RunMode
from freqtrade.persistence import Order, Trade

from freqai_regimes.freqtrade_bridge.safe_orders.keeper import OrderKeeper
from freqai_regimes.local_exchange import LocalExchange, TradingOptions
from freqai_regimes.risk.order_safety import OrderSettings
from tests.freqtrade_bridge.safe_orders.live_bot import MOMENT, LiveBot, flat_market

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword in:DeprecationWarning")
Build = Callable[..., LiveBot]
PRIVATE = r"/api/v3/(order|openOrders|allOrders)"


@pytest.fixture(scope="module")
def datadir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flat_market(tmp_path_factory.mktemp("candles"))


@pytest.fixture
def build(datadir: Path, tmp_path: Path) -> Iterator[Build]:
    made: list[LiveBot] = []
    start = MOMENT.isoformat()
    with (
        LocalExchange(datadir, clock="set", start=start, trading=TradingOptions()) as server,
        time_machine.travel(MOMENT.to_pydatetime(), tick=False) as clock,
    ):

        def bot(**options: Any) -> LiveBot:
            made.append(LiveBot(server, clock, tmp_path, **options))
            return made[-1].start().loop(0)

        yield bot
        for each in made:
            each.stop()


@pytest.mark.parametrize(
    ("futures", "short", "moments"),
    [
        (False, False, ("before", "executed", "answered")),
        (True, False, ("answered",)),
        (True, True, ("executed",)),
    ],
    ids=["spot", "long", "short"],
)
def test_whatever_the_moment_of_a_kill_nothing_is_lost_or_doubled(
    build: Build,
    futures: bool,
    short: bool,
    moments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    at = build(futures=futures, short=short)
    for moment in moments:
        at.dies(moment, at.enter, monkeypatch)
        at.loop()
        assert at.is_even(), moment
        if moment == "before":
            assert Trade.get_open_trade_count() == 0 and not at.side.orders
            continue
        (trade,) = Trade.get_open_trades()
        assert (trade.is_short, trade.enter_tag) == (short, "force_entry")
        assert trade.leverage == (2.0 if futures else 1.0)
        # The iteration that adopts the entry books it and sets its stop.
        assert len(trade.open_sl_orders) == 1 and not trade.has_open_orders
        at.dies(moment, at.leave, monkeypatch)
        at.loop()
        assert Trade.get_open_trade_count() == 0 and at.is_even(), moment
    adopted = [text for text in at.told if "adopted" in text]
    assert [text.split()[1] for text in adopted] == ["entry", "exit"] * (len(adopted) // 2)
    assert len(adopted) == 2 * len([moment for moment in moments if moment != "before"])
    assert set(at.told) <= set(caplog.messages)  # what is told is logged, too


def test_a_stop_that_a_killed_bot_had_set_is_adopted_not_doubled(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = build(futures=True, short=True)
    at.enter()
    at.dies("executed", at.loop, monkeypatch)  # the loop after an entry sets its stop
    at.loop()
    (trade,) = Trade.get_open_trades()
    (stop,) = trade.open_sl_orders
    assert at.is_even() and stop.stop_price == pytest.approx(99.995 * 1.05, abs=0.01)
    assert [text for text in at.told if f"stop order {stop.order_id} adopted" in text]


def test_a_torn_last_line_of_the_log_loses_nothing(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = build()
    at.dies("answered", at.enter, monkeypatch)
    at.stop()
    (path,) = (at.folder / "regimes_orders").glob("*.jsonl")
    whole = path.read_bytes()
    assert b'"adopted"' in whole.splitlines()[-1]
    path.write_bytes(whole[:-9] + b"\xff{")
    at.start().loop()
    assert Trade.get_open_trade_count() == 1 and at.is_even()


def test_what_was_lost_with_the_database_is_found_by_the_orders_own_ids(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = build(futures=True)
    for _ in range(2):  # the first is closed: its orders explain nothing of what is held
        at.enter()
        at.loop()
        at.leave()
        at.loop()
    at.enter()
    at.loop()
    held = Trade.get_open_trades()[0].amount
    with Trade.session.begin_nested():
        Order.session.query(Order).delete()
        Trade.session.query(Trade).delete()
    Trade.commit()
    assert Trade.get_open_trade_count() == 0
    at.loop()  # one iteration: the position and its stop are in the trades again
    (trade,) = Trade.get_open_trades()
    assert (trade.amount, trade.leverage) == (held, 2.0) and held == pytest.approx(2.0, rel=1e-3)
    assert len(trade.open_sl_orders) == 1 and at.is_even()


def test_what_the_bot_has_not_bought_is_told_once_and_left_alone(build: Build) -> None:
    at = build()
    api, hand = at.bot.exchange._api, at.keeper.guard._create
    hand("ABC/USDT", "market", "buy", 0.5, None, {})  # another one on the same account
    hand("ABC/USDT", "limit", "buy", 0.2, 90.0, {"clientOrderId": "regimes-000000-another"})
    for _ in range(3):
        at.loop()
    assert [text for text in at.told if "nobody looks after it" in text] == [
        "ABC/USDT: 0.4995 more on the exchange than in the trades, and not by an order of this "
        "bot: nobody looks after it. Close it yourself."
    ]
    assert Trade.get_open_trade_count() == 0 and len(api.fetch_open_orders("ABC/USDT")) == 1
    at.enter()
    at.loop()
    at.leave()
    at.loop()
    assert float(at.side.account.held()["ABC"]) == pytest.approx(0.4995, abs=0.01)


def test_coins_of_before_are_none_of_its_business(build: Build) -> None:
    at = build()
    at.keeper.log.note("kept", {"ABC": 0.4995})
    at.keeper.guard._create("ABC/USDT", "market", "buy", 0.5, None, {})
    for _ in range(3):
        at.loop()
    assert at.told == []


@pytest.mark.parametrize("futures", [False, True], ids=["spot", "futures"])
def test_a_position_without_stop_has_one_after_one_iteration(build: Build, futures: bool) -> None:
    at = build(futures=futures)
    at.enter()
    at.loop()
    stops = [Trade.get_open_trades()[0].open_sl_orders[0].order_id]
    algo = {"stop": True} if futures else {}
    at.keeper.guard._cancel(stops[0], at.pair, dict(algo))  # by hand
    at.loop()
    stops.append(Trade.get_open_trades()[0].open_sl_orders[0].order_id)
    at.forget(stops[1])
    at.loop(120)
    (trade,) = Trade.get_open_trades()
    (stop,) = trade.open_sl_orders
    assert stop.order_id not in stops and at.is_even()
    assert [text for text in at.told if f"order {stops[1]} (stoploss) is not on the" in text]


def test_a_ghost_entry_is_ended_with_what_was_filled(build: Build) -> None:
    at = build()
    at.bot.config["entry_pricing"]["price_side"] = "same"  # rests in the book
    at.enter()
    (trade,) = Trade.get_open_trades()
    (row,) = trade.open_orders
    at.forget(row.order_id)
    at.loop(120)
    assert Trade.get_open_trade_count() == 0 and not Order.get_open_orders()
    assert any("(buy) is not on the exchange any more" in text for text in at.told)


def test_no_entry_while_the_exchange_owes_an_answer(build: Build) -> None:
    at = build()
    at.inject({"kind": "reset", "path": PRIVATE, "executed": True})
    with pytest.raises(Exception, match="Could not place"):
        at.enter()
    at.loop()
    assert "what became of an order of ABC/USDT" in str(at.keeper.refusal())
    assert not at.enter() and len(at.side.orders) == 1
    at.inject()
    at.loop()
    assert at.keeper.refusal() is None and at.is_even()
    assert Trade.get_open_trade_count() == 1


def test_exchange_and_database_are_compared_at_the_start_and_every_few_minutes(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = build()
    at.keeper.settings = at.keeper.settings.model_copy(update={"compare_minutes": 5.0})
    moments = []
    monkeypatch.setattr(at.keeper, "_compare", lambda: moments.append(0))
    at.loop()
    assert moments == []  # the start has just done it
    at.keeper._compared -= 301
    at.loop()
    assert moments == [0]


def test_the_log_says_all_and_names_no_secret(build: Build) -> None:
    at = build(futures=True)
    at.enter()
    at.loop()
    events = [json.loads(line)["event"] for line in at.lines()]
    assert events == ["note", "note", "intent", "placed", "booked", "intent", "placed"]
    text = "\n".join(at.lines())
    assert "local-key" not in text and "local-secret" not in text and "signature" not in text


@pytest.mark.parametrize(
    ("changes", "safe", "name"),
    [
        ({"dry_run": True, "runmode": RunMode.DRY_RUN}, True, "binance"),
        ({"dry_run": True, "runmode": RunMode.BACKTEST}, True, "binance"),
        ({"runmode": RunMode.LIVE}, False, "binance"),
        ({"runmode": RunMode.LIVE}, True, "kraken"),
    ],
    ids=["dry-run", "backtest", "off", "another exchange"],
)
def test_it_leaves_everything_alone_where_it_is_off(
    tmp_path: Path, changes: dict[str, Any], safe: bool, name: str
) -> None:
    told: list[str] = []
    exchange = SimpleNamespace(id=name, _api=object())
    config = {"dry_run": False, "user_data_dir": tmp_path, **changes}
    strategy = SimpleNamespace(config=config, dp=SimpleNamespace(_exchange=exchange))
    assert OrderKeeper.start(strategy, OrderSettings(safe=safe), told.append) is None
    assert list(tmp_path.iterdir()) == []
    assert len(told) == (name == "kraken")
