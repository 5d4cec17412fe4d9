"""``freqai-regimes backtest``: candles, an exchange, freqtrade's backtest, then our report."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from freqai_regimes.cli.backtest_run import (
    Backtest,
    add_backtest_options,
    prepare,
    run_backtest,
)
from freqai_regimes.cli.logged_backtest import log_backtest
from freqai_regimes.cli.options import load_run
from freqai_regimes.cli.run_config import new_run_folder, one_at_a_time
from freqai_regimes.evaluation.record import read_record
from freqai_regimes.evaluation.report import write_report
from freqai_regimes.evaluation.scorecard import print_scorecard, scorecard
from freqai_regimes.evidence.run_log import read_runs, trials


def add_parser(subparsers: Any) -> None:
    """Add this command to the command line."""
    parser = subparsers.add_parser(
        "backtest", help="backtest with rolling retraining, then tables and an HTML report"
    )
    add_backtest_options(parser)
    parser.add_argument("--strategy", default="RegimeStrategy", help="or BaselineStrategy")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the whole chain; returns freqtrade's exit code if that is not 0."""
    began = time.monotonic()
    config, pairs = load_run(options)
    folder = new_run_folder(options.userdir, f"backtest_{config.preset}")
    data = prepare(config, pairs, options, folder)
    backtest = Backtest(folder, options.strategy)
    with one_at_a_time(options.userdir):
        code = run_backtest(config, pairs, data, backtest, options)
    if code:
        return code
    logged = log_backtest("backtest", config, pairs, data, backtest, options)
    _report(backtest, built_in=data.built_in)
    print(trials(read_runs(options.userdir).runs, logged.months).reason)
    print(f"Took {time.monotonic() - began:.0f} s.")
    return 0


def _report(backtest: Backtest, *, built_in: bool) -> None:
    """Print our tables and write the page."""
    run_file = backtest.record / "run.json"
    run_file.write_text(
        json.dumps(json.loads(run_file.read_text()) | {"built_in_market": built_in})
    )
    result = backtest.result()
    print_scorecard(scorecard(read_record(backtest.record), result.trades, result.stats))
    page = write_report(
        backtest.record,
        result.trades,
        result.stats,
        result.wallet,
        backtest.folder / "report.html",
    )
    print(f"Report: {page}")
