"""What users do with a running bot: entries of their own, reloads, other pairs, restarts."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from freqtrade.exceptions import OperationalException

from freqai_regimes.freqtrade_bridge.refused_config import refuse_config
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange
from freqai_regimes.userdir import shipped_folder
from tests.host import stepped_trade
from tests.host.small_run import SMALL, merge, small_config, small_market

STEP = timedelta(minutes=5)
NOON = datetime.fromisoformat("2024-01-03T12:00:02+00:00")
TROUBLE = re.compile(r" - (?:ERROR|CRITICAL) - .*|Traceback.*|Unexpected error.*")
BTC, ETH, SOL = "BTC/USDT", "ETH/USDT", "SOL/USDT"
BTC_PERPETUAL, ETH_PERPETUAL = "BTC/USDT:USDT", "ETH/USDT:USDT"

#: Entries by prediction that are never made, so that every trade is the user's.
NO_OWN_ENTRY = {"regimes": {"edge": {"entry_threshold": 0.5}}}
#: The regime decides alone, and a position follows its weight closely.
BY_REGIME = {
    "max_open_trades": 3,
    "regimes": {
        "entry": "regime",
        "exposure": {"bull": 1.0, "sideways": 1.0, "bear": 1.0, "rebalance_band": 0.01},
    },
}


@dataclass(frozen=True)
class Run:
    """What a stepped run left behind: a value a step, and rows of the bot's database."""

    log: str
    identifiers: list[str]
    trainings: list[dict[str, int]]
    seen: list[dict[str, list[dict[str, Any]]]]
    trades: list[dict[str, Any]]
    orders: list[dict[str, Any]]

    def column(self, pair: str, name: str) -> list[Any]:
        """A column's last value at each step at which the pair was analysed."""
        return [step[pair][0][name] for step in self.seen if step.get(pair)]

    def costs(self, trade: dict[str, Any], side: str) -> list[float]:
        """Cost of each filled order of a trade."""
        orders = [order for order in self.orders if order["ft_trade_id"] == trade["id"]]
        return [order["cost"] for order in orders if order["side"] == side and order["filled"]]


class Bot:
    """One bot with its user directory, database and candles, run several times."""

    def __init__(self, folder: Path, *, futures: bool = False) -> None:
        self.folder = folder
        self.futures = futures
        changes: dict[str, Any] = {}
        if futures:
            changes = {"timeframes": ("5m", "15m", "1h"), "futures": True}
        self.market = small_market(folder / "market", pairs=(BTC, ETH, SOL), **changes)
        for name in ("user_data", "bot_data"):
            (folder / name).mkdir()

    def settings(self, pairs: list[str], *changes: dict[str, Any]) -> str:
        """Text of the user's own configuration file."""
        own: dict[str, Any] = {"force_entry_enable": True, "exchange": {"pair_whitelist": pairs}}
        own["freqai"] = {"live_retrain_hours": 0.9}
        for change in changes:
            merge(own, json.loads(json.dumps(change)))
        return json.dumps(own)

    @property
    def own(self) -> Path:
        """The user's own configuration file."""
        return self.folder / "own.json"

    def run(self, settings: str, start: datetime, candles: int, *actions: dict[str, Any]) -> Run:
        """Trade so many candles with the real ``freqtrade trade``."""
        done = self.stepped(settings, start, candles, *actions)
        log = done.stderr + done.stdout
        assert done.returncode == 0, log[-4000:]
        told = json.loads((self.folder / "answer.json").read_text())
        trades, orders = self._rows("trades"), self._rows("orders")
        return Run(log, told["identifiers"], told["trainings"], told["seen"], trades, orders)

    def stepped(
        self, settings: str, start: datetime, candles: int, *actions: dict[str, Any]
    ) -> subprocess.CompletedProcess[str]:
        """The process of such a run when it has ended, however it did."""
        self.own.write_text(settings)
        with LocalExchange(self.market, clock="set", start=start.isoformat()) as exchange:
            overlay = exchange_overlay(exchange.url, futures=self.futures)
            overlay["db_url"] = f"sqlite:///{self.folder / 'trades.sqlite'}"
            (self.folder / "overlay.json").write_text(json.dumps(overlay))
            plan = {
                "url": exchange.url,
                "start": start.isoformat(),
                "candles": candles,
                "timeframe_seconds": int(STEP.total_seconds()),
                "arguments": self.arguments("trade", self.folder / "bot_data"),
                "mend": True,
                "answer": str(self.folder / "answer.json"),
                "actions": actions,
            }
            (self.folder / "plan.json").write_text(json.dumps(plan))
            return stepped_trade.run(self.folder / "plan.json")

    def arguments(self, command: str, datadir: Path) -> list[str]:
        """Words of a freqtrade command with the bot's configuration."""
        arguments = [command, "--strategy", "RegimeStrategy", "--freqaimodel", "RegimeLightGBM"]
        arguments += ["--strategy-path", str(shipped_folder() / "strategies")]
        arguments += ["--freqaimodel-path", str(shipped_folder() / "freqaimodels")]
        arguments += ["--userdir", str(self.folder / "user_data")]
        arguments += ["--datadir", str(datadir)]
        configs = small_config(self.folder, futures=self.futures)
        for path in (*configs, self.folder / "overlay.json", self.own):
            arguments += ["--config", str(path)]
        return arguments

    def _rows(self, table: str) -> list[dict[str, Any]]:
        with sqlite3.connect(self.folder / "trades.sqlite") as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT * FROM {table} ORDER BY id")]


