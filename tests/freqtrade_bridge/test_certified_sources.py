"""What a configuration's sources and its regime's average are certified on, and what is refused."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.causality import Certificate, Plan, certify
from freqai_regimes.cli.certify import _market
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.freqtrade_bridge import market_sources
from freqai_regimes.freqtrade_bridge.certified import certified_subjects
from tests.host.small_run import small_config, small_market

PLAN = Plan(cuts=1, early_candles=100, late_cuts=1, windows=2, steps=2)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_market(tmp_path_factory.mktemp("market") / "data")


def with_sources(folder: Path) -> dict[str, Any]:
    """Another pair and a file that is published late, and a feature of each."""
    hours = pd.date_range("2024-01-01", periods=96, freq="h", tz="UTC")
    mood = pd.DataFrame({"date": hours.strftime("%Y-%m-%dT%H:%M:%SZ"), "value": range(96)})
    mood.assign(value=mood["value"] % 7).to_csv(folder / "mood.csv", index=False)
    sources = [
        {
            "kind": "pair",
            "column_prefix": "eth_",
            "pair": "ETH/USDT",
            "timeframe": "15m",
            "longest_age_hours": 2,
        },
        {
            "kind": "file",
            "column_prefix": "mood_",
            "path": str(folder / "mood.csv"),
            "publication_lag_hours": 0.5,
            "every_hours": 1,
            "longest_age_hours": 4,
        },
    ]
    features = [
        {
            "generator": "cross_asset",
            "leader_prefix": "eth_",
            "windows_candles": [6],
            "volatility_half_life_candles": 4,
            "timeframe": "15m",
        },
        {
            "generator": "statistics",
            "columns": ["mood_value"],
            "functions": ["mean"],
            "windows_candles": [3],
        },
    ]
    return {"regimes": {"sources": sources, "feature_sets": features}}


def certificate(
    folder: Path, market: Path, change: dict[str, Any], words: tuple[str, ...], rows: int
) -> Certificate:
    """The certificate of those subjects of the changed small preset that bear one of the words."""
    own = (small_config(folder, change)[-1],)
    config = RunConfig.load("intraday-5m", futures=False, model=True, own=own)
    options = Namespace(rows=rows, futures=False)
    candles, sources = _market(config, "BTC/USDT", market, options)
    subjects = certified_subjects(config.merged, config.settings, candles.inputs(), sources)
    chosen = [one for one in subjects if any(word in one.name for word in words)]
    return certify(chosen, candles, plan=PLAN)


NAMES = ["source eth_: pair", "source mood_: file", "0: cross_asset on 15m", "1: statistics on 5m"]


def test_sources_and_their_features_are_certified(tmp_path: Path, market: Path) -> None:
    words = ("source", "cross", "statistics")
    found = certificate(tmp_path, market, with_sources(tmp_path), words, rows=400)
    assert list(found.by_subject) == NAMES
    assert found.faults == ()


def test_a_source_joined_by_its_opening_time_is_refused_and_so_is_what_is_made_of_it(
    tmp_path: Path, market: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = market_sources.join_source

    def by_opening_time(
        candles: Any, timeframe: str, source: Any, options: Any, **other: Any
    ) -> Any:
        if options.kind == "pair":
            source = source.assign(date=source["date"] - pd.Timedelta(minutes=15))
        return honest(candles, timeframe, source, options, **other)

    monkeypatch.setattr(market_sources, "join_source", by_opening_time)
    words = ("source", "cross")
    found = certificate(tmp_path, market, with_sources(tmp_path), words, rows=400)
    refused = {(one.subject, one.check) for one in found.faults}
    for subject in ("source eth_: pair", "0: cross_asset on 15m"):
        assert {(subject, "truncation"), (subject, "future perturbation")} <= refused
    assert "source mood_: file" not in {subject for subject, _ in refused}


def test_the_long_average_is_certified_though_the_rows_are_too_few_for_it(
    tmp_path: Path, market: Path
) -> None:
    change = {"regimes": {"regime": {"average_candles": 90, "shorter_average_candles": 20}}}
    found = certificate(tmp_path, market, change, ("regime",), rows=240)
    averages = ["regime, average of 90 x 15m", "regime, average of 20 x 15m"]
    assert list(found.by_subject) == averages
    assert found.faults == ()
    long = {one.check: one.reason for one in found.by_subject[averages[0]]}
    assert "not stated" in long["warm-up"]
