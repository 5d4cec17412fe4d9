"""Every configuration item of the source systems: what it is here, or why it is not.

The Intelligent Trading Bot (ITB) in its newer and older forms, and the futures bot called source
004. ``docs/itb.md`` holds the same table; a test keeps them equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

How = Literal["mapped", "elsewhere", "refused"]


@dataclass(frozen=True)
class Item:
    """A configuration item: pattern of its dotted name, our name for it, and a sentence."""

    name: str
    ours: str
    how: How
    sentence: str


def _items(how: How, names: str, ours: str, sentence: str) -> list[Item]:
    return [Item(name, ours, how, sentence) for name in names.split()]


_mapped = partial(_items, "mapped")
_elsewhere = partial(_items, "elsewhere")
_refused = partial(_items, "refused")

_GRID = (
    "On the record of a run, with its costs, and the best deflated by the size of the grid; or "
    "freqtrade hyperopt with DeflatedSharpeLoss. Thresholds chosen on the predictions they are "
    "judged by look better than they are: judge them on a later range."
)
_ORDERS = "Orders belong to freqtrade: dry_run, stake_amount, tradable_balance_ratio, order_types."
_DOWNLOAD = "Candles are fetched by freqtrade download-data, and by freqtrade itself when live."

#: The first pattern that fits decides.
ITEMS: tuple[Item, ...] = (
    # --- data ---
    *_mapped("symbol", "exchange.pair_whitelist", "BTCUSDT becomes the spot pair BTC/USDT."),
    *_mapped("freq", "timeframe", "1min becomes 1m; without it ITB means one minute."),
    *_mapped("description", "regimes.preset", "The name that reports show."),
    *_elsewhere(
        "data_folder data_sources.folder data_sources.file",
        "--datadir",
        "Candles lie in freqtrade's data directory: user_data/data, or --datadir.",
    ),
    *_mapped(
        "data_sources.column_prefix",
        "regimes.sources, column_prefix",
        "An empty prefix is the pair itself; any other is that symbol's candles, joined as of "
        "their close. Features keep the prefix in their names, as in eth_close_SMA_5.",
    ),
    *_refused(
        "merge_interpolate",
        "none",
        "Interpolation draws a line to a value of the future. Gaps are filled forward, as "
        "freqtrade does; regimes.longest_gap_hours refuses long ones.",
    ),
    *_elsewhere(
        "append_overlap_records download_max_rows collector collector.*",
        "freqtrade download-data",
        _DOWNLOAD,
    ),
    *_elsewhere(
        "*_file_name *_file_modifier model_folder time_column model_registry model_registry.*",
        "user_data",
        "Freqtrade and FreqAI name their own files; models lie in user_data/models.",
    ),
    *_elsewhere(
        "venue",
        "exchange.name",
        "The market's file says it (market-spot.json, market-futures.json).",
    ),
    # --- features ---
    *_mapped(
        "feature_sets.talib",
        "regimes.feature_sets, generator talib",
        "Same names and values; gaps are not interpolated, and rel_base first is the first window.",
    ),
    *_mapped(
        "feature_sets.itbstats",
        "regimes.feature_sets, generator statistics",
        "Same names and values, from full windows on (partial_windows: true as in ITB); gaps are "
        "not interpolated, and rel_base first is the first window.",
    ),
    *_mapped(
        "feature_sets.tsfresh",
        "regimes.feature_sets, generator statistics",
        "Its five functions under the same names, from full windows on.",
    ),
    *_mapped(
        "feature_sets.itblib feature_sets.binance_main base_window averaging_windows area_windows "
        "use_differences",
        "regimes.feature_sets, generator volume_profile",
        "Same names and values, from full windows on. trades_SMA and tb_base_SMA bring the "
        "source kline_extras with them: freqai-regimes kline-extras fetches it.",
    ),
    *_refused(
        "feature_sets.depth feature_sets.binance_depth",
        "none",
        "Order books are not in any history: there is nothing to train or test on.",
    ),
    *_refused(
        "feature_sets.*:*",
        "regimes.feature_sets, generator custom",
        "Your own function gets other arguments here and declares its columns and warm-up: see "
        "the generator custom in freqai-regimes settings.",
    ),
    *_refused(
        "feature_sets.*",
        "regimes.feature_sets",
        "There is no such generator; freqai-regimes settings lists ours.",
    ),
    *_elsewhere(
        "train_feature_sets.*",
        "regimes.train_features, regimes.train_label",
        "What is trained stands in train_features, labels and algorithms.",
    ),
    *_mapped(
        "train_features",
        "regimes.train_features",
        "Those that a carried entry of feature_sets makes.",
    ),
    *_mapped(
        "features_horizon",
        "startup_candle_count",
        "At least so many, and at least what the features need.",
    ),
    *_elsewhere(
        "features_last_rows",
        "none",
        "Live, backtest and training take one code path, on all rows.",
    ),
    # --- labels ---
    *_mapped(
        "label_sets.highlow2",
        "regimes.label_sets, label first_touch",
        "Thresholds become fractions. A tie inside one candle is lost (ties: optimistic as in "
        "ITB), and what the data do not settle is unknown, not False.",
    ),
    *_mapped(
        "label_sets.highlow highlow_horizon",
        "regimes.label_sets, label high_low",
        "Same names; what the data do not settle is unknown, not False.",
    ),
    *_mapped(
        "label_sets.topbot2 label_sets.topbot",
        "regimes.label_sets, label top_bottom",
        "Same names; a row is known only once the opposite move confirms it.",
    ),
    *_refused(
        "label_sets.*",
        "regimes.label_sets",
        "There is no such label; freqai-regimes settings lists ours.",
    ),
    *_mapped(
        "labels",
        "regimes.train_label, regimes.train_labels",
        "Those that a carried entry makes; the first is the main one, the others are there for "
        "signal_sets.",
    ),
    *_mapped(
        "label_horizon",
        "freqai.feature_parameters.label_period_candles",
        "For FreqAI's information; the purge follows from when each label is known.",
    ),
    # --- training ---
    *_mapped(
        "algorithms.gb",
        "regimes.learners, learner lightgbm",
        "With depth, rate, rounds and penalties as stated, the rest as ITB's code has it (preset "
        "source_000_gb).",
    ),
    *_mapped(
        "algorithms.nn",
        "regimes.learners, learner neural_network",
        "scikit-learn's instead of Keras', sigmoid units and sizes as stated (preset "
        "source_000_nn); it stops by purged rows, not by those it learns.",
    ),
    *_mapped(
        "algorithms.lc",
        "regimes.learners, learner linear",
        "Logistic regression with the L2 penalty 1/C on scaled features (preset source_000_lc); "
        "ridge where the label is a number.",
    ),
    *_mapped(
        "algorithms.svc",
        "regimes.learners, learner support_vector",
        "Radial kernel on scaled features with C as stated (preset source_000_svc), on the last "
        "20,000 rows.",
    ),
    *_refused(
        "algorithms.*",
        "regimes.learners",
        "There is no such algorithm; freqai-regimes settings lists our learners.",
    ),
    *_mapped(
        "train_length",
        "freqai.train_period_days, regimes.windows.span",
        "Whole days, rounded up; the shorter of it and the algorithm's length. 0 without a length "
        "is a window that grows: expanding.",
    ),
    *_mapped(
        "rolling_predict.prediction_size",
        "freqai.backtest_period_days, freqai.live_retrain_hours",
        "Retrained after so many candles.",
    ),
    *_elsewhere(
        "rolling_predict.prediction_start rolling_predict.prediction_steps "
        "rolling_predict.data_start rolling_predict.data_end predict_length",
        "--timerange",
        "Which candles are predicted is said by --timerange of freqai-regimes backtest.",
    ),
    *_elsewhere(
        "rolling_predict.use_multiprocessing rolling_predict.max_workers",
        "freqai.model_training_parameters.n_jobs",
        "Training runs inside freqtrade's process, on so many threads.",
    ),
    # --- signals ---
    *_mapped(
        "signal_sets.smoothen",
        "regimes.signal_sets, generator smooth",
        "Same values; what is missing stays missing under point_threshold too.",
    ),
    *_mapped(
        "signal_sets.combine",
        "regimes.signal_sets, generator combine",
        "Same values, kept in [-1, 1]; 0/0 is 0, and what is missing stays missing.",
    ),
    *_mapped(
        "signal_sets.threshold_rule signal_sets.threshold_rule2",
        "regimes.signal_sets, generator threshold_rule",
        "Same signals; the rule that ends the list is traded (regimes.entry: signal).",
    ),
    *_refused(
        "signal_sets.*",
        "regimes.signal_sets",
        "There is no such generator; freqai-regimes settings lists ours.",
    ),
    *_mapped(
        "score_aggregation score_aggregation.*",
        "regimes.signal_sets, generators smooth and combine",
        "As buy_score, sell_score and trade_score.",
    ),
    *_refused(
        "score_aggregation_sets score_aggregation_sets.*",
        "regimes.signal_sets",
        "Write each set as smooth, smooth and combine in regimes.signal_sets.",
    ),
    *_mapped(
        "signal_model.buy_signal_threshold signal_model.sell_signal_threshold",
        "regimes.signal_sets, generator threshold_rule",
        "The last step, which is traded (regimes.entry: signal).",
    ),
    *_refused(
        "signal_model.*signal_threshold_2",
        "regimes.signal_sets, generator threshold_rule",
        "One score is aggregated: a second needs a second column in the threshold_rule.",
    ),
    *_mapped(
        "signal_model.buy_notify_threshold signal_model.sell_notify_threshold "
        "signal_model.trade_icon_step",
        "regimes.messages, score icons",
        "One filter for both sides, one more icon for each step beyond it.",
    ),
    *_refused(
        "signal_model.*notify* signal_model.*icon* signal_model.notification.*",
        "regimes.messages",
        "Each closed candle beyond the filter is told, or by bands that have a frequency.",
    ),
    *_refused(
        "signal_model.*",
        "regimes.signal_sets",
        "The rule is the threshold_rule that ends regimes.signal_sets.",
    ),
    *_elsewhere(
        "train_signal_model train_signal_model.* simulate_model simulate_model.*",
        "freqai-regimes simulate",
        _GRID,
    ),
    # --- output, accounts, orders ---
    *_mapped(
        "output_sets.score_notification_model score_notification_model score_notification_model.*",
        "regimes.messages, score bands",
        "Same bands and texts, with single spaces and the price's digits; a jump to the other side "
        "is told too.",
    ),
    *_elsewhere(
        "output_sets.diagram_notification_model diagram_notification_model "
        "diagram_notification_model.*",
        "report.html, FreqUI",
        "Diagrams are in the report of freqai-regimes backtest, and in FreqUI.",
    ),
    *_elsewhere(
        "output_sets.trader_* trader trader.* base_asset quote_asset",
        "freqtrade trade --dry-run",
        _ORDERS,
    ),
    *_refused(
        "output_sets.*",
        "api_server, webhook",
        "Freqtrade's REST API and webhooks carry results outside.",
    ),
    *_elsewhere(
        "telegram_bot_token",
        "FREQTRADE__TELEGRAM__TOKEN",
        "Secrets stay out of files: set it in the environment.",
    ),
    *_elsewhere(
        "telegram_chat_id",
        "FREQTRADE__TELEGRAM__CHAT_ID",
        "Secrets stay out of files: set it in the environment.",
    ),
    *_elsewhere(
        "api_key",
        "FREQTRADE__EXCHANGE__KEY",
        "Secrets stay out of files: set it in the environment.",
    ),
    *_elsewhere(
        "api_secret",
        "FREQTRADE__EXCHANGE__SECRET",
        "Secrets stay out of files: set it in the environment.",
    ),
    # --- source 004 ---
    *_mapped("rolling_window_hours", "freqai.train_period_days", "Whole days, rounded up."),
    *_mapped(
        "train_freq_minutes",
        "freqai.live_retrain_hours, freqai.backtest_period_days",
        "The same window in backtest and live.",
    ),
    *_mapped(
        "prediction_horizon_minutes",
        "regimes.label_sets, label forward_return",
        "The simple return in percent from the candle's close, and its 19 features (generator "
        "source_004).",
    ),
    *_mapped("fee_rate", "regimes.costs.fee", "Of one side, as a fraction."),
    *_mapped("slippage_rate", "regimes.costs.slippage", "Of one side, as a fraction."),
    *_mapped(
        "min_edge_bps",
        "regimes.edge",
        "With fee and slippage: entry above their sum, exit at half of it against, as its code "
        "does. That counts one side; null as entry_threshold counts both.",
    ),
    *_mapped(
        "paper_trading",
        "dry_run",
        "true becomes dry_run: true. false is refused: real orders are switched on by hand.",
    ),
    *_mapped("base_capital", "dry_run_wallet", "Play money at the start."),
    *_mapped(
        "max_model_age_minutes",
        "freqai.expiration_hours",
        "Older models predict nothing; must be longer than the time between trainings.",
    ),
    *_mapped(
        "keep_last_n_models",
        "regimes.life.keep_versions",
        "So many of each pair are kept, at least 2: the champion and the one to go back to.",
    ),
    *_mapped(
        "psi_threshold",
        "regimes.life.drift, regimes.life.triggers",
        "Rule any_psi, and an alarm retrains, as in its code; it rings without a reason more often "
        "than the rule calibrated.",
    ),
    *_refused(
        "psi_*",
        "regimes.life.drift",
        "Bins and rows of the index are fixed here, from the training rows.",
    ),
    *_refused(
        "sharpe_threshold",
        "regimes.life.degradation",
        "A Sharpe ratio of few trades is noise: there the errors of predictions are watched.",
    ),
    *_mapped(
        "shadow_mode_minutes",
        "regimes.life.shadow",
        "A candidate predicts beside the champion; until a verdict, not for a fixed time. 0: off.",
    ),
    *_refused(
        "min_shadow_predictions",
        "regimes.life.shadow",
        "The test may be looked at after each prediction, so it needs no least number.",
    ),
    *_mapped(
        "max_daily_drawdown_pct",
        "regimes.guards.daily_loss",
        "As a fraction of equity at 00:00 UTC, open positions included; it blocks entries.",
    ),
    *_refused(
        "peak_pnl_drawdown_pct",
        "trailing_stop",
        "A share of the peak profit ends after tiny profits; freqtrade's trailing_stop is a share "
        "of the price.",
    ),
    *_refused(
        "target_volatility",
        "regimes.exposure.target_volatility",
        "Ours is annual and never enlarges a position, theirs is per bar and may double it: set "
        "ours.",
    ),
    *_elsewhere(
        "max_position_usd",
        "stake_amount",
        "Freqtrade's stake_amount and max_open_trades bound a position.",
    ),
)
