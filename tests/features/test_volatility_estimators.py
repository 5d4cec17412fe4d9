"""Range-based volatility: candles by hand, TA-Lib's true range, and a walk of known volatility."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import talib
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.features import volatility_estimators
from freqai_regimes.features.volatility_estimators import Options, generate
from tests import generator_checks
from tests.random_candles import random_candles

CANDLES = random_candles(400, seed=12)
THREE = Options(windows_candles=(1, 6, 48))
RANGED = ("parkinson", "garman_klass", "rogers_satchell")
VOLATILITY = 0.02


def of_logs(*rows: tuple[float, float, float, float]) -> pd.DataFrame:
    """Candles whose open, high, low and close have these logarithms."""
    return pd.DataFrame(np.exp(rows), columns=["open", "high", "low", "close"])


def diffusion(candles: int, drift: float, seed: int) -> pd.DataFrame:
    """Brownian candles of known volatility, 40 steps each.

    Between two steps the extreme of a Brownian bridge is drawn from its own distribution, so that
    high and low are those of a continuous path and not of 40 points.
    """
    rng, steps = np.random.default_rng(seed), 40
    moves = rng.normal(drift / steps, VOLATILITY / math.sqrt(steps), (candles, steps))
    ends = moves.cumsum(axis=1)
    beyond = [
        np.sqrt(moves**2 - 2 * VOLATILITY**2 / steps * np.log(rng.random(moves.shape)))
        for _ in range(2)
    ]
    highest = (ends - moves + (moves + beyond[0]) / 2).max(axis=1)
    lowest = (ends - moves + (moves - beyond[1]) / 2).min(axis=1)
    opened = np.r_[0.0, ends[:-1, -1].cumsum()]
    logs = np.c_[opened, opened + highest, opened + lowest, opened + ends[:, -1]]
    return pd.DataFrame(np.exp(logs), columns=["open", "high", "low", "close"])


def variances(candles: pd.DataFrame) -> pd.DataFrame:
    """Estimates of the variance in units of the true one, candle by candle."""
    got = generate(candles, Options(windows_candles=(1,))).iloc[1:] / VOLATILITY
    return got.drop(columns="atr_1").rename(columns=lambda name: name.removesuffix("_1")) ** 2


def test_one_candle_by_hand() -> None:
    candles = of_logs((0.0, 0.01, -0.01, 0.0), (0.02, 0.05, 0.01, 0.04))
    got = generate(candles, Options(windows_candles=(1,)))
    assert got.iloc[1].to_dict() == pytest.approx(
        {
            "realised_1": 0.04,
            "parkinson_1": 0.04 / 1.6651092223153954,  # 2 * sqrt(ln 2)
            "garman_klass_1": math.sqrt(0.0008 - 0.3862943611198906 * 0.0004),
            "rogers_satchell_1": math.sqrt(0.01 * 0.03 + 0.03 * 0.01),
            "atr_1": 0.05,  # from the close before, 0, to the high
        },
        rel=1e-9,
    )
    assert got.iloc[0].isna().to_dict() == {
        "realised_1": True,
        "parkinson_1": False,
        "garman_klass_1": False,
        "rogers_satchell_1": False,
        "atr_1": True,
    }


def test_a_window_is_the_root_of_the_mean_square_and_the_mean_true_range() -> None:
    one, six = Options(windows_candles=(1,)), Options(windows_candles=(6,))
    each, got = generate(CANDLES, one), generate(CANDLES, six)
    for name in ("realised", *RANGED):
        expected = np.sqrt((each[f"{name}_1"] ** 2).rolling(6).mean())
        assert np.allclose(got[f"{name}_6"], expected, rtol=1e-9, equal_nan=True)
    assert np.allclose(got["atr_6"], each["atr_1"].rolling(6).mean(), rtol=1e-9, equal_nan=True)


def test_true_range_is_that_of_talib_on_logarithms() -> None:
    logs = np.log(CANDLES[["high", "low", "close"]])
    expected = talib.SMA(talib.TRANGE(logs["high"], logs["low"], logs["close"]).iloc[1:], 9)
    got = generate(CANDLES, Options(estimators=("atr",), windows_candles=(9,)))["atr_9"]
    assert np.allclose(got.iloc[9:], expected.iloc[8:], rtol=1e-9)


def test_a_diffusion_without_drift_is_estimated_without_bias_and_better_by_its_range() -> None:
    """Expected efficiencies from the papers: 4.91 and 7.41; Rogers and Satchell's is 6.0."""
    rows = 40_000
    estimates = variances(diffusion(rows, drift=0.0, seed=1))
    errors = estimates.std() / math.sqrt(len(estimates))
    assert ((estimates.mean() - 1).abs() < 4 * errors).all()
    assert (errors < 0.01).all()
    efficiency = estimates["realised"].var() / estimates.var()
    expected = {"parkinson": 4.91, "garman_klass": 7.41, "rogers_satchell": 6.0}
    assert efficiency[list(expected)].to_dict() == pytest.approx(expected, rel=0.08)


