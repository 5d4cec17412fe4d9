"""Configuration items of the source systems about data, features and labels."""

from __future__ import annotations

from freqai_regimes.cli.itb_item import Item, elsewhere, mapped, refused

_DOWNLOAD = "Candles are fetched by freqtrade download-data, and by freqtrade itself when live."

DATA_ITEMS: tuple[Item, ...] = (
    # --- data ---
    *mapped("symbol", "exchange.pair_whitelist", "BTCUSDT becomes the spot pair BTC/USDT."),
    *mapped("freq", "timeframe", "1min becomes 1m; without it ITB means one minute."),
    *mapped("description", "regimes.preset", "The name that reports show."),
    *elsewhere(
        "data_folder data_sources.folder data_sources.file",
        "--datadir",
        "Candles lie in freqtrade's data directory: user_data/data, or --datadir.",
    ),
    *mapped(
        "data_sources.column_prefix",
        "regimes.sources, column_prefix",
        "An empty prefix is the pair itself; any other is that symbol's candles, joined as of "
        "their close. Features keep the prefix in their names, as in eth_close_SMA_5.",
    ),
    *refused(
        "merge_interpolate",
        "none",
        "Interpolation draws a line to a value of the future. Gaps are filled forward, as "
        "freqtrade does; regimes.longest_gap_hours refuses long ones.",
    ),
    *elsewhere(
        "append_overlap_records download_max_rows collector collector.*",
        "freqtrade download-data",
        _DOWNLOAD,
    ),
    *elsewhere(
        "*_file_name *_file_modifier model_folder time_column model_registry model_registry.*",
        "user_data",
        "Freqtrade and FreqAI name their own files; models lie in user_data/models.",
    ),
    *elsewhere(
        "venue",
        "exchange.name",
        "The market's file says it (market-spot.json, market-futures.json).",
    ),
    # --- features ---
    *mapped(
        "feature_sets.talib",
        "regimes.feature_sets, generator talib",
        "Same names and values; gaps are not interpolated, and rel_base first is the first window.",
    ),
    *mapped(
        "feature_sets.itbstats",
        "regimes.feature_sets, generator statistics",
        "Same names and values, from full windows on (partial_windows: true as in ITB); gaps are "
        "not interpolated, and rel_base first is the first window.",
    ),
    *mapped(
        "feature_sets.tsfresh",
        "regimes.feature_sets, generator statistics",
        "Its five functions under the same names, from full windows on.",
    ),
    *mapped(
        "feature_sets.itblib feature_sets.binance_main base_window averaging_windows area_windows "
        "use_differences",
        "regimes.feature_sets, generator volume_profile",
        "Same names and values, from full windows on. trades_SMA and tb_base_SMA bring the "
        "source kline_extras with them: freqai-regimes kline-extras fetches it.",
    ),
    *refused(
        "feature_sets.depth feature_sets.binance_depth",
        "none",
        "Order books are not in any history: there is nothing to train or test on.",
    ),
    *refused(
        "feature_sets.*:*",
        "regimes.feature_sets, generator custom",
        "Your own function gets other arguments here and declares its columns and warm-up: see "
        "the generator custom in freqai-regimes settings.",
    ),
    *refused(
        "feature_sets.*",
        "regimes.feature_sets",
        "There is no such generator; freqai-regimes settings lists ours.",
    ),
    *elsewhere(
        "train_feature_sets.*",
        "regimes.train_features, regimes.train_label",
        "What is trained stands in train_features, labels and algorithms.",
    ),
    *mapped(
        "train_features",
        "regimes.train_features",
        "Those that a carried entry of feature_sets makes.",
    ),
    *mapped(
        "features_horizon",
        "startup_candle_count",
        "At least so many, and at least what the features need.",
    ),
    *elsewhere(
        "features_last_rows",
        "none",
        "Live, backtest and training take one code path, on all rows.",
    ),
    # --- labels ---
    *mapped(
        "label_sets.highlow2",
        "regimes.label_sets, label first_touch",
        "Thresholds become fractions. A tie inside one candle is lost (ties: optimistic as in "
        "ITB), and what the data do not settle is unknown, not False.",
    ),
    *mapped(
        "label_sets.highlow highlow_horizon",
        "regimes.label_sets, label high_low",
        "Same names; what the data do not settle is unknown, not False.",
    ),
    *mapped(
        "label_sets.topbot2 label_sets.topbot",
        "regimes.label_sets, label top_bottom",
        "Same names; a row is known only once the opposite move confirms it.",
    ),
    *refused(
        "label_sets.*",
        "regimes.label_sets",
        "There is no such label; freqai-regimes settings lists ours.",
    ),
    *mapped(
        "labels",
        "regimes.train_label, regimes.train_labels",
        "Those that a carried entry makes; the first is the main one, the others are there for "
        "signal_sets.",
    ),
    *mapped(
        "label_horizon",
        "freqai.feature_parameters.label_period_candles",
        "For FreqAI's information; the purge follows from when each label is known.",
    ),
)
