"""Does the search look ahead? Accounts of its candidates, when the candles after a day are others.

    REGIMES_DATA=path/to/data python benchmarks/search_causality.py

From the first open of a day on, prices are doubled (of futures a bit more: the basis moves too) and
funding is a percent each time, in every block; what a candidate did before must be the same to the
last bit, for features, labels, models, ranks and orders alike. A leak within the last candle before
that day is not seen, but for features of funding and basis, which are compared themselves. Some
candidates a direction; what has no model is cheap, and asked at many days.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from dataclasses import replace

import pandas as pd
from moonshot import offer, title
from search.blocks import EXPLORED, Block
from search.carry import CANDLE, FUNDED
from search.funding_features import known

TEN_DAYS = tuple(f"{day:%Y-%m-%d}" for day in pd.date_range("2024-05-01", "2024-12-20", freq="10D"))
#: Days from which candles are others, and the candidates that are computed then.
ASKED = {
    "models": (
        ("2021-05-20",),
        (
            "cross-section: tilt 42",
            "meta-labels: veto 18, all",
            "horizons: conformal 50%, shrink and hold sideways",
            "horizons: stack, shrink",
        ),
    ),
    "hourly model": (("2024-08-08",), ("resting orders: idle money, edge 20 bp",)),
    "funding model": (
        ("2024-07-20", "2024-09-16", "2024-11-12"),
        (
            "funding features: funding, shrink",
            "funding features: price and funding, veto",
            "funding features: price and funding, long history, shrink",
        ),
    ),
    "no model": (
        TEN_DAYS,
        (
            "carry: idle money from 20%, 3 days",
            "carry: no entry above 30%",
            "resting orders: rule, 4 h",
        ),
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", default=list(ASKED), choices=list(ASKED))
    given = parser.parse_args()
    whole = offer(EXPLORED)
    faults = 0
    if "funding model" in given.parts:
        differs = max(features_differ(coin, cut) for coin in FUNDED[0].coins for cut in TEN_DAYS)
        show(TEN_DAYS, "features of funding and basis", len(TEN_DAYS), "days", differs)
        faults += differs > 0
    for cuts, names in map(ASKED.__getitem__, given.parts):
        found = dict.fromkeys(names, 0.0)
        accounts = dict.fromkeys(names, 0)
        for cut in cuts:
            other = offer(tuple(replace(block, shock=cut) for block in EXPLORED))
            asked = [block for block in EXPLORED if block.start < cut < block.end]
            for name, block in itertools.product(names, asked):
                differs = difference(whole, other, name, block, cut)
                if differs is not None:
                    accounts[name] += 1
                    found[name] = max(found[name], differs)
        for name in names:
            show(cuts, name, accounts[name], "accounts", found[name])
            faults += found[name] > 0
    print("no look-ahead found" if not faults else f"{faults} look ahead")
    return int(faults > 0)


def show(cuts: tuple[str, ...], what: str, count: int, counted: str, differs: float) -> None:
    shown = f"{cuts[0]} to {cuts[-1]}" if len(cuts) > 1 else cuts[0]
    print(
        f"others from {shown:26}{what:58}{count:>3} {counted + ',':10}"
        f"largest difference {differs:.1e}",
        flush=True,
    )


def features_differ(coin: str, cut: str) -> float:
    """Largest difference of a coin's features before the day; to the candle, as no account is.

    The rate that is settled as the day begins is another one, so funding is compared until the
    candle that closed before.
    """
    one, two = (
        known(coin, block).drop(columns="pair").set_index("date").fillna(0.0)
        for block in (FUNDED[0], replace(FUNDED[0], shock=cut))
    )
    apart, day = (one - two).abs(), pd.Timestamp(cut, tz="UTC")
    basis = apart.filter(like="basis")[: day - CANDLE]
    funding = apart.filter(like="funding")[: day - 2 * CANDLE]
    return float(max(basis.max().max(), funding.max().max()))


def difference(whole: dict, other: dict, name: str, block: Block, cut: str) -> float | None:
    """Largest difference of daily returns before the day; None where it has no such block."""
    [one], [two] = (
        [c for candidates in offered.values() for c in candidates if title(c) == name]
        for offered in (whole, other)
    )
    if block not in one.blocks:
        return None
    until = pd.Timestamp(cut, tz="UTC") - pd.Timedelta(days=1)
    shocked = replace(block, shock=cut)
    days = [c.account(b, 1.0).daily[:until] for c, b in ((one, block), (two, shocked))]
    return float((days[0] - days[1]).abs().max())


if __name__ == "__main__":
    sys.exit(main())
