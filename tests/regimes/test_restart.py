"""A restarted bot, a backtest and a bot that ran all along agree, for each rule and transition."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from freqai_regimes.regimes.options import RULE_OPTIONS, RegimeSettings
from freqai_regimes.regimes.rule import regime_of, warm_up_candles
from tests.random_candles import random_candles

ROWS = 1200
CANDLES = random_candles(ROWS, 21, "4h")
SHORT: dict[str, Any] = {
    "average_candles": 30,
    "average_band": 0.01,
    "change_candles": 12,
    "confirmation_candles": 1,
}
RULES: dict[str, dict[str, Any]] = {
    "moving_average": {},
    "price_change": {"change_candles": 20, "band": 0.02},
    "macd": {"fast_candles": 9, "slow_candles": 20, "band": 0.004},
    "chop": {"window_candles": 20, "quantile_candles": 60},
    "hidden_markov": {"return_candles": 10, "train_candles": 120, "refit_candles": 40},
}
EACH = {name: {"rules": [{"rule": name, **options}]} for name, options in RULES.items()}
VOTE = {"rules": [part["rules"][0] for part in EACH.values()]}
INNER: dict[str, dict[str, Any]] = {
    "moving_average": {"average_inner_band": 0.002},
    "price_change": {"rules": [EACH["price_change"]["rules"][0] | {"inner_band": 0.005}]},
    "macd": {"rules": [EACH["macd"]["rules"][0] | {"inner_band": 0.001}]},
    "chop": {"rules": [EACH["chop"]["rules"][0] | {"inner_quantile": 0.3}]},
}
#: What depends on a fixed number of candles: known after the warm-up, whatever it is.
BOUNDED = {**EACH, "vote": VOTE, "soft vote": VOTE | {"soft": True}}
#: What depends on the last moment at which the state was certain: known from there on.
RESYNCHRONISED = {
    **{f"{name} with an inner band": one for name, one in INNER.items()},
    **{f"{name} confirmed": one | {"confirmation_candles": 4} for name, one in BOUNDED.items()},
    **{f"{name} with a dwell": one | {"minimum_dwell_candles": 9} for name, one in EACH.items()},
    "everything": VOTE
    | INNER["moving_average"]
    | {"soft": True, "confirmation_candles": 3, "minimum_dwell_candles": 6},
}


def settings_of(changes: dict[str, Any]) -> RegimeSettings:
    return RegimeSettings.model_validate(SHORT | changes)


def answer(settings: RegimeSettings, candles: pd.DataFrame) -> pd.DataFrame:
    return regime_of(candles, settings, settings.average_candles)


def test_each_rule_is_here() -> None:
    assert set(EACH) == set(RULE_OPTIONS)


@pytest.mark.parametrize("name", BOUNDED)
def test_after_the_warm_up_any_beginning_gives_the_same(name: str) -> None:
    settings = settings_of(BOUNDED[name])
    backtest, needed = answer(settings, CANDLES), warm_up_candles(settings, 30)
    assert set(backtest["regime"].dropna()) == {1.0, 0.0, -1.0}
    assert backtest[needed - 1 :].notna().all(axis=None)
    for begin in range(1, ROWS - needed, 61):
        restarted = answer(settings, CANDLES[begin:]).loc[begin + needed - 1 :]
        same(restarted, backtest.loc[restarted.index])
    for row in range(ROWS - 40, ROWS, 7):  # candle by candle, with just enough history
        live = answer(settings, CANDLES[row - needed + 1 : row + 1]).iloc[[-1]]
        same(live, backtest.loc[[row]])


@pytest.mark.parametrize("name", RESYNCHRONISED)
def test_a_restart_knows_less_for_a_while_and_never_anything_else(name: str) -> None:
    settings = settings_of(RESYNCHRONISED[name])
    backtest, needed = answer(settings, CANDLES), warm_up_candles(settings, 30)
    assert set(backtest["regime"].dropna()) == {1.0, 0.0, -1.0}
    late = []
    for begin in range(1, ROWS - needed - 300, 61):
        restarted = answer(settings, CANDLES[begin:])
        known = restarted["regime"].notna()
        same(restarted[known], backtest.loc[restarted.index][known])
        first = int(known.to_numpy().argmax())
        assert known[first:].all()
        late.append(first + 1 - needed)
    assert sorted(late)[len(late) // 2] <= 40 and max(late) < 300
    for row in range(ROWS - 40, ROWS, 7):
        live = answer(settings, CANDLES[: row + 1]).iloc[[-1]]
        same(live, backtest.loc[[row]])


def same(got: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(got, expected, check_exact=True)
