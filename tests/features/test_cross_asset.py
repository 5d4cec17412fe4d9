"""Relation to the leader: numbers by hand, numpy on single windows, the leader itself."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.features import cross_asset
from freqai_regimes.features.cross_asset import Options, generate
from tests import generator_checks
from tests.random_candles import random_candles

WINDOWS = (2, 7, 40)
OPTIONS = Options(windows_candles=WINDOWS, volatility_half_life_candles=5)


def with_leader(rows: int, seed: int = 1) -> pd.DataFrame:
    """Candles that follow the leader's half, and the leader's close beside them."""
    candles, leader = random_candles(rows, seed), random_candles(rows, seed + 50)["close"]
    for column in ("open", "high", "low", "close"):
        candles[column] *= (leader / 100) ** 0.5
    return candles.assign(btc_close=leader)


CANDLES = with_leader(300)


def by_hand(own: list[float], leader: list[float], options: Options) -> pd.DataFrame:
    """Generate from log returns after a first candle."""
    closes = {
        "close": 20 * np.exp(np.r_[0.0, own].cumsum()),
        "btc_close": 3e4 * np.exp(np.r_[0.0, leader].cumsum()),
    }
    return generate(pd.DataFrame(closes), options)


def test_numbers_by_hand() -> None:
    """Half-life 1: the unit weighs the last four squares 1, 2, 4, 8."""
    options = Options(windows_candles=(2,), volatility_half_life_candles=1)
    got = by_hand([0.03, -0.01, 0.02, 0.04], [0.01, 0.01, -0.01, 0.02], options).iloc[-1]
    unit = math.sqrt((1 * 0.03**2 + 2 * 0.01**2 + 4 * 0.02**2 + 8 * 0.04**2) / 15)
    assert got["relative_return_2"] == pytest.approx((0.06 - 0.01) / (unit * math.sqrt(2)))
    assert got["volatility_ratio_2"] == pytest.approx(math.log(0.0020 / 0.0005) / 2)
    assert got["correlation_2"] == pytest.approx(1.0)
    assert got["beta_2"] == pytest.approx(0.02 / 0.03)


def test_opposite_and_larger_moves() -> None:
    leader = np.random.default_rng(3).normal(0, 0.01, 60)
    got = by_hand(list(-3 * leader), list(leader), OPTIONS).iloc[40:]
    assert np.allclose(got["beta_40"], -3) and np.allclose(got["correlation_40"], -1)
    assert np.allclose(got["volatility_ratio_40"], math.log(3))
    assert got["correlation_40"].ge(-1).all()


@pytest.mark.parametrize("window", WINDOWS)
def test_each_window_is_that_of_numpy(window: int) -> None:
    moves = pd.DataFrame(np.log(CANDLES[["close", "btc_close"]])).diff()
    got = generate(CANDLES, OPTIONS)
    for row in range(41, 300, 20):
        own, market = moves.iloc[row - window + 1 : row + 1].to_numpy().T
        if not own.std() * market.std():
            continue
        covariance = np.cov(own, market)
        at = got.loc[row]
        assert at[f"beta_{window}"] == pytest.approx(covariance[0, 1] / covariance[1, 1])
        expected = np.corrcoef(own, market)[0, 1]
        assert at[f"correlation_{window}"] == pytest.approx(expected, abs=1e-9)
        ratio = math.sqrt((own**2).mean() / (market**2).mean())
        assert at[f"volatility_ratio_{window}"] == pytest.approx(math.log(ratio), abs=1e-9)


def test_the_leader_compared_with_itself() -> None:
    candles = random_candles(300, seed=8)
    got = generate(candles.assign(btc_close=candles["close"]), OPTIONS).iloc[41:]
    for window in WINDOWS:
        for name, value in {"volatility_ratio": 0, "correlation": 1, "beta": 1}.items():
            known = got[f"{name}_{window}"].dropna()
            assert len(known) > 230 and (known == value).all()
        assert (got[f"relative_return_{window}"] == 0).all()


def test_where_nothing_moves() -> None:
    moves, still = list(np.random.default_rng(4).normal(0, 0.01, 60)), [0.0] * 60
    leader_still = by_hand(moves, still, OPTIONS).iloc[41:]
    assert leader_still.filter(regex="ratio|correlation|beta").isna().all(axis=None)
    assert leader_still["relative_return_7"].notna().all()
    pair_still = by_hand(still, moves, OPTIONS).iloc[41:]
    assert (pair_still["beta_7"] == 0).all()
    assert pair_still.drop(columns=["beta_2", "beta_7", "beta_40"]).isna().all(axis=None)


def test_a_missing_leader_is_unknown_as_long_as_a_window_sees_it() -> None:
    candles = with_leader(300, seed=2)
    before = generate(candles, OPTIONS).isna()
    candles.loc[[*range(50), 200], "btc_close"] = [np.nan] * 50 + [0.0]
    unknown = generate(candles, OPTIONS).isna()
    assert unknown.iloc[:50].all(axis=None)
    rows = unknown.index[unknown["beta_7"] & ~before["beta_7"]].tolist()
    assert rows == [*range(7, 57), *range(200, 208)]
    rows = unknown.index[unknown["relative_return_7"] & ~before["relative_return_7"]].tolist()
    assert rows == [*range(20, 57), 200, 207]


def test_other_prefix() -> None:
    renamed = CANDLES.rename(columns={"btc_close": "eth/usdt close"})
    other = OPTIONS.model_copy(update={"leader_prefix": "eth/usdt "})
    pd.testing.assert_frame_equal(generate(renamed, other), generate(CANDLES, OPTIONS))


def test_a_leader_that_is_not_there_says_what_brings_it() -> None:
    with pytest.raises(
        SettingsError,
        match=r"^cross_asset asks for btc_close, which.*there are date, open, high, low, close, "
        r"volume\. Add the leader as a source of kind pair with prefix 'btc_'",
    ):
        generate(random_candles(5), OPTIONS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"windows_candles": [1]}, "greater than or equal to 2"),
        ({"windows_candles": [3, 3]}, r"got \[3, 3\]: name each only once"),
        ({"windows_candles": [3], "leader_prefix": ""}, "at least 1 character"),
        ({"windows_candles": [3], "leader": "BTC/USDT"}, "leader"),
    ],
)
def test_options_that_make_no_sense(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Options.model_validate({"generator": "cross_asset", **given})


def test_no_row_knows_later_ones() -> None:
    generator_checks.check_rows_stand_alone(
        cross_asset, OPTIONS, CANDLES, [0, 1, 2, 7, 20, 21, 40, 41, 200, 298]
    )


@pytest.mark.parametrize(("windows", "warm_up"), [(WINDOWS, 40), ((2, 7), 20)])
def test_history_is_forgotten_to_the_bit(windows: tuple[int, ...], warm_up: int) -> None:
    options = Options(windows_candles=windows, volatility_half_life_candles=5)
    assert cross_asset.warm_up_candles(options) == warm_up
    generator_checks.check_history_is_forgotten(cross_asset, options, CANDLES, [1, 7, 100])


def test_frame() -> None:
    generator_checks.check_frame(cross_asset, OPTIONS, CANDLES)
    generator_checks.check_price_units(cross_asset, OPTIONS, CANDLES)
    generator_checks.check_too_few_rows(cross_asset, OPTIONS, CANDLES)