def call(step: int, method: str, **arguments: Any) -> dict[str, Any]:
    """The user gives a command after that step; Telegram and FreqUI call the same methods."""
    return {"step": step, "call": f"_rpc_{method}", "arguments": arguments}


def force_entry(step: int, pair: str, **arguments: Any) -> dict[str, Any]:
    return call(step, "force_entry", pair=pair, price=None, stake_amount=300.0, **arguments)


def edit(step: int, path: Path, text: str) -> dict[str, Any]:
    """The user edits a configuration file."""
    return {"step": step, "write": str(path), "text": text}


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Entries of the user's own only; a reload with other exits; a pair blacklisted for a while.

    SOL, because its prediction is against a long from the first model on.
    """
    bot = Bot(tmp_path_factory.mktemp("by-hand"))
    other_exits = {"stoploss": -0.001, "regimes": {"edge": {"exit_threshold": 0.9}}}
    return bot.run(
        bot.settings([BTC, SOL], NO_OWN_ENTRY),
        NOON,
        12,
        force_entry(2, SOL),
        force_entry(2, BTC, enter_tag=None),
        edit(6, bot.own, bot.settings([BTC, SOL], NO_OWN_ENTRY, other_exits)),
        call(6, "reload_config"),
        force_entry(7, SOL),
        call(8, "blacklist", add=[BTC]),
        call(10, "blacklist_delete", delete=[BTC]),
    )


@pytest.fixture(scope="module")
def regime_bot(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    return Bot(tmp_path_factory.mktemp("by-regime"))


@pytest.fixture(scope="module")
def by_regime(regime_bot: Bot) -> tuple[Run, Run]:
    """Trades by regime; the user takes over, changes the pairs, and starts the bot again."""
    bot = regime_bot
    other_pairs = bot.settings([BTC, SOL], BY_REGIME)
    first = bot.run(
        bot.settings([BTC, ETH], BY_REGIME),
        NOON,
        7,
        call(1, "force_exit", trade_id="1"),
        call(1, "force_exit", trade_id="2"),
        force_entry(1, ETH),
        force_entry(1, BTC, enter_tag="bull"),
        edit(3, bot.own, other_pairs),
        call(3, "reload_config"),
    )
    later = NOON + 8 * STEP
    return first, bot.run(other_pairs, later, 3, call(1, "force_exit", trade_id="3"))


@pytest.fixture(scope="module")
def futures(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Isolated futures, short in bear markets; the user goes short, then adds to a short trade."""
    bot = Bot(tmp_path_factory.mktemp("futures"), futures=True)
    short_in_bear = {"regimes": {"exposure": {"bear": -1.0, "sideways": 0.0}}}
    return bot.run(
        bot.settings([BTC_PERPETUAL, ETH_PERPETUAL], BY_REGIME, short_in_bear),
        NOON,
        6,
        force_entry(1, ETH_PERPETUAL, order_side="short", leverage=3),
        force_entry(4, ETH_PERPETUAL),
    )


