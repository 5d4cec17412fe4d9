"""``freqai-regimes certify``: the proof that nothing a configuration computes looks ahead."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from freqai_regimes.candles import FUTURES, SPOT, read_candles, resample, timeframe_seconds
from freqai_regimes.causality.certificate_page import certificate_page
from freqai_regimes.causality.certify import certify
from freqai_regimes.causality.market import Market
from freqai_regimes.cli.built_in_market import build_for
from freqai_regimes.cli.options import add_run_options, load_run
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.freqtrade_bridge.certified import certified_subjects
from freqai_regimes.freqtrade_bridge.certified_sources import CertifiedSources
from freqai_regimes.regimes.rule import warm_up_candles as regime_warm_up_candles

DEFAULT_ROWS = 20000


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "certify", help="prove that features, labels, regime and signals do not look ahead"
    )
    add_run_options(parser)
    parser.add_argument("--datadir", type=Path, help="candles to try it on; else built-in ones")
    parser.add_argument(
        "--rows", type=int, default=DEFAULT_ROWS, help=f"last candles used ({DEFAULT_ROWS})"
    )
    parser.add_argument("--json", type=Path, help="write the findings here")
    parser.add_argument("--html", type=Path, help="write a page here")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Certify on the first pair; returns 1 if anything looks ahead."""
    config, pairs = load_run(options)
    datadir = options.datadir or build_for(config, pairs, options.userdir)
    market, sources = _market(config, pairs[0], datadir, options)
    subjects = certified_subjects(config.merged, config.settings, market.inputs(), sources)
    certificate = certify(subjects, market, workers=os.cpu_count() or 1)
    certificate.show(Console())
    if options.json:
        options.json.write_text(json.dumps(certificate.to_json(), indent=1))
    if options.html:
        options.html.write_text(certificate_page(certificate), encoding="utf-8")
    return certificate.exit_code


def _market(
    config: RunConfig, pair: str, datadir: Path, options: argparse.Namespace
) -> tuple[Market, CertifiedSources]:
    """The last candles; of the regime's all, where the last ones are too few for its average."""
    base, regime = config.merged["timeframe"], config.settings.regime
    stored = read_candles(datadir, pair, base, FUTURES if options.futures else SPOT)
    candles = stored.tail(options.rows).reset_index(drop=True)
    longer: dict[str, pd.DataFrame] = {}
    if regime.timeframe != base:
        needed = regime_warm_up_candles(regime, regime.average_candles)
        if len(resample(candles, base, regime.timeframe)) < needed:
            longer[regime.timeframe] = resample(stored, base, regime.timeframe)
            candles = _from_a_close(candles, longer[regime.timeframe], regime.timeframe, base)
    wanted = [tf for tf in dict.fromkeys([*config.timeframes, regime.timeframe]) if tf != base]
    coarser = {tf: resample(candles, base, tf) for tf in wanted} | longer
    sources = CertifiedSources(config.settings, config.merged, pair)
    others = sources.stored(config.merged, datadir, candles)
    return Market.of(candles, base, coarser=coarser, others=others), sources


def _from_a_close(
    candles: pd.DataFrame, coarse: pd.DataFrame, timeframe: str, base: str
) -> pd.DataFrame:
    """From the first candle on that closes together with a coarse one.

    Freqtrade's merge gives the rows before that a coarse value only if a later row has one.
    """
    seconds = timeframe_seconds(timeframe) - timeframe_seconds(base)
    closing = candles["date"].isin(coarse["date"] + pd.Timedelta(seconds=seconds))
    return candles.iloc[int(closing.argmax()) :].reset_index(drop=True)
