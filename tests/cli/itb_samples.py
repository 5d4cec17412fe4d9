"""Configurations in the shapes that the source systems use, written for the tests."""

from __future__ import annotations

MINUTES = """{
    // accounts
    "api_key": "KEY-OF-SOMEBODY", "api_secret": "SECRET-OF-SOMEBODY",
    "telegram_bot_token": "TOKEN-OF-SOMEBODY", "telegram_chat_id": "CHAT-OF-SOMEBODY",
    "data_folder": "C:/DATA", /* a comment
                                 over two lines */
    "symbol": "BTCUSDT",
    "description": "minutes // not a comment",
    "freq": "1min",
    "merge_interpolate": true,
    "data_sources": [{"folder": "BTCUSDT", "file": "klines", "column_prefix": ""},],
    "feature_sets": [
        {"column_prefix": "", "generator": "talib", "feature_prefix": "", "config":
            {"columns": ["close"], "functions": ["SMA"], "windows": [1, 4, 16],
             "parameters": {"rel_base": "next", "rel_func": "rel_diff", "percentage": true}}},
        {"column_prefix": "", "generator": "talib", "feature_prefix": "slow", "config":
            {"columns": ["close"], "functions": ["LINEARREG_SLOPE"], "windows": [30]}},
        {"column_prefix": "", "generator": "itbstats", "feature_prefix": "", "config":
            {"columns": "close", "functions": ["scipy_skew", "area"], "windows": [20, 40]}},
        {"column_prefix": "", "generator": "tsfresh", "feature_prefix": "", "config":
            {"columns": ["volume"], "windows": [20]}},
        {"column_prefix": "", "generator": "itblib", "feature_prefix": "", "config":
            {"use_differences": false, "base_window": 1440, "windows": [5, 60],
             "functions": ["close_WMA", "close_AREA", "trades_SMA", "tb_base_SMA"]}},
        {"column_prefix": "", "generator": "mine.features:add", "config": {}},
        {"column_prefix": "", "generator": "depth", "config": {}},
        {"column_prefix": "eth", "generator": "talib", "config":
            {"columns": ["close"], "functions": ["SMA"], "windows": [5]}},
        {"column_prefix": "", "generator": "itblib", "feature_prefix": "far", "config":
            {"base_window": 40320, "windows": [60]}}
    ],
    "label_sets": [
        {"column_prefix": "", "generator": "highlow2", "feature_prefix": "", "config":
            {"columns": ["close", "high", "low"], "function": "high", "thresholds": [1.5, 3.0],
             "tolerance": 0.25, "horizon": 90, "names": ["high_15", "high_30"]}},
        {"column_prefix": "", "generator": "highlow2", "feature_prefix": "", "config":
            {"columns": ["close", "high", "low"], "function": "low", "thresholds": [-1.5],
             "tolerance": 0.25, "horizon": 90, "names": "low_15"}},
        {"column_prefix": "", "generator": "topbot2", "feature_prefix": "", "config":
            {"columns": "close", "function": "bot", "level": 0.02, "tolerances": [0.1, 0.2],
             "names": ["bot2_1", "bot2_2"]}}
    ],
    "label_horizon": 90,
    "train_length": 43200,
    "train_feature_sets": [{"generator": "train_features", "config": {}}],
    "train_features": ["close_SMA_1", "close_area_20", "close_60", "trades_60"],
    "labels": ["high_15", "low_15"],
    "algorithms": [
        {"name": "gb", "algo": "gb", "params": {"is_scale": false, "length": 40000},
         "train": {"objective": "cross_entropy", "max_depth": 3, "learning_rate": 0.05,
                   "num_boost_round": 300, "lambda_l1": 1.0, "lambda_l2": 2.0}},
        {"name": "lc", "algo": "lc", "params": {"is_scale": true}, "train": {"C": 1.0}}
    ],
    "features_horizon": 1500, "features_last_rows": 5, "predict_length": 1440,
    "append_overlap_records": 5,
    "signal_sets": [
        {"generator": "smoothen", "config":
            {"columns": ["high_15_gb", "high_15_lc"], "names": "buy_score", "window": 3}},
        {"generator": "smoothen", "config":
            {"columns": "low_15_gb", "names": "sell_score", "point_threshold": 0.5, "window": 5.0}},
        {"generator": "combine", "config": {"columns": ["buy_score", "sell_score"],
            "names": "trade_score", "combine": "relative", "coefficient": 0.9, "constant": 0.0}},
        {"generator": "combine", "config": {"columns": ["trade_score", "b"], "names": "c"}},
        {"generator": "threshold_rule2", "config": {}},
        {"generator": "threshold_rule", "config":
            {"columns": "trade_score", "names": ["buy_signal_column", "sell_signal_column"],
             "parameters": {"buy_signal_threshold": 0.05, "sell_signal_threshold": -0.02}}}
    ],
    "output_sets": [
        {"generator": "score_notification_model", "config": {
            "score_column_names": ["trade_score", "buy_score"], "notify_band_up": true,
            "notify_band_dn": false,
            "positive_bands": [{"edge": 0.1, "frequency": 5, "sign": ">", "text": "BUY ZONE"}]}},
        {"generator": "diagram_notification_model", "config": {"nrows": 288}},
        {"generator": "trader_simulation", "config": {}}
    ],
    "train_signal_model": {
        "data_start": 0, "data_end": null, "direction": "both", "topn_to_store": 10,
        "signal_generator": "threshold_rule", "buy_sell_equal": false,
        "grid": {"buy_signal_threshold": [0.1], "sell_signal_threshold": [-0.1]}
    },
    "rolling_predict": {
        "data_start": "2020-02-01 00:00:00", "data_end": null, "prediction_start": null,
        "prediction_size": 10080, "prediction_steps": 4, "use_multiprocessing": false,
        "max_workers": 8
    },
}
"""

