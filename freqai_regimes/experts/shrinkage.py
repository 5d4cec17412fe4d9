"""How far an expert may move the pooled prediction: as far as purged rows show that it helps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Standard errors that a weight must lie above 0.
CAUTION = 2.0
#: Fewer blocks than this give no standard error worth the name.
FEWEST_BLOCKS = 6


@dataclass(frozen=True)
class Shrinkage:
    """What an expert was found worth beside the pooled model.

    Attributes
    ----------
    weight : in [0, 1]; prediction = pooled + weight * (expert - pooled).
    measured : least-squares weight before shrinkage; NaN where there was none to measure.
    standard_error : of ``measured``, from whole blocks of rows; NaN likewise.
    gain : share of the pooled model's squared error that ``weight`` saved on these rows.
    blocks : independent stretches of time among the rows.
    reason : one sentence.
    """

    weight: float
    measured: float
    standard_error: float
    gain: float
    blocks: int
    reason: str


def shrinkage(
    pooled: Floats, expert: Floats, outcome: Floats, block: npt.NDArray[np.int64]
) -> Shrinkage:
    """Weigh an expert against the pooled model on rows that neither was fitted on.

    With d = expert - pooled and u = outcome - pooled, the weight that leaves the least squared
    error is the combination weight of Bates and Granger,

        w = sum(d u) / sum(d^2),

    whose error is taken over blocks of rows (Liang and Zeger), because labels overlap and pairs
    move together:

        s^2 = G / (G - 1) * sum_g (sum_{i in g} d_i (u_i - w d_i))^2 / (sum d^2)^2.

    An expert that has nothing to add has w about 0 with deviation s. A positive part in the manner
    of James and Stein takes that away:

        weight = min(1, w max(0, 1 - (c s / w)^2)) if w > 0, else 0.

    Parameters
    ----------
    pooled, expert, outcome : shape (rows,), in the label's unit; all finite.
    block : number of the stretch of time that a row belongs to, the same for all pairs; stretches
        are longer than a label lives.

    Notes
    -----
    With c = 1 this is the empirical Bayes estimate of one mean whose prior variance is estimated as
    max(0, w^2 - s^2). Here c = 2 (``CAUTION``): every window asks for each regime and each learner,
    and one of three weights that are one error above 0 is chance. It does not beat the unshrunken
    weight everywhere; its mistake is the harmless one, the pooled model. A weight above 1 is cut
    off: an expert is never trusted beyond its own word.

    References
    ----------
    J. M. Bates and C. W. J. Granger, The combination of forecasts, OR Quarterly 20 (1969).
    B. Efron and C. Morris, Stein's estimation rule and its competitors, JASA 68 (1973).
    K.-Y. Liang and S. L. Zeger, Longitudinal data analysis using generalized linear models,
    Biometrika 73 (1986).

    >>> d = np.tile([1.0, -1.0], 30)
    >>> found = shrinkage(np.zeros(60), d, 0.5 * d, np.arange(60) // 6)
    >>> round(found.weight, 6), round(found.gain, 6)
    (0.5, 1.0)
    """
    blocks = len(np.unique(block))
    difference, left = expert - pooled, outcome - pooled
    spread = float((difference**2).sum())
    if blocks < FEWEST_BLOCKS or spread == 0.0:
        why = (
            f"{blocks} blocks of purged rows, {FEWEST_BLOCKS} needed to weigh it"
            if blocks < FEWEST_BLOCKS
            else "it says what the pooled model says"
        )
        return Shrinkage(0.0, float("nan"), float("nan"), 0.0, blocks, f"{why}: pooled model")
    measured = float((difference * left).sum()) / spread
    error = _block_error(difference * (left - measured * difference), block) / spread
    kept = max(0.0, 1 - (CAUTION * error / measured) ** 2) if measured > 0 else 0.0
    weight = min(1.0, measured * kept) if kept else 0.0
    saved = 1 - float(((left - weight * difference) ** 2).sum()) / float((left**2).sum())
    found = f"purged rows give it {measured:.2f} +- {error:.2f}"
    reason = f"weight {weight:.2f}: {found}" if weight else f"{found}: pooled model"
    return Shrinkage(weight, measured, error, saved, blocks, reason)


def _block_error(scores: Floats, block: npt.NDArray[np.int64]) -> float:
    """Root of the summed squares of the blocks' sums, for the blocks there are."""
    _, place = np.unique(block, return_inverse=True)
    sums = np.bincount(place, weights=scores)
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)))
