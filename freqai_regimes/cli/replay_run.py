"""Runs the two sides of a replay: the stepped bot, and the backtest of the same candles."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from freqtrade.misc import deep_merge_dicts

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.cli.run_config import RunConfig, pairs_overlay, write_overlay
from freqai_regimes.errors import SettingsError
from freqai_regimes.freqtrade_bridge.backtest_result import read_backtest_result
from freqai_regimes.freqtrade_bridge.cadence import period_days, retrain_seconds
from freqai_regimes.freqtrade_bridge.stepped_bot.launch import BACKTEST, CUT, LIVE, run_process
from freqai_regimes.freqtrade_bridge.stepped_bot.plan import SECONDS_AFTER_CANDLE, SteppedPlan
from freqai_regimes.freqtrade_bridge.stepped_bot.recorded_side import (
    backtest_side,
    cut_frames,
    live_side,
)
from freqai_regimes.local_exchange.freqtrade_config import exchange_overlay
from freqai_regimes.local_exchange.server import LocalExchange
from freqai_regimes.parity.side import Side

#: What a user's own code is found in, below the user directory.
OWN_CODE = ("strategies", "freqaimodels")
#: Parts of a configuration that tell or ask others; a replay does without.
OUTSIDE = ("telegram", "api_server", "discord", "webhook", "external_message_consumer")
#: Lines as they are, to the run's own log: freqtrade's console lays out each for a millisecond.
PLAIN_LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"standard": {"format": "%(asctime)s - %(name)s - %(levelname)s - %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "standard"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}


@dataclass(frozen=True)
class ReplayRun:
    """What is replayed.

    Attributes
    ----------
    config, pairs, futures, strategy : as a backtest has them.
    datadir : stored candles.
    start, end : candles that open from start until before end (UTC, on candle boundaries).
    folder : for everything that both sides write; it exists.
    userdir : where strategies and models of the user's own lie.
    restarts : moments at which the bot is stopped and started again.
    detail : finer timeframe of the looks inside a candle, None for one look a candle.
    own_cadence : whether the backtest keeps its own ``backtest_period_days``.
    fee : of one side, a fraction; None for the exchange's.
    live, backtest : modules that are run for each side.
    """

    config: RunConfig
    pairs: list[str]
    datadir: Path
    start: pd.Timestamp
    end: pd.Timestamp
    folder: Path
    userdir: Path
    futures: bool = False
    strategy: str = "RegimeStrategy"
    restarts: tuple[pd.Timestamp, ...] = ()
    detail: str | None = None
    own_cadence: bool = False
    fee: float | None = None
    live: str = LIVE
    backtest: str = BACKTEST
    overlay: dict[str, Any] = field(default_factory=dict)

    @property
    def timeframe(self) -> str:
        """Of the base candles."""
        return str(self.config.merged["timeframe"])

    @property
    def step(self) -> pd.Timedelta:
        """Length of a base candle."""
        return pd.Timedelta(seconds=timeframe_seconds(self.timeframe))

    @property
    def candles(self) -> int:
        """Number of candles that are compared."""
        return int((self.end - self.start) / self.step)

    @property
    def marked(self) -> tuple[pd.Timestamp, ...]:
        """Candles whose prediction FreqAI marks as not to be traded: a bot had just started."""
        return self.start, *(moment - self.step for moment in self.restarts)

    def restarted_at(self, moments: Sequence[pd.Timestamp]) -> ReplayRun:
        """The same run with restarts.

        Raises
        ------
        SettingsError
            If one is not a candle boundary inside the range, or too near another or an end.
        """
        edges = [self.start, *sorted(moments), self.end]
        for before, moment, after in zip(edges, edges[1:], edges[2:], strict=False):
            near = moment - before < 2 * self.step or after - moment < 2 * self.step
            if near or (moment - self.start) % self.step != pd.Timedelta(0):
                raise SettingsError(
                    f"A restart at {moment:%Y-%m-%d %H:%M} is not possible: choose where a "
                    f"{self.timeframe} candle opens, two candles or more from any other restart "
                    f"and from {self.start:%Y-%m-%d %H:%M} and {self.end:%Y-%m-%d %H:%M}."
                )
        return dataclasses.replace(self, restarts=tuple(edges[1:-1]))


def replay(run: ReplayRun, told: Callable[[int], None]) -> tuple[Side, Side]:
    """Step the bot and backtest beside it; ``told`` hears how many candles the bot has done.

    Returns
    -------
    The live side and the backtest's.
    """
    with ThreadPoolExecutor(1) as pool:
        backtested: Future[Side] = pool.submit(_backtest, run)
        live = _live(run, told)
        return live, backtested.result()


# --- the bot --------------------------------------------------------------------------------------


def _live(run: ReplayRun, told: Callable[[int], None]) -> Side:
    folder = run.folder / "live"
    (folder / "data").mkdir(parents=True)
    _make_userdir(run, folder)
    after = pd.Timedelta(seconds=SECONDS_AFTER_CANDLE)
    starts = [run.start, *run.restarts]
    lasts = [*(moment - run.step for moment in run.restarts), run.end]
    spans = [(first + after, last + after) for first, last in zip(starts, lasts, strict=True)]
    folders = [folder / f"run-{number}" for number in range(1, len(spans) + 1)]
    begins = str(spans[0][0].isoformat())
    with LocalExchange(run.datadir, clock="set", start=begins) as exchange:
        for (first, last), place in zip(spans, folders, strict=True):
            place.mkdir()
            plan = SteppedPlan(
                url=exchange.url,
                start=first.isoformat(),
                candles=int((last - first) / run.step),
                timeframe_seconds=int(run.step.total_seconds()),
                arguments=_trade_arguments(run, exchange.url, folder, place, first == spans[0][0]),
                folder=str(place),
                step_seconds=0 if run.detail is None else timeframe_seconds(run.detail),
                paused_looks=int(first == spans[0][0]),
            )
            done = int((first - spans[0][0]) / run.step)
            log = place / "freqtrade.log"
            run_process(run.live, plan.write(), log, _later(told, done))
    side = live_side(folders, run.timeframe, spans)
    # A training at the very end predicts nothing, and the backtest has no such window.
    within = side.trainings["trained_to"].astype("datetime64[ns, UTC]") < run.end
    return dataclasses.replace(side, trainings=side.trainings[within])


def _later(told: Callable[[int], None], done: int) -> Callable[[int], None]:
    return lambda count: told(done + count)


def _trade_arguments(
    run: ReplayRun, url: str, folder: Path, place: Path, is_first: bool
) -> list[str]:
    """Words of ``freqtrade trade``; a new bot enters nothing at its first look, from before."""
    overlay = _overlay(run, url) | {"db_url": f"sqlite:///{folder / 'trades.sqlite'}"}
    overlay["initial_state"] = "paused" if is_first else "running"
    path = write_overlay(place, overlay)
    arguments = ["trade", *run.config.freqtrade_arguments(folder / "user_data", path)]
    return [*arguments, "--strategy", run.strategy, "--datadir", str(folder / "data")]


# --- the backtest ---------------------------------------------------------------------------------


def _backtest(run: ReplayRun) -> Side:
    folder = run.folder / "backtest"
    folder.mkdir()
    _make_userdir(run, folder)
    with LocalExchange(run.datadir, clock="set", start=run.start.isoformat()) as exchange:
        marked = [int(moment.timestamp()) for moment in run.marked]
        plan = {"arguments": _backtest_arguments(run, exchange.url, folder), "untrusted": marked}
        path = folder / "plan.json"
        path.write_text(json.dumps(plan | {"folder": str(folder)}))
        run_process(run.backtest, path, folder / "freqtrade.log", lambda _: None)
    return backtest_side(folder, run.timeframe, read_backtest_result(folder, run.strategy))


def on_cut_history(run: ReplayRun, candles: dict[str, list[int]]) -> dict[str, pd.DataFrame]:
    """Features of candles, by pair and opening second, as if each had been the last one stored."""
    folder = run.folder / "backtest"
    with LocalExchange(run.datadir, clock="set", start=run.start.isoformat()) as exchange:
        plan = {"arguments": _backtest_arguments(run, exchange.url, folder), "candles": candles}
        path = folder / "cut.json"
        path.write_text(json.dumps(plan | {"folder": str(folder)}))
        run_process(CUT, path, folder / "cut.log", lambda _: None)
    return cut_frames(folder, list(candles))


def _backtest_arguments(run: ReplayRun, url: str, folder: Path) -> list[str]:
    path = write_overlay(folder, _overlay(run, url) | {"futures_funding_rate": 0.0})
    arguments = ["backtesting", *run.config.freqtrade_arguments(folder / "user_data", path)]
    arguments += ["--strategy", run.strategy, "--datadir", str(run.datadir)]
    arguments += ["--timerange", f"{run.start:%Y%m%dT%H%M}-{run.end:%Y%m%dT%H%M}"]
    arguments += ["--enable-protections", "--cache", "none", "--backtest-directory", str(folder)]
    return arguments + (["--timeframe-detail", run.detail] if run.detail is not None else [])


# --- what both have -------------------------------------------------------------------------------


def _overlay(run: ReplayRun, url: str) -> dict[str, Any]:
    """Configuration of the replay, the same for both sides: their models have one identifier."""
    overlay = exchange_overlay(url, futures=run.futures) | {"dry_run": True} | run.overlay
    overlay["log_config"] = PLAIN_LOG
    overlay |= {name: {"enabled": False} for name in OUTSIDE if name in run.config.merged}
    deep_merge_dicts(pairs_overlay(run.pairs), overlay)
    if run.fee is not None:
        overlay["fee"] = run.fee
    if run.config.model_is_on and not run.own_cadence:
        days = period_days(retrain_seconds(run.config.merged))
        overlay["freqai"] = {"backtest_period_days": days}
    return overlay


def _make_userdir(run: ReplayRun, folder: Path) -> None:
    """A user directory without models of earlier runs, and with the user's own code."""
    userdir = folder / "user_data"
    userdir.mkdir()
    for name in OWN_CODE:
        if (run.userdir / name).is_dir():
            (userdir / name).symlink_to((run.userdir / name).resolve())