def test_nothing_of_it_logs_an_error(
    by_hand: Run, by_regime: tuple[Run, Run], futures: Run
) -> None:
    for run in (by_hand, *by_regime, futures):
        assert TROUBLE.findall(run.log) == []


# --- the model is not ready -----------------------------------------------------------------------


def test_before_the_first_model_no_prediction_is_traded(by_hand: Run) -> None:
    for pair in (BTC, SOL):
        assert f"No model ready for {pair}" in by_hand.log
        assert by_hand.column(pair, "do_predict")[:3] == [0, 0, 1]
        assert by_hand.column(pair, "weight")[0] == by_hand.column(pair, "enter_long")[0] == 0


def test_before_the_first_model_the_regime_trades_alone(by_regime: tuple[Run, Run]) -> None:
    first, _ = by_regime
    assert first.column(BTC, "do_predict")[0] == 0
    assert first.column(BTC, "weight")[0] == 1.0
    opened = {trade["pair"]: trade["enter_tag"] for trade in first.trades[:2]}
    assert opened == {BTC: "bull", ETH: "sideways"}  # no score in the tag: no model spoke


# --- entries and exits by hand --------------------------------------------------------------------


def test_an_entry_by_hand_has_the_size_that_was_asked_for(by_hand: Run) -> None:
    tags = [(trade["pair"], trade["enter_tag"]) for trade in by_hand.trades]
    assert tags == [(SOL, "force_entry"), (BTC, None), (SOL, "force_entry")]
    for trade in by_hand.trades:
        assert by_hand.costs(trade, "buy") == pytest.approx([300.0], rel=1e-3)


def test_it_leaves_by_the_strategys_signal_or_by_the_stop(by_hand: Run) -> None:
    first, second, third = (trade["exit_reason"] for trade in by_hand.trades)
    words = r"reversal (bull|sideways|bear) (expert|pooled) score [+-]\d\.\d edge (-|\+\+?)"
    assert re.fullmatch(words, first) and re.fullmatch(words, second)
    assert third == "stop_loss"


def test_it_keeps_its_size_while_the_strategys_own_trade_is_rebalanced(
    by_regime: tuple[Run, Run],
) -> None:
    first, _ = by_regime
    [manual] = [trade for trade in first.trades if trade["enter_tag"] == "force_entry"]
    assert first.costs(manual, "buy") == pytest.approx([300.0], rel=1e-3)
    assert first.costs(manual, "sell") == []
    [own] = [trade for trade in first.trades if trade["enter_tag"] == "bull" and trade["is_open"]]
    begun, added = first.costs(own, "buy")[:2]
    assert begun == pytest.approx(300.0, rel=1e-3)
    assert begun + added == pytest.approx(9900 / 3, rel=0.02)  # a third of what may be traded


def test_on_futures_it_has_side_and_leverage_as_asked_for(futures: Run) -> None:
    [trade] = [trade for trade in futures.trades if trade["enter_tag"] == "force_entry"]
    assert (trade["is_short"], trade["leverage"]) == (1, 3.0)
    assert trade["exit_reason"].split()[0] == "regime"
    assert futures.costs(trade, "sell") == pytest.approx([3 * 300.0], rel=0.01)


def test_what_is_added_by_hand_to_the_strategys_own_trade_is_taken_back(futures: Run) -> None:
    [trade] = [trade for trade in futures.trades if str(trade["enter_tag"]).startswith("bear")]
    assert (trade["is_short"], trade["leverage"]) == (1, 1.0)
    begun, added = futures.costs(trade, "sell")
    assert added == pytest.approx(300.0, rel=0.01)
    back = [order for order in futures.orders if order["ft_order_tag"] == "weight 1.09 to 1.00"]
    assert [order["cost"] for order in back] == pytest.approx([0.09 * begun], rel=0.1)


# --- /reload_config -------------------------------------------------------------------------------


def test_a_reload_keeps_models_and_identifier(by_hand: Run) -> None:
    assert len(set(by_hand.identifiers)) == 1
    assert re.fullmatch(r"small-[0-9a-f]{10}", by_hand.identifiers[0])
    assert by_hand.trainings[7] == by_hand.trainings[6] != {}
    assert by_hand.column(SOL, "do_predict")[6:9] == [1, 0, 1]


