"""Configuration items of the futures bot called source 004."""

from __future__ import annotations

from freqai_regimes.cli.itb_item import Item, elsewhere, mapped, refused

SOURCE_004_ITEMS: tuple[Item, ...] = (
    # --- source 004 ---
    *mapped("rolling_window_hours", "freqai.train_period_days", "Whole days, rounded up."),
    *mapped(
        "train_freq_minutes",
        "freqai.live_retrain_hours, freqai.backtest_period_days",
        "The same window in backtest and live.",
    ),
    *mapped(
        "prediction_horizon_minutes",
        "regimes.label_sets, label forward_return",
        "The simple return in percent from the candle's close, and its 19 features (generator "
        "source_004).",
    ),
    *mapped("fee_rate", "regimes.costs.fee", "Of one side, as a fraction."),
    *mapped("slippage_rate", "regimes.costs.slippage", "Of one side, as a fraction."),
    *mapped(
        "min_edge_bps",
        "regimes.edge",
        "With fee and slippage: entry above their sum, exit at half of it against, as its code "
        "does. That counts one side; null as entry_threshold counts both.",
    ),
    *mapped(
        "paper_trading",
        "dry_run",
        "true becomes dry_run: true. false is refused: real orders are switched on by hand.",
    ),
    *mapped("base_capital", "dry_run_wallet", "Play money at the start."),
    *mapped(
        "max_model_age_minutes",
        "freqai.expiration_hours",
        "Older models predict nothing; must be longer than the time between trainings.",
    ),
    *mapped(
        "keep_last_n_models",
        "regimes.life.keep_versions",
        "So many of each pair are kept, at least 2: the champion and the one to go back to.",
    ),
    *mapped(
        "psi_threshold",
        "regimes.life.drift, regimes.life.triggers",
        "Rule any_psi, and an alarm retrains, as in its code; it rings without a reason more often "
        "than the rule calibrated.",
    ),
    *refused(
        "psi_*",
        "regimes.life.drift",
        "Bins and rows of the index are fixed here, from the training rows.",
    ),
    *refused(
        "sharpe_threshold",
        "regimes.life.degradation",
        "A Sharpe ratio of few trades is noise: there the errors of predictions are watched.",
    ),
    *mapped(
        "shadow_mode_minutes",
        "regimes.life.shadow",
        "A candidate predicts beside the champion; until a verdict, not for a fixed time. 0: off.",
    ),
    *refused(
        "min_shadow_predictions",
        "regimes.life.shadow",
        "The test may be looked at after each prediction, so it needs no least number.",
    ),
    *mapped(
        "max_daily_drawdown_pct",
        "regimes.guards.daily_loss",
        "As a fraction of equity at 00:00 UTC, open positions included; it blocks entries.",
    ),
    *refused(
        "peak_pnl_drawdown_pct",
        "trailing_stop",
        "A share of the peak profit ends after tiny profits; freqtrade's trailing_stop is a share "
        "of the price.",
    ),
    *refused(
        "target_volatility",
        "regimes.exposure.target_volatility",
        "Ours is annual and never enlarges a position, theirs is per bar and may double it: set "
        "ours.",
    ),
    *elsewhere(
        "max_position_usd",
        "stake_amount",
        "Freqtrade's stake_amount and max_open_trades bound a position.",
    ),
)
