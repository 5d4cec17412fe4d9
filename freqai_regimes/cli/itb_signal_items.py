"""Configuration items of the source systems about training, signals, messages and orders."""

from __future__ import annotations

from freqai_regimes.cli.itb_item import Item, elsewhere, mapped, refused

_GRID = (
    "On the record of a run, with its costs, and the best deflated by the size of the grid; or "
    "freqtrade hyperopt with DeflatedSharpeLoss. Thresholds chosen on the predictions they are "
    "judged by look better than they are: judge them on a later range."
)
_ORDERS = "Orders belong to freqtrade: dry_run, stake_amount, tradable_balance_ratio, order_types."
SIGNAL_ITEMS: tuple[Item, ...] = (
    # --- training ---
    *mapped(
        "algorithms.gb",
        "regimes.learners, learner lightgbm",
        "With depth, rate, rounds and penalties as stated, the rest as ITB's code has it (preset "
        "source_000_gb).",
    ),
    *mapped(
        "algorithms.nn",
        "regimes.learners, learner neural_network",
        "scikit-learn's instead of Keras', sigmoid units and sizes as stated (preset "
        "source_000_nn); it stops by purged rows, not by those it learns.",
    ),
    *mapped(
        "algorithms.lc",
        "regimes.learners, learner linear",
        "Logistic regression with the L2 penalty 1/C on scaled features (preset source_000_lc); "
        "ridge where the label is a number.",
    ),
    *mapped(
        "algorithms.svc",
        "regimes.learners, learner support_vector",
        "Radial kernel on scaled features with C as stated (preset source_000_svc), on the last "
        "20,000 rows.",
    ),
    *refused(
        "algorithms.*",
        "regimes.learners",
        "There is no such algorithm; freqai-regimes settings lists our learners.",
    ),
    *mapped(
        "train_length",
        "freqai.train_period_days, regimes.windows.span",
        "Whole days, rounded up; the shorter of it and the algorithm's length. 0 without a length "
        "is a window that grows: expanding.",
    ),
    *mapped(
        "rolling_predict.prediction_size",
        "freqai.backtest_period_days, freqai.live_retrain_hours",
        "Retrained after so many candles.",
    ),
    *elsewhere(
        "rolling_predict.prediction_start rolling_predict.prediction_steps "
        "rolling_predict.data_start rolling_predict.data_end predict_length",
        "--timerange",
        "Which candles are predicted is said by --timerange of freqai-regimes backtest.",
    ),
    *elsewhere(
        "rolling_predict.use_multiprocessing rolling_predict.max_workers",
        "freqai.model_training_parameters.n_jobs",
        "Training runs inside freqtrade's process, on so many threads.",
    ),
    # --- signals ---
    *mapped(
        "signal_sets.smoothen",
        "regimes.signal_sets, generator smooth",
        "Same values; what is missing stays missing under point_threshold too.",
    ),
    *mapped(
        "signal_sets.combine",
        "regimes.signal_sets, generator combine",
        "Same values, kept in [-1, 1]; 0/0 is 0, and what is missing stays missing.",
    ),
    *mapped(
        "signal_sets.threshold_rule signal_sets.threshold_rule2",
        "regimes.signal_sets, generator threshold_rule",
        "Same signals; the rule that ends the list is traded (regimes.entry: signal).",
    ),
    *refused(
        "signal_sets.*",
        "regimes.signal_sets",
        "There is no such generator; freqai-regimes settings lists ours.",
    ),
    *mapped(
        "score_aggregation score_aggregation.*",
        "regimes.signal_sets, generators smooth and combine",
        "As buy_score, sell_score and trade_score.",
    ),
    *refused(
        "score_aggregation_sets score_aggregation_sets.*",
        "regimes.signal_sets",
        "Write each set as smooth, smooth and combine in regimes.signal_sets.",
    ),
    *mapped(
        "signal_model.buy_signal_threshold signal_model.sell_signal_threshold",
        "regimes.signal_sets, generator threshold_rule",
        "The last step, which is traded (regimes.entry: signal).",
    ),
    *refused(
        "signal_model.*signal_threshold_2",
        "regimes.signal_sets, generator threshold_rule",
        "One score is aggregated: a second needs a second column in the threshold_rule.",
    ),
    *mapped(
        "signal_model.buy_notify_threshold signal_model.sell_notify_threshold "
        "signal_model.trade_icon_step",
        "regimes.messages, score icons",
        "One filter for both sides, one more icon for each step beyond it.",
    ),
    *refused(
        "signal_model.*notify* signal_model.*icon* signal_model.notification.*",
        "regimes.messages",
        "Each closed candle beyond the filter is told, or by bands that have a frequency.",
    ),
    *refused(
        "signal_model.*",
        "regimes.signal_sets",
        "The rule is the threshold_rule that ends regimes.signal_sets.",
    ),
    *elsewhere(
        "train_signal_model train_signal_model.* simulate_model simulate_model.*",
        "freqai-regimes simulate",
        _GRID,
    ),
    # --- output, accounts, orders ---
    *mapped(
        "output_sets.score_notification_model score_notification_model score_notification_model.*",
        "regimes.messages, score bands",
        "Same bands and texts, with single spaces and the price's digits; a jump to the other side "
        "is told too.",
    ),
    *elsewhere(
        "output_sets.diagram_notification_model diagram_notification_model "
        "diagram_notification_model.*",
        "report.html, FreqUI",
        "Diagrams are in the report of freqai-regimes backtest, and in FreqUI.",
    ),
    *elsewhere(
        "output_sets.trader_* trader trader.* base_asset quote_asset",
        "freqtrade trade --dry-run",
        _ORDERS,
    ),
    *refused(
        "output_sets.*",
        "api_server, webhook",
        "Freqtrade's REST API and webhooks carry results outside.",
    ),
    *elsewhere(
        "telegram_bot_token",
        "FREQTRADE__TELEGRAM__TOKEN",
        "Secrets stay out of files: set it in the environment.",
    ),
    *elsewhere(
        "telegram_chat_id",
        "FREQTRADE__TELEGRAM__CHAT_ID",
        "Secrets stay out of files: set it in the environment.",
    ),
    *elsewhere(
        "api_key",
        "FREQTRADE__EXCHANGE__KEY",
        "Secrets stay out of files: set it in the environment.",
    ),
    *elsewhere(
        "api_secret",
        "FREQTRADE__EXCHANGE__SECRET",
        "Secrets stay out of files: set it in the environment.",
    ),
)