def test_training_goes_on_after_it(by_hand: Run) -> None:
    assert by_hand.trainings[-1][SOL] > by_hand.trainings[7][SOL]


# --- other pairs ----------------------------------------------------------------------------------


def test_a_pair_that_comes_back_from_the_blacklist_is_trained_again(by_hand: Run) -> None:
    assert f"{BTC} not in current whitelist, removing from train queue" in by_hand.log
    assert by_hand.trainings[-1][BTC] > by_hand.trainings[10][BTC]


def test_an_open_trade_stays_managed_when_its_pair_leaves_the_whitelist(
    by_regime: tuple[Run, Run],
) -> None:
    first, second = by_regime
    assert first.column(ETH, "do_predict")[4:] == [0, 0, 0, 0]
    assert first.column(ETH, "weight")[4:] == [1.0, 1.0, 1.0, 1.0]
    [trade] = [trade for trade in second.trades if trade["enter_tag"] == "force_entry"]
    assert (trade["pair"], trade["exit_reason"]) == (ETH, "force_exit")
    assert all(step[ETH] == first.trainings[3][ETH] for step in second.trainings)


def test_a_new_pair_is_trained_and_traded(by_regime: tuple[Run, Run]) -> None:
    first, second = by_regime
    assert first.column(SOL, "do_predict") == [0, 0, 1, 1]
    assert SOL not in first.trainings[3]
    assert first.trainings[4][SOL] > first.trainings[3][BTC]
    assert [trade["is_open"] for trade in second.trades if trade["pair"] == SOL] == [1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"pairlists": [{"method": "VolumePairList", "number_assets": 2}]},
            "VolumePairList changes its pairs",
        ),
        ({"exchange": {"pair_whitelist": [".*/USDT"]}}, "'.*/USDT' in the whitelist is a pattern"),
    ],
)
def test_pairs_that_freqai_cannot_train_are_refused(change: dict[str, Any], words: str) -> None:
    config: dict[str, Any] = json.loads(json.dumps(SMALL))
    merge(config, {"exchange": {"pair_whitelist": [BTC]}})
    refuse_config(config)
    merge(config, change)
    with pytest.raises(OperationalException, match=re.escape(words)):
        refuse_config(config)


# --- a restart ------------------------------------------------------------------------------------


def test_a_restart_goes_on_with_models_and_trades_on_disk(by_regime: tuple[Run, Run]) -> None:
    first, second = by_regime
    assert second.identifiers[0] == first.identifiers[0]
    assert second.trainings[0] == first.trainings[-1]
    kept = [trade["id"] for trade in first.trades if trade["is_open"]]
    assert [trade["id"] for trade in second.trades if not trade["close_date"]] == [
        number for number in kept if number != 3
    ]


def test_only_the_first_candle_after_it_is_not_trusted(by_regime: tuple[Run, Run]) -> None:
    _, second = by_regime
    for pair in (BTC, SOL):
        assert second.column(pair, "do_predict") == [0, 1, 1, 1]


# --- what live predicted, backtested --------------------------------------------------------------


def test_live_predictions_can_be_backtested(by_regime: tuple[Run, Run], regime_bot: Bot) -> None:
    record = regime_bot.folder / "record"
    own = json.loads(regime_bot.own.read_text())
    merge(own, {"regimes": {"record": str(record)}})
    regime_bot.own.write_text(json.dumps(own))
    with LocalExchange(regime_bot.market, clock="set") as exchange:
        overlay = exchange_overlay(exchange.url, futures=False)
        (regime_bot.folder / "overlay.json").write_text(json.dumps(overlay))
        arguments = regime_bot.arguments("backtesting", regime_bot.market)
        done = subprocess.run(
            [sys.executable, "-m", "freqtrade", *arguments, "--freqai-backtest-live-models"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-4000:]
    read = pd.read_feather(record / "BTC_USDT.feather").set_index("date")["prediction"]
    live = [step[BTC][0] for run in by_regime for step in run.seen]
    trusted = [row for row in live if row["do_predict"] == 1]
    assert len(trusted) >= 6
    for row in trusted:
        told = read[pd.Timestamp(row["date"], unit="ms", tz="UTC")]
        assert told == pytest.approx(row["prediction"])
