"""Configured ``signal_sets`` before the certificate: honest ones pass, a leak in one is refused."""

from __future__ import annotations

from typing import Any

import pytest

from freqai_regimes.candles import SPOT, read_candles
from freqai_regimes.causality import Market, Plan, certify
from freqai_regimes.causality.finding import TRUNCATION
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.freqtrade_bridge.certified import certified_subjects
from freqai_regimes.freqtrade_bridge.certified_sources import CertifiedSources
from freqai_regimes.signal_sets import smooth
from tests.host.small_run import small_config, small_market

PLAN = Plan(cuts=2, late_cuts=1, windows=2, steps=2, bunches=10)
SIGNALS: dict[str, Any] = {
    "regimes": {
        "entry": "signal",
        "signal_sets": [
            {"generator": "smooth", "columns": "model_x_gb", "name": "up", "window_candles": 6},
            {"generator": "rank", "column": "channel_12", "name": "down", "window_candles": 24},
            {"generator": "combine", "columns": ["up", "down"], "name": "trade_score"},
            {"generator": "threshold_rule", "columns": "trade_score"},
        ],
    }
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is refused of the signals and of the strategy's decisions, with its check."""
    folder = tmp_path_factory.mktemp("certified")
    candles = read_candles(small_market(folder / "data", days=3), "BTC/USDT", "5m", SPOT)
    own = small_config(folder, SIGNALS)[-1]
    config = RunConfig.load("intraday-5m", futures=False, model=True, own=(own,))
    market = Market.of(candles.tail(500), "5m", coarser=["15m"])

    def faults() -> set[tuple[str, str]]:
        sources = CertifiedSources(config.settings, config.merged, "BTC/USDT")
        subjects = certified_subjects(config.merged, config.settings, market.inputs(), sources)
        chosen = [one for one in subjects if one.name in ("signal_sets", "strategy")]
        assert len(chosen) == 2
        found = certify(chosen, market, plan=PLAN).faults
        return {(fault.subject, fault.check) for fault in found}

    return faults


def test_configured_signals_are_certified(refused: Any) -> None:
    assert refused() == set()


def test_a_step_that_looks_ahead_is_refused_and_so_is_what_trades_by_it(
    refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = smooth.compute
    monkeypatch.setattr(smooth, "compute", lambda f, o: honest(f, o).shift(-1))
    assert {("signal_sets", TRUNCATION), ("strategy", TRUNCATION)} <= refused()