HOURS = """{
    "venue": "binance", "symbol": "ETHUSDC", "freq": "1h",
    "label_horizon": 24, "features_horizon": 672, "train_length": 0, "predict_length": 168,
    "feature_sets": [
        {"generator": "talib", "config":
            {"columns": ["close"], "functions": ["STDDEV", "RSI"], "windows": [12, 168]}}
    ],
    "label_sets": [
        {"generator": "topbot", "config": {"columns": "close"}},
        {"generator": "highlow", "config": {"horizon": 24}}
    ],
    "train_features": ["close_RSI_12", "close_RSI_168"],
    "labels": ["top3_025", "high_20"],
    "algorithms": [{"name": "svc", "algo": "svc", "params": {"is_scale": true, "length": 8760}}],
    "simulate_model": {"direction": "long", "grid": {"buy_signal_threshold": [0.01]}},
    "rolling_predict": {"prediction_size": 10080, "prediction_steps": 4}
}
"""

OLDER = """{
    "symbol": "BTCUSDT",
    "feature_sets": [{"column_prefix": "", "generator": "binance_main", "feature_prefix": ""}],
    "base_window": 360, "averaging_windows": [1, 10, 60], "area_windows": [10, 60],
    "label_sets": [{"column_prefix": "", "generator": "highlow", "feature_prefix": ""}],
    "highlow_horizon": 60, "label_horizon": 60, "train_length": 100000,
    "train_features": ["close_1", "close_std_10", "span_60", "close_area_10", "close_trend_60",
                       "volume_trend_10", "tb_base_10"],
    "labels": ["high_10", "high_15", "low_10"],
    "algorithms": ["gb", "nn"],
    "score_aggregation": {"buy_labels": ["high_10_gb"], "sell_labels": ["low_10_gb"],
        "trade_score": "trade_score", "point_threshold": null, "window": 3, "combine": "",
        "coefficient": 1.0, "constant": 0.0},
    "signal_model": {"rule_type": "", "buy_signal_threshold": 0.1, "sell_signal_threshold": -0.1,
        "buy_signal_threshold_2": 0.1, "sell_signal_threshold_2": -0.1,
        "buy_notify_threshold": 0.05, "sell_notify_threshold": -0.05, "trade_icon_step": 0.1,
        "notify_frequency_minutes": 10},
    "train_signal_model": {"buy_sell_equal": false, "grid": {"buy_signal_threshold": [0.1]}},
    "model_registry": {}, "collector": {"depth": {"limit": 100}}, "trader": {"test": true}
}
"""

SOURCE_004 = """{
    "symbol": "BTCUSDT",
    "training": {
        "rolling_window_hours": 48, "train_freq_minutes": 60, "prediction_horizon_minutes": 10,
        "max_model_age_minutes": 120, "keep_last_n_models": 10
    },
    "drift": {"psi_threshold": 0.25, "sharpe_threshold": 0.4},
    "shadow_mode_minutes": 5, "min_shadow_predictions": 5,
    "paper_trading": true, "base_capital": 10000, "max_daily_drawdown_pct": 3,
    "peak_pnl_drawdown_pct": 20, "fee_rate": 0.0002, "slippage_rate": 0.0005, "min_edge_bps": 1,
    "target_volatility": 0.02, "max_position_usd": 1000
}
"""
