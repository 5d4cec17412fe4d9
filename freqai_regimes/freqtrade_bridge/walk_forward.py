"""The windows of a backtest: everything computed once a pair, windows fitted side by side."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
from freqtrade.exceptions import OperationalException
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen
from freqtrade.strategy import IStrategy

from freqai_regimes.errors import TrainingError
from freqai_regimes.experts import RegimeExperts
from freqai_regimes.freqtrade_bridge.backtest_candles import BacktestCandles
from freqai_regimes.freqtrade_bridge.code_version import code_version
from freqai_regimes.freqtrade_bridge.fitted_window import FittedWindow
from freqai_regimes.freqtrade_bridge.pooled_training import RowsInTime, members, together
from freqai_regimes.freqtrade_bridge.served_model import ServedModel
from freqai_regimes.freqtrade_bridge.stored_windows import StoredWindows, TrainingWindow
from freqai_regimes.freqtrade_bridge.window_fit import (
    TrainingRows,
    fit_elsewhere,
    one_line,
    show_last_row,
    tell_freqai,
    training_rows,
)
from freqai_regimes.freqtrade_bridge.window_log import failure_note, fit_note
from freqai_regimes.windows.in_order import free_cores, in_order
from freqai_regimes.windows.on_cluster import on_cluster

if TYPE_CHECKING:
    from freqai_regimes.freqtrade_bridge.model import RegimeModelBase

logger = logging.getLogger(__name__)

#: Progress is told no more often.
SECONDS_BETWEEN_LINES = 1.0


@dataclass(frozen=True)
class _PairHistory:
    """A pair's candles with their features, and all its rows to learn from."""

    frame: pd.DataFrame
    rows: TrainingRows | None


@dataclass(frozen=True)
class _Serving:
    """What was handed over last: at the end of which window, and fitted on which.

    ``champion`` is None where its predictions are not trusted.
    """

    until: TrainingWindow
    source: TrainingWindow
    champion: RegimeExperts | None


