"""Whether features have left the distribution that a model was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from scipy import stats

BINS = 10
REPLICATES = 400
_MOST_BLOCKS = 256
#: Blocks that the training rows are cut into, at least: fewer cannot stand for one another.
_FEWEST_BLOCKS = 10
_MEMORIES = 4
_SOKAL = 5.0
_SHOWN = 3

Floats = npt.NDArray[np.float64]


class DriftOptions(BaseModel):
    """The alarm on features that drift."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: Literal["calibrated", "any_psi", "off"] = Field(
        "calibrated",
        description="calibrated: weighted by importance, at false_alarm_rate; any_psi: one feature "
        "above psi_limit is enough (source 004)",
    )
    watch_candles: int = Field(288, ge=20, description="last candles that are compared")
    false_alarm_rate: float = Field(
        0.05, gt=0, le=0.5, description="share of looks at unchanged features that raise the alarm"
    )
    psi_limit: float = Field(0.25, gt=0, description="for rule any_psi")


@dataclass(frozen=True)
class DriftReference:
    """Training rows as the alarm needs them: a few numbers a feature, no rows.

    Attributes
    ----------
    features : names.
    edges : inner edges of ``BINS`` bins with equal shares, by feature (list of lists).
    shares : share of training rows in each bin (ties make them unequal).
    weights : importance of each feature, sum 1.
    usual : population stability index of an unchanged feature over ``watch_candles``, on average.
    threshold : what the weighted index exceeds at the false-alarm rate, 1 being usual.
    watch_candles : rows that are compared at a time.
    """

    features: tuple[str, ...]
    edges: list[list[float]]
    shares: list[list[float]]
    weights: list[float]
    usual: list[float]
    threshold: float
    watch_candles: int

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> DriftReference:
        """From ``vars()`` of one, as it came back from JSON."""
        return cls(**{**stored, "features": tuple(stored["features"])})


@dataclass(frozen=True)
class DriftDecision:
    """Whether the last rows differ from the training rows, by how much, and where.

    Attributes
    ----------
    statistic, threshold : of the rule; NaN where nothing could be compared.
    largest : features with the largest indices.
    """

    drifted: bool
    reason: str
    statistic: float
    threshold: float
    largest: dict[str, float]


def reference(
    features: pd.DataFrame, importance: Mapping[str, float], options: DriftOptions, seed: int = 0
) -> DriftReference:
    """Bins of the training rows, and how far unchanged rows stray from them by chance.

    The chance is measured by a moving-block bootstrap (Künsch 1989): training rows and watched rows
    are both drawn again in blocks, so that features keep their memory and their ties to each other;
    limits for independent rows are crossed all the time by features that remember. Blocks span four
    times the longest memory of a feature that counts, at most the watched span or a tenth of the
    training rows. What the cuts between blocks hide is added by comparing with blocks of half the
    length (Politis and Romano 1995); that few blocks tell little about the tail, by an F quantile.

    Parameters
    ----------
    features : training rows in time order, of one pair; no NaN.
    importance : name -> share; features that are not named count nothing. All 0: equal shares.
    """
    values = features.to_numpy(dtype=float)
    quantiles = np.linspace(0, 1, BINS + 1)[1:-1]
    edges = np.quantile(values, quantiles, axis=0).T
    codes = _codes(values, edges)
    weights = np.array([float(importance.get(str(name), 0.0)) for name in features])
    weights = weights / weights.sum() if weights.sum() > 0 else np.full(len(weights), 1.0)
    weights = weights / weights.sum()
    usual, threshold = _limits(codes, weights, options, seed)
    return DriftReference(
        features=tuple(str(name) for name in features),
        edges=edges.tolist(),
        shares=_shares(_counts(codes)).tolist(),
        weights=weights.tolist(),
        usual=usual.tolist(),
        threshold=threshold,
        watch_candles=options.watch_candles,
    )


def drift(known: DriftReference, recent: pd.DataFrame, options: DriftOptions) -> DriftDecision:
    """Compare rows after the training window with it.

    Parameters
    ----------
    recent : rows in time order; the last ``watch_candles`` of them count, rows with NaN do not.
    """
    nan = float("nan")
    if options.rule == "off":
        return DriftDecision(False, "not watched", nan, nan, {})
    rows = recent.tail(known.watch_candles)[list(known.features)].to_numpy(dtype=float)
    rows = rows[~np.isnan(rows).any(axis=1)]
    if len(rows) < known.watch_candles:
        few = f"{len(rows)} rows since the training, {known.watch_candles} are compared"
        return DriftDecision(False, few, nan, nan, {})
    counts = _counts(_codes(rows, np.array(known.edges)))
    index = stability_index(np.array(known.shares), _shares(counts))
    order = np.argsort(-index)[:_SHOWN]
    largest = {known.features[at]: float(index[at]) for at in order}
    if options.rule == "any_psi":
        statistic, threshold = float(index.max()), options.psi_limit
    else:
        statistic = float((index / np.array(known.usual)) @ np.array(known.weights))
        threshold = known.threshold
    drifted = statistic > threshold
    words = ", ".join(f"{name} {value:.2f}" for name, value in largest.items())
    sign = ">" if drifted else "<="
    reason = f"index {statistic:.2f} {sign} {threshold:.2f} (largest: {words})"
    return DriftDecision(drifted, reason, statistic, threshold, largest)


