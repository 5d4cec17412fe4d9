"""Which built-in market a preset runs on when there are no candles from outside."""

from __future__ import annotations

from pathlib import Path

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.cli.run_config import RunConfig
from freqai_regimes.cli.stored_sources import source_candles
from freqai_regimes.synthetic_market import MarketSpec, build_market

SEED = 1
#: Rank correlation that the planted signal allows; enough to be found, far above real markets.
SIGNAL_STRENGTH = 0.3
#: By base timeframe: candles beside those the run names, days, mean length of spells in days. Long
#: enough for indicators, training and at least a dozen windows of the preset that uses it.
SHAPES: dict[str, tuple[tuple[str, ...], int, float]] = {
    "1m": (("15m", "1h"), 45, 3),
    "5m": (("15m", "1h", "4h", "1d"), 300, 30),
    "4h": (("1d",), 1200, 60),
}
#: Futures markets have hourly mark candles, so nothing coarser can be their finest timeframe.
MARK_TIMEFRAME = "1h"


def market_for(config: RunConfig, pairs: list[str], *, seed: int = SEED) -> MarketSpec:
    """The market that has what the run and its sources need: pairs, timeframes, enough history."""
    base = config.merged["timeframe"]
    beside, days, spell_days = SHAPES[base if base in SHAPES else "4h"]
    spot, perpetual = (source_candles(config, futures=futures) for futures in (False, True))
    pairs = [*pairs, *spot[0], *perpetual[0]]
    futures = any(":" in pair for pair in pairs)
    wanted = {*config.timeframes, *beside, *spot[1], *perpetual[1]}
    wanted |= {MARK_TIMEFRAME} if futures else set()
    timeframes = sorted(wanted, key=timeframe_seconds)
    per_base_candle = timeframe_seconds(base) // timeframe_seconds(timeframes[0])
    return MarketSpec(
        pairs=tuple(dict.fromkeys(pair.split(":")[0] for pair in pairs)),
        timeframe=timeframes[0],
        timeframes=tuple(timeframes),
        start="2022-01-03",
        days=days,
        seed=seed,
        signal_strength=SIGNAL_STRENGTH,
        signal_horizon_candles=config.settings.horizon_candles * per_base_candle,
        spell_days=spell_days,
        futures=futures,
    )


def build_for(config: RunConfig, pairs: list[str], userdir: Path) -> Path:
    """Write that market below the user directory (once) and return its data directory."""
    spec = market_for(config, pairs)
    kind = "futures" if spec.futures else "spot"
    name = f"built-in-{config.preset}-{kind}-{len(spec.pairs)}"
    return build_market(spec, userdir / "data" / name)
