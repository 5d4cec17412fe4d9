"""FreqAI settings that leak, that the model lacks, or that cut candles in two: refused at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from freqtrade.exceptions import OperationalException
from freqtrade.exchange import timeframe_to_seconds

SECONDS_PER_DAY = 86400
#: FreqAI options that would leak, or that belong to pipelines this model does not have.
REFUSED_FEATURE_PARAMETERS = {
    "shuffle_after_split": "it mixes past and future",
    "reverse_train_test_order": "it trains on the future of its validation rows",
    "principal_component_analysis": "the model keeps its features by name",
    "use_SVM_to_remove_outliers": "outlier removal reorders rows",
    "use_DBSCAN_to_remove_outliers": "outlier removal reorders rows",
    "DI_threshold": "the model has no dissimilarity index",
    "noise_standard_deviation": "it makes runs differ",
}


def refuse_config(config: dict[str, Any]) -> None:
    """Refuse FreqAI settings that leak, that this model lacks, or that cut candles in two.

    Raises
    ------
    OperationalException
        One line: the setting, what was got, what is allowed.
    """
    freqai = config["freqai"]
    for name, why in REFUSED_FEATURE_PARAMETERS.items():
        if freqai["feature_parameters"].get(name):
            raise OperationalException(
                f"freqai.feature_parameters.{name} cannot be used here: {why}. Remove it."
            )
    if freqai.get("data_split_parameters", {}).get("shuffle"):
        raise OperationalException(
            "freqai.data_split_parameters.shuffle mixes past and future. Set it to false."
        )
    if freqai.get("continual_learning"):
        raise OperationalException(
            "freqai.continual_learning trains on what later validates. Set it to false."
        )
    window = int(freqai["backtest_period_days"] * SECONDS_PER_DAY)
    candle = timeframe_to_seconds(config["timeframe"])
    if window <= 0 or window % candle:
        raise OperationalException(
            f"freqai.backtest_period_days {freqai['backtest_period_days']} is {window} seconds, "
            f"not a whole number of {config['timeframe']} candles ({candle} s). Use "
            f"{max(1, round(window / candle)) * candle / SECONDS_PER_DAY + 1e-7:.7f} or another "
            "multiple."
        )
    _refuse_changing_pairs(config)
    coins = Counter(pair.split("/")[0] for pair in config["exchange"]["pair_whitelist"])
    twice = sorted(coin for coin, count in coins.items() if count > 1)
    if twice:
        raise OperationalException(
            f"Several pairs of {', '.join(twice)} in the whitelist: FreqAI keeps models by coin, "
            "they would overwrite each other. Keep one pair a coin."
        )


def _refuse_changing_pairs(config: dict[str, Any]) -> None:
    """Refuse pair lists of which FreqAI would train nothing, without a word."""
    method = config.get("pairlists", [{"method": "StaticPairList"}])[0]["method"]
    if method != "StaticPairList":
        raise OperationalException(
            f"The pair list {method} changes its pairs, FreqAI trains fixed ones. Put "
            "StaticPairList first in 'pairlists' (filters may follow), or set freqai.enabled to "
            "false."
        )
    for pair in config["exchange"]["pair_whitelist"]:
        if set(pair) & set("*?[](){}|^$+\\"):
            raise OperationalException(
                f"{pair!r} in the whitelist is a pattern, FreqAI trains pairs by name. Write each "
                "pair out, or set freqai.enabled to false."
            )
