"""Bull above a band around zero, bear below it: the state, and how probable by distance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from freqai_regimes.regimes.hysteresis import held_state
from freqai_regimes.regimes.probabilities import certain, doubtful


def band_regime(
    distance: pd.Series, band: float, inner_band: float | None, *, soft: bool
) -> pd.DataFrame:
    """``REGIME_COLUMNS`` of a distance that is positive in bull and negative in bear markets.

    Parameters
    ----------
    distance : fraction; NaN unknown.
    band : beyond it the state is bull (bear).
    inner_band : the state is left again where the distance is no longer beyond this; None: at
        ``band``.
    soft : the probability of bull (bear) grows with the distance from 0 at zero to 1 at the band.
        Otherwise it is 1 for the state.

    Returns
    -------
    Same index; row t uses distances <= t; NaN where the state is unknown.
    """
    inner = band if inner_band is None else inner_band
    state = held_state(
        distance > band, distance < -band, distance > inner, distance < -inner, distance.notna()
    )
    if not soft:
        return certain(state)
    return doubtful(state, bull=reach(distance, band), bear=reach(-distance, band))


def reach(distance: pd.Series, band: float) -> pd.Series:
    """How far a distance reaches into its band: 0 at zero, 1 at the band and beyond it.

    >>> reach(pd.Series([-0.01, 0.005, 0.02, 0.03]), 0.02).tolist()
    [0.0, 0.25, 1.0, 1.0]
    """
    if band == 0:
        return (distance > 0).astype(float).where(distance.notna())
    share: pd.Series = (distance / band).clip(0.0, 1.0)
    return share.where(np.isfinite(distance))
