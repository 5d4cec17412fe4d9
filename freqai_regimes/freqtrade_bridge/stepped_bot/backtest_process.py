"""The backtest of a replay in a process of its own: ``python -m ...backtest_process PLAN.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
from freqtrade.main import main as freqtrade

from freqai_regimes.freqtrade_bridge.stepped_bot.side_record import SideRecord


def main(path: str) -> int:
    """Backtest as the plan (``arguments``, ``folder``, ``untrusted``) says, and keep it."""
    plan = json.loads(Path(path).read_text())
    untrusted = [pd.Timestamp(moment, unit="s", tz="UTC") for moment in plan["untrusted"]]
    record = SideRecord(frozenset(untrusted))
    record.install()
    try:
        freqtrade(plan["arguments"])
    except SystemExit as end:
        if end.code:
            return int(end.code)
    record.write(Path(plan["folder"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
