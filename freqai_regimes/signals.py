"""From regime and prediction to a signed target weight, entries and exits with their reason."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from freqai_regimes.regimes import REGIME_NAMES
from freqai_regimes.risk.sizing import model_factor, volatility_scale
from freqai_regimes.settings import EdgeSettings, ExposureSettings, ModelUseSettings, Settings

Floats = npt.NDArray[np.float64]


def regime_weight(
    regime: pd.Series, volatility: pd.Series, score: pd.Series, settings: Settings
) -> pd.Series:
    """Signed share of the sleeve that the regime asks for, after volatility target and model.

    Parameters
    ----------
    regime : 1, 0, -1 or NaN per candle.
    volatility : annual, as a fraction, per candle.
    score : the model's score in [-1, 1]; NaN where there is none, which leaves the weight as it is.

    Returns
    -------
    Series in [-1, 1]; 0 where the regime is unknown, or the volatility that a target is set for.
    Row t uses row t alone.
    """
    exposure: ExposureSettings = settings.exposure
    share = regime.map({code: getattr(exposure, name) for code, name in REGIME_NAMES.items()})
    weight = share * volatility_scale(volatility, exposure.target_volatility)
    weight = weight * model_factor(score * np.sign(share), settings.model_use.tilt)
    return weight.fillna(0.0).clip(-1.0, 1.0)


def edge_weight(
    expected_return: pd.Series,
    regime: pd.Series,
    volatility: pd.Series,
    settings: Settings,
    *,
    interval: pd.DataFrame | None = None,
    costs: pd.DataFrame | None = None,
) -> pd.Series:
    """Signed share of the sleeve where the predicted return beats its cost; 0 elsewhere.

    Parameters
    ----------
    expected_return : predicted forward return as a fraction, NaN where it may not be trusted.
    interval : with ``edge.bound`` lower: columns ``lower`` and ``upper`` of that return; the worse
        end for a side must beat its cost. NaN enters nothing.
    costs : columns ``long`` and ``short``, the cost of a whole trade at each candle; None: fixed.

    Row t uses row t alone.
    """
    codes, expected = regime.to_numpy(dtype=float), expected_return.to_numpy(dtype=float)
    long_cost = short_cost = np.full(len(codes), entry_threshold(settings))
    if costs is not None and settings.edge.entry_threshold is None:
        long_cost = costs["long"].to_numpy(dtype=float) + settings.edge.margin
        short_cost = costs["short"].to_numpy(dtype=float) + settings.edge.margin
    worst_long = expected if interval is None else interval["lower"].to_numpy(dtype=float)
    worst_short = expected if interval is None else interval["upper"].to_numpy(dtype=float)
    # Funding that is received can pay for a trade, but never makes one out of no edge.
    long = (worst_long > long_cost.clip(0.0)) & _is_among(codes, settings.edge.long_regimes)
    short = (worst_short < -short_cost.clip(0.0)) & _is_among(codes, settings.edge.short_regimes)
    size = volatility_scale(volatility, settings.exposure.target_volatility).fillna(0.0)
    weight: pd.Series = size * (long.astype(float) - short.astype(float))
    return weight


def _is_among(codes: Floats, names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which regimes are one of those; an unknown one is not."""
    return np.isin(codes, [code for code, name in REGIME_NAMES.items() if name in names])


def signal_weight(
    buy: pd.Series, sell: pd.Series, regime: pd.Series, size: pd.Series, settings: Settings
) -> pd.Series:
    """Signed share of the sleeve where a rule says buy or sell; 0 elsewhere.

    ``buy`` and ``sell`` are 1 or 0, ``size`` is the share that the volatility allows. Row t uses
    row t alone.
    """
    codes = regime.to_numpy(dtype=float)
    long = (buy == 1) & _is_among(codes, settings.edge.long_regimes)
    short = (sell == 1) & _is_among(codes, settings.edge.short_regimes)
    return size * (long.astype(float) - short.astype(float))


