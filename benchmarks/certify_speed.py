"""How long the certificate takes for everything that ships, on built-in candles.

python benchmarks/certify_speed.py [--rows 20000] [--workers 2] [--kill]

Aim: about 40 subjects on 20,000 rows in about a minute on two cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace

from rich.console import Console

from freqai_regimes.causality import certify
from freqai_regimes.causality.mutants import kill_rate
from freqai_regimes.causality.samples import sample_market
from freqai_regimes.causality.shipped import shipped_subjects
from freqai_regimes.causality.shipped_sources import source_market, source_subjects
from freqai_regimes.synthetic_market import MarketSpec, simulate

KILL_ROWS = 960


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="one-hour candles")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--kill", action="store_true", help="also try every leak")
    given = parser.parse_args()
    spec = MarketSpec(pairs=("BTC/USDT",), days=given.rows // 24 + 1, seed=3)
    candles = simulate(spec)["BTC/USDT"].candles.iloc[: given.rows]
    subjects = shipped_subjects()
    begun = time.perf_counter()
    certificate = certify(subjects, sample_market(candles), workers=given.workers)
    took = time.perf_counter() - begun
    certificate.show(Console(width=100))
    print(
        f"{len(subjects)} subjects on {given.rows} rows: {took:.1f} s with {given.workers} "
        f"process(es), {took / len(subjects):.2f} s a subject"
    )
    perfect = True
    if given.kill:
        begun = time.perf_counter()
        few = sample_market(candles.iloc[:KILL_ROWS])
        rate = kill_rate(shipped=subjects, shipped_market=few)
        joins = kill_rate(mutants=(), shipped=source_subjects(), shipped_market=source_market())
        rate = replace(rate, inserted=rate.inserted + joins.inserted)
        perfect = rate.perfect
        print(f"{rate.text()}\n{time.perf_counter() - begun:.1f} s")
    return certificate.exit_code or int(not perfect)


if __name__ == "__main__":
    sys.exit(main())
