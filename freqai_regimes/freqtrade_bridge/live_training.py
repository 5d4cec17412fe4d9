"""One live training of a pool: every pair's rows, one fit, saved for each pair."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
from freqtrade.configuration import TimeRange
from freqtrade.exceptions import OperationalException
from freqtrade.strategy import IStrategy

from freqai_regimes.errors import RegimesError
from freqai_regimes.freqtrade_bridge.data_kitchen import RegimeDataKitchen
from freqai_regimes.freqtrade_bridge.fitted_window import FittedWindow
from freqai_regimes.freqtrade_bridge.pooled_training import RowsInTime, together
from freqai_regimes.freqtrade_bridge.window_fit import (
    TrainingRows,
    show_last_row,
    tell_freqai,
    training_rows,
)

if TYPE_CHECKING:
    from freqai_regimes.freqtrade_bridge.model import RegimeModelBase

logger = logging.getLogger(__name__)

#: An exchange sends no candle where nobody traded: after this long the window goes without it.
LONGEST_WAIT_SECONDS = 60


def last_candle_has_come(model: RegimeModelBase, pairs: Sequence[str], stop: int) -> bool:
    """Whether any pair has the last candle of the window that ends at ``stop``, in epoch seconds.

    FreqAI's thread looks at the clock, candles come with the bot's next loop some seconds later; a
    window trained in between would lack rows that the backtest's has. FreqAI asks again a second
    later; after ``LONGEST_WAIT_SECONDS``, or half a candle, the window goes without it.
    """
    step, timeframe = model.base_tf_seconds, model.config["timeframe"]
    known = (model.dd.historic_data.get(pair, {}).get(timeframe) for pair in pairs)
    dates = [frame["date"].iloc[-1] for frame in known if frame is not None and len(frame)]
    waited = datetime.now(UTC).timestamp() - stop
    longest = min(LONGEST_WAIT_SECONDS, step / 2)
    return waited > longest or any(date.timestamp() >= stop - step for date in dates)


def train_live(
    model: RegimeModelBase,
    strategy: IStrategy,
    pairs: Sequence[str],
    window: TimeRange,
    loaded: TimeRange,
) -> None:
    """Fit one model on the rows of all ``pairs`` and hand it to FreqAI for each of them.

    Their clocks advance together, so the next pair in FreqAI's queue is not due before the next
    window. A pair whose candles cannot be used gives no rows; the others' model predicts it.

    Raises
    ------
    Exception
        Of the last pair, if none gives rows; of the fit.
    """
    kitchens, parts = {}, {}
    for pair in pairs:
        kitchens[pair] = RegimeDataKitchen(model.config, True, pair)
        kitchens[pair].set_paths(pair, window.stopts)
        try:
            parts[pair] = _rows(model, strategy, kitchens[pair], window, loaded)
        except (OperationalException, RegimesError, IndexError, KeyError) as error:
            if len(kitchens) == len(pairs) and not parts:
                raise
            logger.warning("%s gives no rows to this training: %s", pair, error)
    rows = together(parts)
    fitted = FittedWindow(tuple(pairs), window.stopts, rows, model.fit_rows(rows))
    known = kitchens[next(iter(parts))]
    with model.in_use:  # never between two pairs of one look: a backtest has no such candle
        served = model.hand_over(fitted, lambda: None)
        for pair, kitchen in kitchens.items():
            kitchen.training_features_list = known.training_features_list
            kitchen.label_list = known.label_list
            tell_freqai(kitchen, rows, model.settings)
            show_last_row(kitchen, rows)
            model.dd.get_pair_dict_info(pair)
            model.dd.pair_dict[pair]["trained_timestamp"] = window.stopts
            kitchen.set_new_model_names(pair, window.stopts)
            model.dd.save_data(served, pair, kitchen)
    model.dd.purge_old_models()


def _rows(
    model: RegimeModelBase,
    strategy: IStrategy,
    kitchen: RegimeDataKitchen,
    window: TimeRange,
    loaded: TimeRange,
) -> TrainingRows:
    """A pair's rows of the window, from candles that had closed at its stop.

    FreqAI does not cut at the stop when live: by now it may know one more candle.
    """
    others, own = model.dd.get_base_and_corr_dataframes(loaded, kitchen.pair, kitchen)
    own = {timeframe: _until(frame, window) for timeframe, frame in own.items()}
    if own[model.config["timeframe"]].empty:
        raise OperationalException(f"no stored candles of {kitchen.pair}")
    others = {
        pair: {timeframe: _until(frame, window) for timeframe, frame in frames.items()}
        for pair, frames in others.items()
    }
    frame = kitchen.use_strategy_to_populate_indicators(
        strategy, corr_dataframes=others, base_dataframes=own, pair=kitchen.pair
    )
    frame = model.pools.renamed(frame, kitchen.pair)
    kitchen.find_features(frame)
    kitchen.find_labels(frame)
    rows = RowsInTime(training_rows(frame, kitchen))
    return rows.window(model.span(window), window.stopts)


def _until(frame: pd.DataFrame, window: TimeRange) -> pd.DataFrame:
    return frame if frame.empty else frame[frame["date"] < window.stopdt]