class WalkForward:
    """Trains and predicts every window of one pool that has no stored predictions yet.

    A window is finished once the predictions of all its pairs are stored, so a run that was broken
    off goes on where it stopped. Features and labels are computed once a pair; a window takes its
    rows from them by date and by the date at which each label was known, so its cost does not grow
    with the history before it.
    """

    def __init__(
        self,
        model: RegimeModelBase,
        strategy: IStrategy,
        pairs: Sequence[str],
        candles: BacktestCandles,
        kitchen: FreqaiDataKitchen,
    ) -> None:
        self._model = model
        self._strategy = strategy
        self._windows = [
            TrainingWindow(number, int(train.stopts), train, predicted)
            for number, (train, predicted) in enumerate(
                zip(kitchen.training_timeranges, kitchen.backtesting_timeranges, strict=True)
            )
        ]
        found = {pair: candles.of(pair, model.config["timeframe"]) for pair in pairs}
        self._candles = {pair: frame for pair, frame in found.items() if not frame.empty}
        self._left_out = {pair: "no candles" for pair in pairs if pair not in self._candles}
        self._stored = StoredWindows(model.config, self._candles, self._windows)
        self._serving: _Serving | None = None
        self._rows: RowsInTime

    def refuse_too_little_history(self) -> None:
        """Refuse a range whose first window no pair has candles for.

        Raises
        ------
        OperationalException
            Naming the pair with the longest history. The others may begin later: a pair joins the
            pool once it has rows.
        """
        first = {pair: frame["date"].iloc[0] for pair, frame in self._candles.items()}
        needed = self._windows[0].train.startdt
        longest = min(first, key=lambda pair: first[pair], default=None)
        if longest is None:
            raise OperationalException(f"No candles of {', '.join(self._left_out)}.")
        if first[longest] > needed:
            raise OperationalException(
                f"Too little history of {longest}: its candles begin on "
                f"{first[longest]:%Y-%m-%d %H:%M}, the first training window on "
                f"{needed:%Y-%m-%d %H:%M}. Load candles from before that, begin the timerange "
                "later, or lower freqai.train_period_days."
            )

    def run(self, number: int) -> None:
        """Fit and predict what is missing, in time order; ``number``: which pool it is, from 1.

        Raises
        ------
        OperationalException
            If a window cannot be trained and ``on_failed_window`` is "stop".
        """
        missing = [window for window in self._windows if not self._stored.is_finished(window)]
        if not missing:
            return
        histories = {pair: self._prepared(pair) for pair in self._candles}
        known = {pair: each.rows for pair, each in histories.items() if each.rows is not None}
        if not known:
            raise OperationalException(
                f"No row of {', '.join(self._candles)} has all its features and a label. Load more "
                "history before the range."
            )
        self._rows = RowsInTime(together(known))
        began = told = time.monotonic()
        fitted = self._fits(missing)
        for done, (window, outcome) in enumerate(zip(missing, fitted, strict=True), start=1):
            self._finish(window, outcome, histories)
            now = time.monotonic()
            if now - told < SECONDS_BETWEEN_LINES and done < len(missing):
                continue
            told, left = now, (now - began) / done * (len(missing) - done)
            logger.info(
                "Trained window %d/%d of pool %d/%d (%s), until %s; about %.0f s left.",
                len(self._windows) - len(missing) + done,
                len(self._windows),
                number,
                self._model.pools.count,
                ", ".join(self._candles),
                window.train.stop_fmt,
                left,
            )

    def predictions(self, pair: str) -> pd.DataFrame:
        """Stored predictions of the pair's candles in the range; zeros where a window failed."""
        return self._stored.all_of(pair, self._windows)

    # --- once a pair ------------------------------------------------------------------------------

    def _prepared(self, pair: str) -> _PairHistory:
        """Features and labels of all candles of a pair, as FreqAI computes them."""
        kitchen = self._stored.kitchen(pair)
        frame = kitchen.use_strategy_to_populate_indicators(
            self._strategy, prediction_dataframe=self._candles[pair], pair=pair
        )
        frame = self._strategy.set_freqai_targets(frame, metadata={"pair": pair})
        frame = kitchen.remove_special_chars_from_feature_names(frame)
        kitchen.find_labels(frame)
        learned = self._model.pools.renamed(frame, pair)
        kitchen.find_features(learned)
        try:
            rows = training_rows(learned, kitchen)
        except OperationalException as error:  # not one row that could be learned from
            self._left_out[pair] = str(error)
            rows = None
        return _PairHistory(frame, rows)

    # --- one window -------------------------------------------------------------------------------

    def _fits(self, windows: list[TrainingWindow]) -> Iterator[FittedWindow | str]:
        """What is fitted on each window, here or on a cluster: the same bits in the same order."""
        options = self._model.settings.windows
        if options.scheduler is None:
            workers = options.workers or free_cores()
            logger.info("%d windows to train, %d at once.", len(windows), workers)
            yield from in_order(self._fitted, windows, workers)
            return
        logger.info("%d windows to train on %s.", len(windows), options.scheduler)
        work = partial(
            fit_elsewhere,
            settings=self._model.settings,
            parameters=self._model.model_training_parameters,
            code=code_version(),
        )
        try:
            found = on_cluster(work, map(self._rows_in, windows), options.scheduler)
            for window, outcome in zip(windows, found, strict=True):
                yield outcome if isinstance(outcome, str) else self._made(window, outcome)
        except TrainingError as error:
            raise OperationalException(str(error)) from error

    def _rows_in(self, window: TrainingWindow) -> TrainingRows:
        return self._rows.window(self._model.span(window.train), window.stop)

    def _made(self, window: TrainingWindow, bundle: RegimeExperts) -> FittedWindow:
        return FittedWindow(tuple(self._candles), window.stop, self._rows_in(window), bundle)

    def _fitted(self, window: TrainingWindow) -> FittedWindow | str:
        """What was fitted on the window, or why it could not be."""
        rows = self._rows_in(window)
        try:
            bundle = self._model.fit_rows(rows)
        except Exception as error:
            return one_line(error)
        return FittedWindow(tuple(self._candles), window.stop, rows, bundle)

    def _finish(
        self,
        window: TrainingWindow,
        outcome: FittedWindow | str,
        histories: Mapping[str, _PairHistory],
    ) -> None:
        if isinstance(outcome, str):
            self._fail(window, outcome)
            return
        served = self._model.hand_over(outcome, lambda: self._champion(window))
        source = window
        if served.bundle is not outcome.bundle and self._serving is not None:
            source = self._serving.source
        self._serving = _Serving(window, source, served.bundle if served.trusted else None)
        learned_from = members(outcome.rows, tuple(self._candles), self._left_out)
        importance = outcome.bundle.importance()
        note = fit_note(outcome.bundle.report, learned_from, source.stop, served, importance)
        for pair, history in histories.items():
            rows = history.frame.iloc[self._stored.rows(pair, window)]
            if rows.empty:
                continue
            kitchen = self._stored.kitchen(pair, window)
            tell_freqai(kitchen, outcome.rows, self._model.settings)
            if self._model.save_backtest_models:
                show_last_row(kitchen, outcome.rows)
            self._model.window_log.write(kitchen.model_filename, note)
            self._store(served, kitchen, window, rows.reset_index(drop=True))

    def _store(
        self,
        served: ServedModel,
        kitchen: FreqaiDataKitchen,
        window: TrainingWindow,
        rows: pd.DataFrame,
    ) -> None:
        """Keep a window's predictions of a pair, the file that says it is finished last."""
        drawer, pair = self._model.dd, kitchen.pair
        if self._model.save_backtest_models:
            drawer.get_pair_dict_info(pair)
            drawer.save_data(served, pair, kitchen)
        else:
            drawer.save_metadata(kitchen)
        predicted, trusted = self._model.predictions_of(served, rows, kitchen)
        answer = kitchen.get_predictions_to_append(predicted, trusted, rows)
        self._stored.write(pair, window, answer)

    def _fail(self, window: TrainingWindow, reason: str) -> None:
        begins = f"{window.predicted.startdt:%Y-%m-%d %H:%M}"
        if self._model.settings.on_failed_window == "stop":
            raise OperationalException(
                f"Training of {', '.join(self._candles)} for the window from {begins} failed: "
                f"{reason} (To count failed windows and go on without a prediction, set "
                'regimes.on_failed_window to "count".)'
            )
        logger.warning("Training for the window from %s failed: %s", begins, reason)
        note = failure_note(f"from {begins}: {reason}")
        for pair in self._candles:
            kitchen = self._stored.kitchen(pair, window)
            self._model.window_log.write(kitchen.model_filename, note)

    def _champion(self, window: TrainingWindow) -> RegimeExperts | None:
        """What serves until the window ends; after a broken-off run it is fitted again.

        The same rows give the same bits, so it need not be stored.
        """
        pair, by_stop = next(iter(self._candles)), {each.stop: each for each in self._windows}
        for before in reversed(self._windows[: window.number]):
            if self._serving is not None and self._serving.until == before:
                return self._serving.champion
            for note in self._model.window_log.read(pair, [before.stop]):
                if "served" in note and not note["trusted"]:
                    return None
                source = by_stop.get(note.get("served", 0))
                fitted = None if source is None else self._fitted(source)
                if source is not None and isinstance(fitted, FittedWindow):
                    self._serving = _Serving(before, source, fitted.bundle)
                    return fitted.bundle
        return None