def stability_index(shares: Floats, others: Floats) -> Floats:
    """Population stability index, the symmetrised Kullback-Leibler divergence of two histograms.

    >>> float(stability_index(np.array([0.5, 0.5]), np.array([0.25, 0.75])).round(4))
    0.2747
    """
    return np.asarray(((shares - others) * np.log(shares / others)).sum(axis=-1))


def _codes(values: Floats, edges: Floats) -> npt.NDArray[np.intp]:
    """Bin of each value, shape (rows, features)."""
    columns = [np.searchsorted(edges[at], values[:, at]) for at in range(values.shape[1])]
    return np.stack(columns, axis=1) if columns else np.empty((len(values), 0), dtype=np.intp)


def _counts(codes: npt.NDArray[np.intp]) -> Floats:
    """Rows in each bin, shape (features, BINS)."""
    return np.stack([np.bincount(column, minlength=BINS) for column in codes.T]).astype(float)


def _shares(counts: Floats) -> Floats:
    """Shares of bins; half a row more in each, so that none is 0."""
    more = counts + 0.5
    return np.asarray(more / more.sum(axis=-1, keepdims=True))


def _by_chance(codes: npt.NDArray[np.intp], watched: int, block: int, seed: int) -> Floats:
    """Indices of redrawn watched rows against redrawn training rows, (REPLICATES, features)."""
    random, rows = np.random.default_rng(seed), len(codes)
    starts = np.unique(np.linspace(0, rows - block, _MOST_BLOCKS).astype(int))
    even = np.full(len(starts), 1 / len(starts))

    def drawn(length: int) -> tuple[Floats, float]:
        blocks = max(round(length / block), 1)
        return random.multinomial(blocks, even, REPLICATES).astype(float), length / blocks / block

    of_training, of_watched = drawn(rows), drawn(watched)
    counts = np.empty((len(starts), codes.shape[1], BINS))
    for at, column in enumerate(codes.T):  # one feature at a time: all at once is gigabytes
        passed = np.zeros((rows + 1, BINS))
        passed[np.arange(1, rows + 1), column] = 1
        passed = passed.cumsum(axis=0)
        counts[:, at] = passed[starts + block] - passed[starts]
    one, other = (
        _shares(np.tensordot(chosen, counts, 1) * scale)
        for chosen, scale in (of_training, of_watched)
    )
    return stability_index(one, other)


def _memory(column: npt.NDArray[np.intp]) -> float:
    """Rows that are worth one independent row: 1 + 2 sum of autocorrelations (Sokal's window)."""
    centred = column - column.mean()
    spectrum = np.abs(np.fft.rfft(centred, 2 * len(centred))) ** 2
    covariance = np.fft.irfft(spectrum)[: len(centred)]
    if covariance[0] <= 0:
        return 1.0
    summed = 2 * np.cumsum(covariance / covariance[0]) - 1
    enough = np.arange(len(summed)) >= _SOKAL * summed
    return float(summed[np.argmax(enough)] if enough.any() else len(summed))


def _limits(
    codes: npt.NDArray[np.intp], weights: Floats, options: DriftOptions, seed: int
) -> tuple[Floats, float]:
    """Usual index of each unchanged feature, and the limit of the weighted one."""
    rows, watched = len(codes), options.watch_candles
    longest = max((_memory(column) for column, w in zip(codes.T, weights, strict=True) if w > 0))
    most = max(min(watched, rows // _FEWEST_BLOCKS), 1)
    block = int(np.clip(np.ceil(_MEMORIES * longest), 1, most))
    indices = _by_chance(codes, watched, block, seed)
    mean = np.maximum(indices.mean(axis=0), 1e-9)
    chance = (indices / mean) @ weights
    shape = 2 / max(float(chance.var()), 1e-12)
    units = max(rows / block - 1, 1.0)
    level = 1 - options.false_alarm_rate
    limit = max(float(np.quantile(chance, level)), float(stats.f.ppf(level, shape, shape * units)))
    half = _by_chance(codes, watched, max(block // 2, 1), seed).mean(axis=0)
    return np.maximum(2 * mean - half, mean), limit