def entry_threshold(settings: Settings) -> float:
    """Predicted return, as a fraction, above which an entry pays: fixed, or cost plus margin."""
    edge: EdgeSettings = settings.edge
    if edge.entry_threshold is not None:
        return edge.entry_threshold
    return settings.costs.round_trip + edge.margin


def entries(weight: pd.Series, score: pd.Series, settings: Settings) -> pd.DataFrame:
    """Which candles may open a position: ``long`` and ``short``, booleans."""
    use: ModelUseSettings = settings.model_use
    wanted = weight.abs() >= settings.exposure.minimum_weight
    if settings.entry == "regime" and use.veto_below_score is not None:
        wanted &= ~(score * np.sign(weight) < use.veto_below_score)
    return pd.DataFrame({"long": wanted & (weight > 0), "short": wanted & (weight < 0)})


def exits(weight: pd.Series, expected_return: pd.Series, settings: Settings) -> pd.DataFrame:
    """Which candles close a position: ``long`` and ``short``, booleans.

    By regime: when the target no longer points that way. By edge: when the prediction turns against
    the position by the exit threshold; an absent prediction closes nothing (the stop stays).
    """
    if settings.entry == "regime":
        small = settings.exposure.minimum_weight
        return pd.DataFrame({"long": weight < small, "short": weight > -small})
    against = settings.edge.exit_threshold
    return pd.DataFrame({"long": expected_return < -against, "short": expected_return > against})


def signal_exits(buy: pd.Series, sell: pd.Series) -> pd.DataFrame:
    """Which candles close a position by the traded rule: longs where it says sell, shorts buy."""
    return pd.DataFrame({"long": sell == 1, "short": buy == 1})


#: Below every number that a tag is made from; and the places of four such numbers in one.
_UNKNOWN, _PLACES = -9, np.array([8000, 400, 20, 1])


def entry_tags(frame: pd.DataFrame, settings: Settings) -> pd.Series:
    """Words for freqtrade's tags: regime, expert, score, edge after cost; what is known of them.

    ``frame`` holds ``regime``, ``score``, ``weight``, ``expected_return`` and, with a model,
    ``model_expert``. Few different words, so that freqtrade's tables by tag stay readable: the
    score in steps of 0.2, the edge as ``-`` (below the round-trip cost), ``+`` (above it) or ``++``
    (by one more round trip).
    """
    names = ("regime", "model_expert", "score", "expected_return", "weight")
    absent = np.full(len(frame), np.nan)
    regime, expert, score, expected, weight = (
        frame[name].to_numpy(dtype=float) if name in frame else absent for name in names
    )
    edge, cost = expected * np.sign(weight), settings.costs.round_trip
    told = np.column_stack(
        [
            np.where(np.isin(regime, list(REGIME_NAMES)), regime, np.nan),
            np.where(np.isnan(expert), expert, expert != 0),
            np.round(np.clip(score, -1.0, 1.0) * 5),
            np.select([np.isnan(edge), edge <= cost, edge <= 2 * cost], [np.nan, 0, 1], 2),
        ]
    )
    # As one number a row, so that each of the few different tags is written once.
    digits = np.nan_to_num(told, nan=_UNKNOWN).astype(int) - _UNKNOWN
    _, rows, row_of = np.unique(digits @ _PLACES, return_index=True, return_inverse=True)
    tags = np.array([_tag(*told[row].tolist()) for row in rows], dtype=object)
    return pd.Series(tags[row_of], index=frame.index, dtype="str")


def _tag(regime: float, expert: float, score: float, edge: float) -> str:
    words = "unknown" if np.isnan(regime) else REGIME_NAMES[int(regime)]
    words += "" if np.isnan(expert) else " expert" if expert else " pooled"
    words += "" if np.isnan(score) else f" score {score / 5 + 0.0:+.1f}"  # no "-0.0"
    return words if np.isnan(edge) else words + " edge " + ("-", "+", "++")[int(edge)]