def test_a_drift_misleads_all_but_rogers_and_satchell() -> None:
    estimates = variances(diffusion(20_000, drift=VOLATILITY, seed=2))
    error = 4 * estimates.std() / math.sqrt(len(estimates))
    bias = estimates.mean() - 1
    assert abs(bias["rogers_satchell"]) < error["rogers_satchell"]
    for name in ("realised", "parkinson", "garman_klass"):
        assert bias[name] > 2 * error[name], name
    assert bias["realised"] == pytest.approx(1.0, abs=0.1)  # drift squared


def test_the_range_of_a_candle_is_about_one_and_six_tenths_of_its_deviation() -> None:
    got = generate(diffusion(20_000, drift=0.0, seed=3), Options(windows_candles=(19_000,)))
    expected = VOLATILITY * math.sqrt(8 / math.pi)  # Feller 1951
    assert got["atr_19000"].iloc[-1] == pytest.approx(expected, rel=0.02)


def test_a_price_that_does_not_move_has_no_volatility() -> None:
    still = pd.DataFrame(0.1, index=range(20), columns=["open", "high", "low", "close"])
    still.loc[:4] *= [1.0, 1.5, 0.5, 1.2]
    assert (generate(still, Options(windows_candles=(6,))).iloc[11:] == 0).all(axis=None)


@pytest.mark.parametrize("damaged", [0.0, -1.0, np.nan])
def test_a_price_that_is_none_is_unknown_as_long_as_a_window_sees_it(damaged: float) -> None:
    candles = CANDLES.copy()
    candles.loc[200, "close"] = damaged
    got = generate(candles, Options(windows_candles=(4,))).iloc[4:]
    unknown = {name: got.index[got[name].isna()].tolist() for name in got}
    assert unknown == {
        "realised_4": [*range(200, 205)],
        "parkinson_4": [],
        "garman_klass_4": [*range(200, 204)],
        "rogers_satchell_4": [*range(200, 204)],
        "atr_4": [*range(201, 205)],
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "windows_candles"),
        ({"windows_candles": [0]}, "greater than or equal to 1"),
        ({"windows_candles": [7, 7]}, r"got \[7, 7\]: name each only once"),
        ({"windows_candles": [7], "estimators": ["yang_zhang"]}, "Input should be 'realised'"),
        ({"windows_candles": [7], "estimators": []}, "at least 1 item"),
    ],
)
def test_options_that_make_no_sense(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Options.model_validate({"generator": "volatility", **given})


def test_missing_columns() -> None:
    with pytest.raises(SettingsError, match="volatility asks for open, low, which the candles"):
        generate(CANDLES.drop(columns=["open", "low"]), THREE)


def test_no_row_knows_later_ones() -> None:
    generator_checks.check_rows_stand_alone(
        volatility_estimators, THREE, CANDLES, [0, 1, 5, 6, 47, 48, 300, 398]
    )


@pytest.mark.parametrize("estimators", [RANGED, ("realised",), ("atr", "parkinson")])
def test_history_is_forgotten_to_the_bit(
    estimators: tuple[volatility_estimators.Estimator, ...],
) -> None:
    options = Options(estimators=estimators, windows_candles=(48, 6))
    expected = 47 if estimators == RANGED else 48
    assert volatility_estimators.warm_up_candles(options) == expected
    generator_checks.check_history_is_forgotten(
        volatility_estimators, options, CANDLES, [1, 7, 100]
    )


def test_frame() -> None:
    generator_checks.check_frame(volatility_estimators, THREE, CANDLES)
    generator_checks.check_price_units(volatility_estimators, THREE, CANDLES)
    generator_checks.check_too_few_rows(
        volatility_estimators, Options(windows_candles=(5, 48)), CANDLES
    )
