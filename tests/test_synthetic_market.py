"""The paths of the built-in market: what is planted is there, and nothing else is."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from freqai_regimes.candles import check_candles
from freqai_regimes.errors import SettingsError
from freqai_regimes.synthetic_market import (
    SPELL_DRIFT,
    MarketSpec,
    allowed_rank_correlation,
    greatest_strength,
    simulate,
)
from freqai_regimes.synthetic_market.planted_signal import pull_for

BTC = "BTC/USDT"
ONE = MarketSpec(pairs=(BTC,), days=600, spell_days=0)
NULL_SEEDS = range(40)


def assert_mean(samples: list[float] | np.ndarray, expected: float, errors: float = 3.5) -> None:
    """Mean of independent samples within its standard error of what is expected."""
    error = np.std(samples, ddof=1) / math.sqrt(len(samples))
    assert abs(np.mean(samples) - expected) < errors * error, (np.mean(samples), expected, error)


@pytest.mark.parametrize("timeframe", ["5m", "1h", "1d"])
def test_candles_are_sound_and_open_at_the_previous_close(timeframe: str) -> None:
    spec = MarketSpec(timeframe=timeframe, timeframes=(timeframe,), days=90, annual_volatility=2.0)
    for pair, path in simulate(spec).items():
        check_candles(path.candles, pair)
        assert len(path.candles) == 90 * spec.candles_per_day
        assert (path.candles["open"][1:].to_numpy() == path.candles["close"][:-1].to_numpy()).all()
        assert path.candles["date"].iloc[0] == pd.Timestamp("2023-01-01", tz="UTC")


def test_prices_stay_positive_when_the_market_collapses() -> None:
    spec = replace(ONE, days=3000, annual_volatility=5.0, timeframe="1d", timeframes=("1d",))
    candles = simulate(spec)[BTC].candles
    assert candles["close"].iloc[-1] == candles["low"].min() == 0.01  # worth less than a tick
    check_candles(candles, BTC)


def test_other_pairs_and_more_days_leave_a_path_as_it_is() -> None:
    spec = MarketSpec(pairs=(BTC,), days=50, signal_strength=0.2)
    alone = simulate(spec)[BTC]
    among = simulate(replace(spec, pairs=("SOL/USDT", BTC)))[BTC]
    longer = simulate(replace(spec, days=80))[BTC]
    pd.testing.assert_frame_equal(alone.candles, among.candles, check_exact=True)
    pd.testing.assert_frame_equal(alone.truth, among.truth, check_exact=True)
    pd.testing.assert_frame_equal(alone.candles, longer.candles[: 50 * 24], check_exact=True)
    pd.testing.assert_frame_equal(alone.truth, longer.truth[: 50 * 24], check_exact=True)
    other = simulate(replace(spec, seed=2))[BTC]
    assert not alone.candles["close"].equals(other.candles["close"])


# --- spells ---


def test_spells_have_the_stated_mean_length_and_are_never_short() -> None:
    spec = replace(
        ONE, timeframe="1d", timeframes=("1d",), start="1970-01-01", days=100_000, spell_days=60.0
    )
    spell = simulate(spec)[BTC].truth["spell"]
    lengths = spell.groupby((spell != spell.shift()).cumsum()).size().to_numpy()[:-1]
    assert lengths.min() >= 20
    assert_mean(lengths, 60.5)  # each is rounded up to a whole candle
    shares = spell.value_counts(normalize=True)
    assert shares.between(0.28, 0.39).all() and len(shares) == 3


def test_prices_drift_as_their_spell_says() -> None:
    per_seed: dict[int, list[float]] = {1: [], 0: [], -1: []}
    for seed in range(40):
        path = simulate(replace(ONE, seed=seed, spell_days=60.0))[BTC]
        simple = np.expm1(path.truth["log_return"])
        for kind, mean in simple.groupby(path.truth["spell"]).mean().items():
            per_seed[int(kind)].append(mean * 8760)
    assert SPELL_DRIFT == {1: 2.0, 0: 0.0, -1: -1.6}
    for kind, means in per_seed.items():
        assert_mean(means, SPELL_DRIFT[kind])


def test_a_50_day_average_sees_the_spells() -> None:
    above: dict[int, list[bool]] = {1: [], -1: []}
    for seed in range(40):
        spec = replace(ONE, seed=seed, timeframe="1d", timeframes=("1d",), spell_days=60.0)
        path = simulate(spec)[BTC]
        close, spell = path.candles["close"], path.truth["spell"]
        age_days = spell.groupby((spell != spell.shift()).cumsum()).cumcount()
        over = (close > close.rolling(50).mean())[(age_days > 20) & (close.index > 49)]
        for kind, days in above.items():
            days.extend(over[spell == kind])
    assert len(above[1]) > 2000 and len(above[-1]) > 2000
    assert np.mean(above[1]) > 0.78 and np.mean(above[-1]) < 0.22


def test_all_pairs_share_the_spells() -> None:
    paths = list(simulate(MarketSpec(days=200)).values())
    assert paths[0].truth["spell"].equals(paths[1].truth["spell"])
    assert paths[0].truth["spell"].nunique() > 1


# --- volatility and volume ---


@pytest.mark.parametrize("timeframe", ["1h", "4h", "1d"])
def test_annual_volatility_is_the_stated_one_in_any_timeframe(timeframe: str) -> None:
    squared = []
    for seed in range(40):
        spec = replace(ONE, seed=seed, timeframe=timeframe, timeframes=(timeframe,))
        truth = simulate(spec)[BTC].truth
        squared.append((truth["log_return"] ** 2).mean() * 365 * spec.candles_per_day)
    assert_mean(squared, 0.6**2)


def test_volatility_clusters_and_the_known_volatility_scales_the_returns() -> None:
    truth = simulate(replace(ONE, days=1200))[BTC].truth
    size = truth["log_return"].abs()
    assert size.autocorr(1) > 0.15 and size.autocorr(24) > 0.08
    assert stats.kurtosis(truth["log_return"]) > 2
    scaled = (truth["log_return"] / truth["volatility"].shift())[1:]
    assert scaled.std() == pytest.approx(1, abs=0.02) and abs(stats.kurtosis(scaled)) < 0.2
    assert abs(scaled.abs().autocorr(1)) < 0.03


def test_pairs_move_together_as_stated() -> None:
    spec = MarketSpec(
        days=600,
        spell_days=0,
        correlation=0.5,
        annual_volatility=(0.5, 0.7, 1.0),
        pairs=("BTC/USDT", "ETH/USDT", "XRP/USDT"),
    )
    returns = pd.DataFrame({pair: p.truth["log_return"] for pair, p in simulate(spec).items()})
    correlations = returns.corr().to_numpy()[np.triu_indices(3, 1)]
    assert correlations == pytest.approx([0.5] * 3, abs=0.05)
    assert (returns.std() / returns.std().iloc[0]).tolist() == pytest.approx([1, 1.4, 2], rel=0.05)


def test_volume_rises_with_volatility_and_in_the_afternoon() -> None:
    path = simulate(replace(ONE, days=1200))[BTC]
    volume = np.log(path.candles["volume"])
    assert volume.corr(path.truth["log_return"].abs()) > 0.15
    by_hour = volume.groupby(path.candles["date"].dt.hour).mean()
    assert by_hour.idxmax() in (13, 14, 15, 16) and by_hour.idxmin() in (1, 2, 3, 4)
    daily = replace(ONE, timeframe="1d", timeframes=("1d",))
    dollars = simulate(daily)[BTC].candles["volume"].median() * 40_000
    assert dollars == pytest.approx(1.5e9, rel=0.5)


# --- signal ---


def test_pull_and_greatest_strength_agree_with_paper() -> None:
    # H = 1: the correlation is the pull itself, rho = 2 sin(pi * 0.3 / 6).
    assert pull_for(0.3, 1) == pytest.approx(0.312869, abs=1e-6)
    # H = 2, phi = 0.7071: A = 1.70711, V = 3.41421; b^2 = 0.195774 / (2.914214 - 0.138433).
    assert pull_for(0.3, 2) == pytest.approx(math.sqrt(0.195774 / 2.775781), abs=1e-5)
    assert greatest_strength(2) == pytest.approx(6 / math.pi * math.asin(0.923880 / 2), abs=1e-5)
    assert pull_for(0, 18) == 0
    assert pull_for(greatest_strength(18), 18) == pytest.approx(1)


@pytest.mark.parametrize("strength", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("horizon", [1, 18])
def test_the_stated_rank_correlation_is_reached(strength: float, horizon: int) -> None:
    spec = replace(ONE, signal_strength=strength, signal_horizon_candles=horizon)
    reached = [
        allowed_rank_correlation(simulate(replace(spec, seed=seed))[BTC].truth, horizon)
        for seed in range(30)
    ]
    assert_mean(reached, strength)
    assert np.std(reached) < 0.05


def test_allowed_rank_correlation_of_a_small_truth_by_hand() -> None:
    truth = pd.DataFrame(
        {
            "signal": [0.9, -0.5, -0.1, 7.0, 7.0],
            "direction": [1, 1, 1, 1, 1],
            "log_return": [9.0, 2.0, 0.5, 1.0, 0.25],
            "volatility": [1.0, 0.5, 2.0, 0.25, 1.0],
        }
    )
    # Parts: 2, 1, 0.5, 1 -> sums over two: 3, 1.5, 1.5 (tied); ranks 3, 1.5, 1.5 against 3, 1, 2.
    assert allowed_rank_correlation(truth, 2) == pytest.approx(math.sqrt(3) / 2)
    truth["direction"] = -1
    assert allowed_rank_correlation(truth, 2) == pytest.approx(-math.sqrt(3) / 2)


def test_expected_return_is_the_mean_of_the_next_one() -> None:
    slopes, errors = [], []
    for seed in range(20):
        truth = simulate(replace(ONE, seed=seed, signal_strength=0.4, spell_days=40.0))[BTC].truth
        expected = truth["expected_next_return"].to_numpy()[:-1]
        weight = truth["volatility"].to_numpy()[:-1] ** -2
        simple = np.expm1(truth["log_return"].to_numpy()[1:])
        slopes.append((weight * expected * simple).sum() / (weight * expected**2).sum())
        errors.append(simple.mean() - expected.mean())
    assert_mean(slopes, 1.0)
    assert_mean(errors, 0.0)


@pytest.mark.parametrize("horizon", [1, 2, 5, 18, 100, 1000])
def test_at_the_greatest_strength_the_next_return_is_certain(horizon: int) -> None:
    most = greatest_strength(horizon)
    spec = replace(ONE, signal_strength=most, signal_horizon_candles=horizon, spell_days=30.0)
    truth = simulate(spec)[BTC].truth
    simple = np.expm1(truth["log_return"].to_numpy()[1:])
    np.testing.assert_allclose(truth["expected_next_return"][:-1], simple, rtol=0, atol=1e-7)


def observable_features(candles: pd.DataFrame, horizon: int) -> pd.DataFrame:
    location = (candles["close"] - candles["low"]) / (candles["high"] - candles["low"])
    spread = pd.Series(np.log(candles["high"] / candles["low"]))
    span = 14 * horizon
    return pd.DataFrame(
        {
            "volume": np.log(candles["volume"] / candles["volume"].rolling(span).mean()),
            "location": location.ewm(halflife=horizon).mean(),
            "range": np.log(spread / spread.rolling(span).mean()),
        }
    )


@pytest.mark.parametrize("strength", [0.0, 0.3])
def test_simple_features_of_closed_candles_recover_the_signal(strength: float) -> None:
    for pair, path in simulate(MarketSpec(days=600, signal_strength=strength)).items():
        features = observable_features(path.candles, 18)[252:]
        signal = path.truth["signal"][252:].to_numpy()
        design = np.column_stack([np.ones(len(features)), features])
        half = len(design) // 2  # fitted on the first half, judged on the second
        weights = np.linalg.lstsq(design[:half], signal[:half])[0]
        assert np.corrcoef(design[half:] @ weights, signal[half:])[0, 1] > 0.8, pair


def test_signal_by_spell_pulls_the_other_way_in_bear_spells() -> None:
    spec = replace(ONE, days=2000, signal_strength=0.3, spell_days=40.0, signal_by_spell=True)
    truth = simulate(spec)[BTC].truth
    after = (truth["log_return"].shift(-1) / truth["volatility"])[:-1]
    in_bear = truth["spell"].shift(-1)[:-1] == -1
    assert after[in_bear].corr(truth["signal"][:-1][in_bear]) < -0.05
    assert after[~in_bear].corr(truth["signal"][:-1][~in_bear]) > 0.05
    assert 0.22 < allowed_rank_correlation(truth, 18) < 0.36
    assert (simulate(replace(spec, signal_by_spell=False))[BTC].truth["direction"] == 1).all()


def test_a_signal_that_only_who_knows_the_spell_can_use() -> None:
    spec = replace(ONE, days=2000, signal_strength=0.3, spell_days=40.0, signal_by_spell=True)
    truth = simulate(replace(spec, signal_in_sideways=0.0))[BTC].truth
    spell = truth["spell"].shift(-1)[:-1]
    assert (truth["direction"][:-1] == spell).all()
    after = (truth["log_return"].shift(-1) / truth["volatility"])[:-1]
    found = [after[spell == kind].corr(truth["signal"][:-1][spell == kind]) for kind in (1, 0, -1)]
    assert found[0] > 0.05 and abs(found[1]) < 0.03 and found[2] < -0.05
    assert after[spell == 0].std() == pytest.approx(1.0, abs=0.02)  # noise fills what is missing


# --- nothing to earn ---


def null_paths() -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    paths = [simulate(replace(ONE, seed=seed))[BTC] for seed in NULL_SEEDS]
    return [(path.candles, path.truth) for path in paths]


def signal_profit(truth: pd.DataFrame) -> float:
    """Mean simple return of holding the side of the hidden signal, in mean volatilities."""
    side = np.sign(truth["signal"].to_numpy()[:-1])
    return float((side * np.expm1(truth["log_return"].to_numpy()[1:])).mean() / 0.0064)


def test_without_signal_and_spells_nothing_can_be_earned() -> None:
    paths = null_paths()
    assert_mean([(c["close"] / c["open"] - 1).mean() for c, _ in paths], 0.0)
    assert_mean([signal_profit(truth) for _, truth in paths], 0.0)
    for lag in (1, 2, 24):
        assert_mean([truth["log_return"].autocorr(lag) for _, truth in paths], 0.0)
    by_volatility = [
        np.expm1(t["log_return"])[1:].corr(t["volatility"].shift()[1:]) for _, t in paths
    ]
    assert_mean(by_volatility, 0.0)


def test_the_same_measure_finds_a_weak_signal() -> None:
    profits = [
        signal_profit(simulate(replace(ONE, seed=seed, signal_strength=0.1))[BTC].truth)
        for seed in NULL_SEEDS
    ]
    assert np.mean(profits) > 5 * np.std(profits, ddof=1) / math.sqrt(len(profits))


@pytest.mark.parametrize("side", [-1, 1])
def test_stop_and_limit_orders_inside_the_candle_earn_nothing_either(side: int) -> None:
    for known in (-1, 0, 1):  # also for someone who knows the hidden signal
        means = []
        for candles, truth in null_paths():
            level = candles["open"].to_numpy() * (1 + side * 0.004)
            extreme = candles["high" if side == 1 else "low"].to_numpy()
            filled = side * (extreme - level) >= 0
            before = truth["signal"].shift(fill_value=0.0).to_numpy()
            chosen = filled & ((known == 0) | (known * before > 0.5))
            means.append((candles["close"].to_numpy()[chosen] / level[chosen] - 1).mean())
        assert_mean(means, 0.0)


# --- refused ---


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"pairs": ()}, "at least one pair"),
        ({"pairs": "BTC/USDT"}, "a list"),
        ({"pairs": ("BTC/USDT:USDT",)}, "spot names such as 'BTC/USDT'"),
        ({"pairs": ("../x/USDT",)}, "spot names"),
        ({"pairs": (BTC, BTC)}, "each named once"),
        ({"timeframe": "7m"}, "divides a day"),
        ({"timeframe": "1w"}, "divides a day"),
        ({"timeframe": "hourly"}, "use a number and m, h, d or w"),
        ({"timeframes": ()}, "at least one timeframe"),
        ({"timeframes": ("1h", "1h")}, "each named once"),
        ({"timeframes": ("90m",)}, "multiples of timeframe 1h"),
        ({"timeframes": ("1w",), "days": 13}, "a candle fits in 13 day"),
        ({"start": "20230101"}, "YYYY-MM-DD"),
        ({"start": "2023-02-30"}, "a day that exists"),
        ({"start": "2261-12-01", "days": 60}, "ending before 2262"),
        ({"days": 0}, "at least 1"),
        ({"days": 30.5}, "a whole number"),
        ({"days": True}, "a whole number"),
        ({"days": 10_000_000}, "at most 5000000 candles"),
        ({"seed": -1}, "at least 0"),
        ({"signal_strength": -0.1}, "from 0 to 0.806"),
        ({"signal_strength": 0.81}, "from 0 to 0.806"),
        ({"signal_strength": math.nan}, "from 0 to 0.806"),
        ({"signal_strength": "0.1"}, "a number"),
        ({"signal_horizon_candles": 0}, "at least 1"),
        ({"signal_horizon_candles": 240, "days": 10}, "below 240"),
        ({"signal_by_spell": "false"}, "true or false"),
        ({"signal_in_sideways": 1.5}, "-1 to 1"),
        ({"signal_in_sideways": "0"}, "a number"),
        ({"spell_days": -1.0}, "0 (none), or at least 0.125"),
        ({"spell_days": 0.1}, "at least 0.125"),
        ({"spell_days": math.inf}, "at least 0.125"),
        ({"gaps": 61, "days": 10}, "at most 60"),
        ({"futures": True, "timeframe": "4h", "timeframes": ("4h",)}, "1h or finer"),
        ({"annual_volatility": 0.0}, "fractions above 0"),
        ({"annual_volatility": 60}, "fractions above 0 and up to 5"),
        ({"annual_volatility": (0.5, 0.6)}, "one or one a pair"),
        ({"annual_volatility": "0.5"}, "one or one a pair"),
        ({"correlation": 1.01}, "0 to 1"),
    ],
)
def test_what_cannot_be_built_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        replace(MarketSpec(), **changed)
    assert said in str(refused.value)
    assert any(f"{name} of the market" in str(refused.value) for name in changed)
    assert "\n" not in str(refused.value)
