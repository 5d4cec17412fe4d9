"""Does the search look ahead? Accounts of its candidates, with and without the candles after a day.

    REGIMES_DATA=path/to/data python benchmarks/search_causality.py

Every block is cut off at a day; what a candidate did before that day must be the same to the last
bit, for features, labels, models, ranks and orders alike. One or two candidates a direction;
funding rates begin in 2024, so the carry is cut there.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

import pandas as pd
from moonshot import offer, title
from search.blocks import EXPLORED, Block

#: Candidates by the day before which candles are kept.
ASKED = {
    "2021-05-20": (
        "cross-section: tilt 42",
        "meta-labels: veto 18, all",
        "horizons: conformal 50%, shrink and hold sideways",
        "horizons: stack, shrink",
    ),
    "2024-08-08": (
        "carry: idle money from 20%, 3 days",
        "carry: no entry above 30%",
        "resting orders: rule, 4 h",
        "resting orders: idle money, edge 20 bp",
    ),
}
#: Orders decided before the cut are still being filled.
LAST_DAYS = pd.Timedelta(days=2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", nargs="+", default=list(ASKED), choices=list(ASKED))
    given = parser.parse_args()
    whole = offer(EXPLORED)
    faults = 0
    for cut in given.cuts:
        blocks = tuple(replace(b, end=min(b.end, cut)) for b in EXPLORED if b.start < cut)
        short = offer(blocks)
        asked = [block for block in blocks if block.end == cut]
        for name in ASKED[cut]:
            differs = [difference(whole, short, name, block) for block in asked]
            compared = [found for found in differs if found is not None]
            faults += sum(found > 0 for found in compared)
            shown = ", ".join(f"{found:.1e}" for found in compared)
            print(f"cut {cut}  {name:52} largest difference {shown}", flush=True)
    print("no look-ahead found" if not faults else f"{faults} look ahead")
    return int(faults > 0)


def difference(whole: dict, short: dict, name: str, block: Block) -> float | None:
    """Largest difference of daily returns before the cut; None where the kind has no such block."""
    [full] = [b for b in EXPLORED if b.name == block.name]
    [one], [other] = (
        [c for candidates in offered.values() for c in candidates if title(c) == name]
        for offered in (whole, short)
    )
    if full not in one.blocks:
        return None
    until = pd.Timestamp(block.end, tz="UTC") - LAST_DAYS
    days = [c.account(b, 1.0).daily[:until] for c, b in ((one, full), (other, block))]
    return float((days[0] - days[1]).abs().max())


if __name__ == "__main__":
    sys.exit(main())
