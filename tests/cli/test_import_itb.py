"""ITB's configurations become ours; each item is carried over, placed elsewhere or refused."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from freqai_regimes.cli import import_itb
from freqai_regimes.cli.import_itb import Imported, read_itb, translate
from freqai_regimes.cli.itb_entries import MOST_STARTUP_CANDLES
from freqai_regimes.cli.itb_items import ITEMS
from freqai_regimes.cli.itb_names import as_markdown, item_of, names_in
from freqai_regimes.cli.itb_training import pair_of, timeframe_of
from freqai_regimes.cli.main import main
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.errors import SettingsError
from freqai_regimes.features.engine import generate_features
from freqai_regimes.labels.engine import compute_labels
from freqai_regimes.settings import parse_settings
from freqai_regimes.sources import join_source
from tests.cli.itb_samples import HOURS, MINUTES, OLDER, SOURCE_004
from tests.random_candles import random_candles

SAMPLES = {"minutes": MINUTES, "hours": HOURS, "older": OLDER, "source 004": SOURCE_004}
#: Every item that the specification names.
ITEMS_ASKED_FOR = """
data_folder symbol description freq data_sources.folder data_sources.file
data_sources.column_prefix feature_sets.talib feature_sets.itbstats feature_sets.itblib
feature_sets.tsfresh feature_sets.depth feature_sets.mine:add label_sets.highlow
label_sets.highlow2 label_sets.topbot label_sets.topbot2 train_feature_sets.train_features
train_features labels algorithms.gb algorithms.nn algorithms.lc algorithms.svc
signal_sets.smoothen signal_sets.combine signal_sets.threshold_rule signal_sets.threshold_rule2
output_sets.score_notification_model output_sets.diagram_notification_model
output_sets.trader_simulation output_sets.trader_binance score_aggregation.buy_labels
score_aggregation.sell_labels score_aggregation.trade_score score_aggregation.window
score_aggregation.point_threshold score_aggregation.combine score_aggregation.coefficient
score_aggregation.constant signal_model.buy_signal_threshold signal_model.sell_signal_threshold
signal_model.buy_signal_threshold_2 signal_model.sell_signal_threshold_2
signal_model.buy_notify_threshold signal_model.sell_notify_threshold signal_model.trade_icon_step
signal_model.notify_frequency_minutes train_signal_model.data_start train_signal_model.data_end
train_signal_model.direction train_signal_model.topn_to_store train_signal_model.signal_generator
train_signal_model.buy_sell_equal train_signal_model.grid simulate_model.data_start
simulate_model.data_end simulate_model.direction simulate_model.topn_to_store
simulate_model.signal_generator simulate_model.buy_sell_equal simulate_model.grid
rolling_predict.data_start rolling_predict.data_end rolling_predict.prediction_start
rolling_predict.prediction_size rolling_predict.prediction_steps
rolling_predict.use_multiprocessing rolling_predict.max_workers label_horizon features_horizon
train_length predict_length append_overlap_records merge_interpolate model_registry
telegram_bot_token telegram_chat_id collector.depth trader.test rolling_window_hours
train_freq_minutes prediction_horizon_minutes psi_threshold sharpe_threshold shadow_mode_minutes
paper_trading base_capital max_daily_drawdown_pct min_shadow_predictions max_model_age_minutes
peak_pnl_drawdown_pct fee_rate slippage_rate min_edge_bps target_volatility max_position_usd
keep_last_n_models
"""


def imported(text: str, tmp_path: Path) -> Imported:
    file = tmp_path / "itb.jsonc"
    file.write_text(text)
    return translate(read_itb(file))


def changed(**items: Any) -> dict[str, Any]:
    """The smallest usable configuration, with some items changed."""
    return {
        "feature_sets": [
            {
                "generator": "talib",
                "config": {"columns": "close", "functions": "SMA", "windows": [5]},
            }
        ],
        "label_sets": [{"generator": "highlow", "config": {"horizon": 10}}],
        **items,
    }


def of(got: Imported, item: str) -> dict[str, list[str]]:
    """What became of an item: its sentences by kind."""
    kinds: dict[str, list[str]] = {}
    for line in got.lines:
        if line.item == item:
            kinds.setdefault(line.how, []).append(line.words)
    return kinds


# --- the table --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ITEMS_ASKED_FOR.split())
def test_every_item_of_the_sources_is_mapped_placed_or_refused(name: str) -> None:
    item = item_of(name)
    assert item is not None
    assert item.ours
    assert item.sentence.endswith(".")


def test_no_row_of_the_table_is_hidden_by_one_before_it() -> None:
    for number, item in enumerate(ITEMS):
        example = item.name.replace("*", "x")
        hidden = [other.name for other in ITEMS[:number] if fnmatchcase(example, other.name)]
        assert hidden == [], item.name


def test_the_page_holds_the_table() -> None:
    page = Path(import_itb.__file__).parents[2] / "docs" / "itb.md"
    assert as_markdown() in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SAMPLES)
def test_each_item_of_a_sample_is_told_and_known(name: str, tmp_path: Path) -> None:
    got = imported(SAMPLES[name], tmp_path)
    told = {line.item for line in got.lines}
    assert told == set(names_in(read_itb(tmp_path / "itb.jsonc")))
    assert [line for line in got.lines if line.how == "unknown"] == []
    assert all(line.words.strip() for line in got.lines)


# --- what comes out is a configuration --------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_the_written_file_is_accepted_and_runs_behind_a_preset(name: str, tmp_path: Path) -> None:
    got = imported(SAMPLES[name], tmp_path)
    assert got.missing == ""
    settings = parse_settings(got.fragment)
    own = tmp_path / "own.json"
    own.write_text(json.dumps(got.fragment))
    run = RunConfig.load("scalper-1m", futures=False, model=True, own=(own,))
    assert run.settings.feature_sets == settings.feature_sets
    assert run.settings.train_label == settings.train_label
    assert run.timeframes == [got.fragment["timeframe"]]
    candles = random_candles(400).assign(trades=7.0, taker_base_volume=0.1)
    options = {"timeframe": "1h", "base_timeframe": "1h"}
    trained = settings.train_features
    features = generate_features(candles, settings.feature_sets, train_features=trained, **options)
    marked = [column for column in features if str(column).startswith("%-")]
    assert len(marked) == (len(trained) if trained else features.shape[1])
    assert settings.train_label in compute_labels(candles, settings.label_sets).values


def test_minutes_are_carried_over(tmp_path: Path) -> None:
    got = imported(MINUTES, tmp_path)
    fragment = got.fragment
    assert fragment["timeframe"] == "1m"
    assert fragment["exchange"] == {"pair_whitelist": ["BTC/USDT"]}
    assert fragment["startup_candle_count"] == 1500
    assert fragment["freqai"] == {
        "feature_parameters": {"include_timeframes": ["1m"], "label_period_candles": 90},
        "train_period_days": 28,  # 40,000 minutes, fewer than 43,200
        "backtest_period_days": 7.0,
        "live_retrain_hours": 167.0,
    }
    regimes = fragment["regimes"]
    assert regimes["preset"] == "minutes // not a comment"
    assert regimes["train_label"] == "high_15"
    assert regimes["train_features"] == ["close_SMA_1", "close_area_20", "close_60", "trades_60"]
    assert regimes["sources"] == [{"kind": "kline_extras"}]
    assert regimes["train_labels"] == ["low_15"]
    trees, line = regimes["learners"]
    assert trees["learner"] == "lightgbm" and trees["name"] == "gb"
    assert trees["max_depth"] == 3 and trees["learning_rate"] == 0.05
    assert trees["n_estimators"] == 300 and trees["num_leaves"] == 32
    assert trees["reg_alpha"] == 1.0 and trees["reg_lambda"] == 2.0
    assert line["learner"] == "linear" and line["name"] == "lc" and line["alpha"] == 1.0
    assert regimes["entry"] == "signal"
    assert regimes["messages"] == {
        "score": "bands",
        "score_column": "trade_score",
        "secondary_column": "buy_score",
        "bands": {
            "positive_bands": [
                {"edge": 0.1, "frequency_minutes": 5, "sign": ">", "text": "BUY ZONE"}
            ],
            "notify_band_up": True,
            "notify_band_down": False,
        },
    }
    assert regimes["signal_sets"] == [
        {
            "generator": "smooth",
            "columns": ["prediction", "model_high_15_lc"],
            "name": "buy_score",
            "window_candles": 3,
        },
        {
            "generator": "smooth",
            "columns": ["model_low_15_gb"],
            "name": "sell_score",
            "point_threshold": 0.5,
            "span_candles": 5.0,
        },
        {
            "generator": "combine",
            "columns": ["buy_score", "sell_score"],
            "name": "trade_score",
            "rule": "relative",
            "coefficient": 0.9,
        },
        {
            "generator": "threshold_rule",
            "columns": ["trade_score"],
            "names": ["buy_signal_column", "sell_signal_column"],
            "buy_threshold": 0.05,
            "sell_threshold": -0.02,
        },
    ]
    assert regimes["feature_sets"] == [
        {
            "generator": "talib",
            "functions": ["SMA"],
            "windows_candles": [1, 4, 16],
            "rel_base": "next",
            "rel_func": "rel_diff",
            "percentage": True,
        },
        {
            "generator": "talib",
            "prefix": "slow_",
            "functions": ["LINEARREG_SLOPE"],
            "windows_candles": [30],
        },
        {
            "generator": "statistics",
            "functions": ["scipy_skew", "area"],
            "windows_candles": [20, 40],
        },
        {
            "generator": "statistics",
            "columns": ["volume"],
            "functions": ["skewness", "kurtosis", "msdc", "lsbm", "fmax"],
            "windows_candles": [20],
        },
        {
            "generator": "volume_profile",
            "functions": ["close_WMA", "close_AREA", "trades_SMA", "tb_base_SMA"],
            "windows_candles": [5, 60],
            "base_window_candles": 1440,
        },
    ]
    assert regimes["label_sets"] == [
        {
            "label": "first_touch",
            "thresholds": [0.015, 0.03],
            "tolerance": 0.25,
            "horizon_candles": 90,
            "names": ["high_15", "high_30"],
        },
        {
            "label": "first_touch",
            "side": "low",
            "thresholds": [0.015],
            "tolerance": 0.25,
            "horizon_candles": 90,
            "names": ["low_15"],
        },
        {
            "label": "top_bottom",
            "side": "bottom",
            "tolerances": [0.1, 0.2],
            "names": ["bot2_1", "bot2_2"],
        },
    ]


def test_what_minutes_lose_is_told_with_our_name_for_it(tmp_path: Path) -> None:
    got = imported(MINUTES, tmp_path)
    assert "future" in of(got, "merge_interpolate")["refused"][0]
    assert "longest_gap_hours" in of(got, "merge_interpolate")["refused"][0]
    assert "another source, 'eth'" in of(got, "feature_sets.talib")["refused"][0]
    assert len(of(got, "feature_sets.talib")["mapped"]) == 2
    assert "generator custom" in of(got, "feature_sets.mine.features:add")["refused"][0]
    assert "Order books" in of(got, "feature_sets.depth")["refused"][0]
    [long] = of(got, "feature_sets.itblib")["refused"]
    assert f"40,319 candles before its first value, freqtrade loads at most {4999:,}" in long
    assert of(got, "train_features")["mapped"] == ["regimes.train_features: 4 of 4"]
    assert "train_labels: low_15" in of(got, "labels")["mapped"][0]
    assert "regimes.learners" in of(got, "algorithms.lc")["mapped"][0]
    assert len(of(got, "signal_sets.combine")["mapped"]) == 1
    assert "asks for b, which no carried" in of(got, "signal_sets.combine")["refused"][0]
    assert "asks for None" in of(got, "signal_sets.threshold_rule2")["refused"][0]
    assert "FREQTRADE__TELEGRAM__TOKEN" in of(got, "telegram_bot_token")["elsewhere"][0]
    assert of(got, "train_signal_model.grid")["elsewhere"] == [
        "freqai-regimes simulate RUN --buy=0.1 --sell=-0.1 --best 10"
    ]


def test_hours_are_carried_over(tmp_path: Path) -> None:
    got = imported(HOURS, tmp_path)
    assert got.fragment["exchange"]["pair_whitelist"] == ["ETH/USDC"]
    freqai = got.fragment["freqai"]
    assert freqai["train_period_days"] == 365  # of the algorithm; 0 itself means ever longer
    assert freqai["backtest_period_days"] == 420
    assert "model_training_parameters" not in freqai
    assert "week of minutes only" in of(got, "rolling_predict.prediction_size")["mapped"][0]
    assert got.fragment["regimes"]["train_label"] == "top3_025"
    labels = got.fragment["regimes"]["label_sets"]
    assert [entry["label"] for entry in labels] == ["top_bottom"] * 10 + ["high_low"]
    assert labels[-1] == {"label": "high_low", "horizon_candles": 24, "unit": "percent"}
    settings = parse_settings(got.fragment)
    made = compute_labels(random_candles(200), settings.label_sets).values
    assert {"top1_1", "bot5_3", "high_max_24", "low_05"} <= set(made)


def test_the_older_names_are_carried_over(tmp_path: Path) -> None:
    got = imported(OLDER, tmp_path)
    assert got.fragment["timeframe"] == "1m"  # ITB's own default
    settings = parse_settings(got.fragment)
    options = {"timeframe": "1m", "base_timeframe": "1m"}
    made = list(generate_features(random_candles(500), settings.feature_sets, **options))
    assert [name.removeprefix("%-") for name in made] == [
        *("close_1", "close_10", "close_60", "volume_1", "volume_10", "volume_60"),
        *("span_1", "span_10", "span_60", "close_std_10", "close_std_60"),
        *("close_trend_10", "close_trend_60", "volume_trend_10", "volume_trend_60"),
        *("close_area_10", "close_area_60"),
    ]
    assert set(of(got, "base_window")) == set(of(got, "highlow_horizon")) == {"mapped"}
    assert "tb_base_10" in of(got, "train_features")["mapped"][0]
    assert settings.train_label == "high_10"
    assert set(of(got, "score_aggregation.window")) == {"mapped"}
    assert set(of(got, "signal_model.buy_signal_threshold")) == {"mapped"}
    assert set(of(got, "signal_model.buy_signal_threshold_2")) == {"refused"}
    assert settings.entry == "signal"
    steps = [entry.model_dump(exclude_defaults=True) for entry in settings.signal_sets]
    assert [step.get("columns") for step in steps] == [
        ("prediction",),
        ("model_low_10_gb",),
        ("buy_score", "sell_score"),
        ("trade_score",),
    ]
    assert [step.get("rule") for step in steps[2:]] == ["signed_maximum", None]
    told = settings.messages
    assert (told.score, told.score_column) == ("icons", "trade_score")
    assert (told.quiet_below, told.icon_step) == (0.05, 0.1)
    for item in ("buy_notify_threshold", "sell_notify_threshold", "trade_icon_step"):
        assert set(of(got, f"signal_model.{item}")) == {"mapped"}
    assert set(of(got, "signal_model.notify_frequency_minutes")) == {"refused"}


def test_source_004_is_carried_over(tmp_path: Path) -> None:
    got = imported(SOURCE_004, tmp_path)
    fragment = got.fragment
    assert fragment["dry_run"] is True
    assert fragment["dry_run_wallet"] == 10000
    freqai = fragment["freqai"]
    assert freqai["train_period_days"] == 2
    assert int(freqai["backtest_period_days"] * 86400) == 3600  # FreqAI cuts to whole seconds
    assert freqai["live_retrain_hours"] == 0.95
    assert freqai["expiration_hours"] == 2
    settings = parse_settings(fragment)
    assert settings.entry == "edge"
    assert settings.horizon_candles == 10
    assert settings.costs.fee == 0.0002
    assert settings.costs.slippage == 0.0005
    assert settings.edge.entry_threshold == 0.0008  # 2 + 5 + 1 hundredths of a percent
    assert settings.edge.exit_threshold == 0.0004
    assert settings.life.keep_versions == 10
    assert settings.life.drift.rule == "any_psi" and settings.life.drift.psi_limit == 0.25
    assert settings.life.triggers.on_alarm == "retrain" and settings.life.shadow.enabled
    assert settings.guards.daily_loss == 0.03
    assert "degradation" in of(got, "drift.sharpe_threshold")["refused"][0]
    real = translate({**read_itb(tmp_path / "itb.jsonc"), "paper_trading": False})
    assert "dry_run" not in real.fragment
    assert "by hand" in of(real, "paper_trading")["refused"][0]


def test_an_edge_without_its_costs_is_not_guessed() -> None:
    got = translate({"min_edge_bps": 1, "fee_rate": 0.001, "prediction_horizon_minutes": 10})
    assert "slippage_rate, not given" in of(got, "min_edge_bps")["refused"][0]
    assert "edge" not in got.fragment["regimes"]


def test_bands_that_cannot_be_are_refused_with_their_reason() -> None:
    wrong = {"positive_bands": [{"edge": -1}], "notify_band_up": True}
    got = translate(changed(score_notification_model=wrong))
    [words] = of(got, "score_notification_model.positive_bands")["refused"]
    assert "edges are above 0" in words
    assert "messages" not in got.fragment["regimes"]


# --- single items -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freq", "timeframe"),
    [("1min", "1m"), ("5T", "5m"), ("h", "1h"), ("4H", "4h"), ("1D", "1d"), ("1W", "1w")],
)
def test_frequencies_have_freqtrades_names(freq: str, timeframe: str) -> None:
    assert timeframe_of({"freq": freq}) == timeframe


@pytest.mark.parametrize("freq", ["10s", "M", "0min", "one hour", None, 5])
def test_other_frequencies_are_refused(freq: object) -> None:
    with pytest.raises(SettingsError, match=r"freq is .*: write minutes"):
        translate(changed(freq=freq))


def test_symbols_become_pairs() -> None:
    assert [pair_of(symbol) for symbol in ("ethbtc", "BTCFDUSD", "1INCHUSDT", "USDT", "^GSPC")] == [
        "ETH/BTC",
        "BTC/FDUSD",
        "1INCH/USDT",
        None,
        None,
    ]
    got = translate(changed(symbol="^GSPC"))
    assert "pair_whitelist" in of(got, "symbol")["refused"][0]
    assert "exchange" not in got.fragment


def test_a_switch_that_is_off_is_no_loss() -> None:
    assert set(of(translate(changed(merge_interpolate=False)), "merge_interpolate")) == {"mapped"}


ETH = {"folder": "ETHUSDT", "file": "klines", "column_prefix": "eth"}
OF_ETH = {
    "column_prefix": "eth",
    "generator": "talib",
    "config": {"columns": ["close"], "functions": ["SMA"], "windows": [5]},
}


def test_other_sources_become_ours_with_their_prefix() -> None:
    pair = {"folder": "BTCUSDT", "file": "klines", "column_prefix": ""}
    assert set(of(translate(changed(data_sources=[pair])), "data_sources.column_prefix")) == {
        "mapped"
    }
    futures = {"folder": "BTCUSDT", "file": "futures", "column_prefix": "f"}
    got = translate(changed(data_sources=[pair, ETH, futures], feature_sets=[OF_ETH]))
    regimes = got.fragment["regimes"]
    assert [(s["column_prefix"], s["pair"]) for s in regimes["sources"]] == [
        ("eth_", "ETH/USDT"),
        ("f_", "BTC/USDT:USDT"),
    ]
    candles, eth = random_candles(60, 1), random_candles(60, 2)
    settings = parse_settings(got.fragment)
    [source, _] = settings.sources
    joined = join_source(candles, "1h", eth, source.model_copy(update={"timeframe": "1h"}))
    options = {"timeframe": "1h", "base_timeframe": "1h"}
    made = generate_features(joined, settings.feature_sets, **options)
    expected = eth["close"].rolling(5).mean()
    np.testing.assert_allclose(made["%-eth_close_SMA_5"], expected)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"folder": "my data", "column_prefix": "eth"}, "no symbol with klines or futures"),
        ({**ETH, "file": "depth"}, "no symbol with klines or futures"),
        ({**ETH, "column_prefix": "e-th"}, "choose a prefix of letters"),
    ],
)
def test_a_source_that_is_none_is_refused_and_so_are_features_of_it(
    source: dict[str, str], words: str
) -> None:
    got = translate(changed(data_sources=[source], feature_sets=[OF_ETH]))
    assert words in of(got, "data_sources.column_prefix")["refused"][0]
    assert "another source, 'eth'" in of(got, "feature_sets.talib")["refused"][0]


def test_an_item_nobody_knows_is_told() -> None:
    got = translate(changed(wonder=1, deep={"er": {"still": 2}}))
    assert set(of(got, "wonder")) == set(of(got, "deep.er.still")) == {"unknown"}
    assert got.missing == ""


def test_a_window_that_grows_expands_unless_the_algorithm_has_a_length() -> None:
    config = changed(train_length=0)
    got = translate(config)
    assert "expanding" in of(got, "train_length")["mapped"][0]
    assert got.fragment["regimes"]["windows"] == {"span": "expanding"}
    assert "train_period_days" not in got.fragment["freqai"]
    assert parse_settings(got.fragment).windows.span == "expanding"
    config["algorithms"] = [{"name": "gb", "algo": "gb", "params": {"length": 43200}}]
    limited = translate(config)
    assert "windows" not in limited.fragment["regimes"]
    assert limited.fragment["freqai"]["train_period_days"] == 30


def test_the_start_is_as_long_as_freqtrade_can_load() -> None:
    got = translate(changed(features_horizon=10_000))
    assert got.fragment["startup_candle_count"] == MOST_STARTUP_CANDLES
    assert "at most" in of(got, "features_horizon")["mapped"][0]


def test_a_column_made_twice_is_carried_over_once() -> None:
    twice = changed()["feature_sets"] * 2
    got = translate(changed(feature_sets=twice))
    assert len(got.fragment["regimes"]["feature_sets"]) == 1
    assert "close_SMA_5, as another" in of(got, "feature_sets.talib")["refused"][0]


BAD_ENTRIES = [
    ({"generator": "talib", "config": {"functions": ["NOPE"], "windows": [5]}}, "no function NOPE"),
    ({"generator": "talib", "config": {"functions": ["SMA"]}}, "needs windows_candles"),
    (
        {"generator": "talib", "config": {"functions": ["SMA"], "windows": [5], "columns": ["x"]}},
        "talib's SMA asks for x",
    ),
    (
        {"generator": "itbstats", "config": {"functions": ["mean"], "windows": [0]}},
        "windows_candles.0: .*greater than or equal to 1",
    ),
    ({"generator": "itbstats", "config": {"functions": ["mode"], "windows": [5]}}, "functions"),
    ({"generator": "itblib", "config": {"windows": [5]}}, "base_window_candles"),
    ({"generator": "itblib", "config": [1]}, "config is list"),
    ({"generator": "unheard_of"}, "no such generator"),
    ("talib", "ITB writes an object"),
    ({"config": {}}, "no such generator"),
]


@pytest.mark.parametrize(("entry", "words"), BAD_ENTRIES)
def test_an_entry_that_cannot_be_is_refused_and_the_others_stay(entry: Any, words: str) -> None:
    got = translate(changed(feature_sets=[entry, *changed()["feature_sets"]]))
    [line] = [line for line in got.lines if line.how == "refused"]
    assert line.item.startswith("feature_sets.")
    assert re.search(words, line.words), line.words
    assert len(got.fragment["regimes"]["feature_sets"]) == 1
    assert got.missing == ""


BAD_LABELS = [
    ({"generator": "highlow2", "config": {"columns": ["close"]}}, "highlow2 takes three"),
    ({"generator": "highlow2", "config": {"function": "high", "thresholds": [0]}}, "thresholds.0"),
    (
        {
            "generator": "highlow2",
            "config": {"function": "high", "thresholds": [1, 2], "horizon": 5, "names": "one"},
        },
        "1 names for 2",
    ),
    ({"generator": "topbot2", "config": {"function": "side", "level": 0.1}}, "side"),
    ({"generator": "topbot", "feature_prefix": "x"}, "names are fixed"),
    ({"generator": "unheard_of"}, "no such label"),
]


@pytest.mark.parametrize(("entry", "words"), BAD_LABELS)
def test_a_label_that_cannot_be_is_refused_and_the_others_stay(entry: Any, words: str) -> None:
    got = translate(changed(label_sets=[entry, *changed()["label_sets"]]))
    [line] = [line for line in got.lines if line.how == "refused"]
    assert words in line.words
    assert got.fragment["regimes"]["train_label"] == "high_max_10"


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ({"train_length": "long"}, "train_length is 'long'"),
        ({"rolling_predict": {"prediction_size": 1.5}}, "prediction_size is 1.5"),
        ({"feature_sets": {"generator": "talib"}}, "'feature_sets' is dict"),
        ({"base_capital": "much"}, "base_capital is 'much'"),
        ({"prediction_horizon_minutes": 7, "freq": "5min"}, "use a multiple of 5m"),
    ],
)
def test_values_that_all_rests_on_are_refused(items: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        translate(changed(**items))


# --- the file and the command -----------------------------------------------------------------


def test_comments_and_trailing_commas_are_read_and_strings_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonc"
    file.write_text('\ufeff{"a": "x // y /* z */", // c\n "b": [1, 2,], /* d\n */ }\n', "utf-8")
    assert read_itb(file) == {"a": "x // y /* z */", "b": [1, 2]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{\n "a": 1\n "b": 2}', "line 3: Missing a comma"),
        ("", "no JSON"),
        ("[1]", "holds list"),
        ('{"a": 1', "no JSON"),
    ],
)
def test_a_file_that_is_no_configuration_is_one_line(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.json"
    file.write_text(text)
    assert main(["import-itb", str(file)]) == 2
    assert words in capsys.readouterr().err


def test_the_command_writes_a_file_and_tells_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, own = tmp_path / "itb.jsonc", tmp_path / "own.json"
    file.write_text(MINUTES)
    assert main(["import-itb", str(file), "--output", str(own)]) == 0
    out = capsys.readouterr().out
    assert parse_settings(json.loads(own.read_text())).train_label == "high_15"
    for heading in ("CARRIED OVER", "DONE ELSEWHERE", "NOT CARRIED OVER"):
        assert heading in out
    assert f"Written to {own}" in out
    assert "OF-SOMEBODY" not in out + own.read_text()
    assert max(len(line) for line in out.splitlines() if not line.startswith("Written")) <= 100
    assert main(["import-itb", str(file), "--output", str(own)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_without_a_file_to_write_only_the_configuration_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "itb.jsonc"
    file.write_text(HOURS)
    assert main(["import-itb", str(file)]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["timeframe"] == "1h"
    assert "CARRIED OVER" in printed.err


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ({"feature_sets": []}, "no feature could be carried over"),
        ({"label_sets": [{"generator": "unheard_of"}]}, "no label could be carried over"),
        ({"labels": ["not_made"]}, "no label could be carried over"),
    ],
)
def test_nothing_usable_writes_nothing_and_fails(
    items: dict[str, Any], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, own = tmp_path / "itb.json", tmp_path / "own.json"
    file.write_text(json.dumps(changed(**items)))
    assert main(["import-itb", str(file), "--output", str(own)]) == 2
    assert words in capsys.readouterr().out
    assert not own.exists()
