"""Each cause of a differing candle is named from its evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from freqai_regimes.errors import RegimesError
from freqai_regimes.parity.causes import Cause
from freqai_regimes.parity.compare import compare
from freqai_regimes.parity.comparison import Comparison
from freqai_regimes.parity.side import Side
from tests.parity.sides import (
    BTC,
    CANDLES,
    ETH,
    HORIZON,
    START,
    STEP,
    TRAINED,
    at,
    changed,
    retrained,
    side,
)

LIVE, BACKTEST = side("live"), side("backtest")


def causes(found: Comparison, *kinds: str) -> set[Cause]:
    """Causes of all differences, or of some kinds of them."""
    return {each.cause for each in found.differences if not kinds or each.kind in kinds}


def without(given: Side, *rows: int, pair: str = BTC) -> Side:
    """The side without some of a pair's candles."""
    frame = given.candles[pair].drop(index=list(rows)).reset_index(drop=True)
    return replace(given, candles={**given.candles, pair: frame})


def test_equal_sides_are_equal() -> None:
    found = compare(LIVE, BACKTEST)
    assert found.passed and found.differences == () and found.exit_code == 0
    assert found.verdict.startswith("Equal: ")
    assert found.counted["prediction"].compared == 2 * 2 * CANDLES  # prediction, score; two pairs
    assert found.counted["training"].compared == 12
    assert (found.first, found.last) == (at(0), at(CANDLES - 1))
    unknown = (changed(given, "prediction", np.nan, 9) for given in (LIVE, BACKTEST))
    assert compare(*unknown).differences == ()


def test_the_first_candle_after_a_start_is_allowed_and_no_other() -> None:
    starts = replace(LIVE, spans=((at(-40), at(30)), (at(31) + STEP / 2, at(90))))
    live = changed(changed(starts, "do_predict", 0, 30), "prediction", np.nan, 30)
    found = compare(live, BACKTEST)
    assert causes(found) == {Cause.FIRST_CANDLE} and found.passed
    assert found.verdict == "Equal but for 2 differences that cannot be avoided."
    found = compare(changed(live, "do_predict", 0, 31), BACKTEST)
    assert not found.passed
    assert [each.date for each in found.differences if not each.allowed] == [at(31)]


def test_a_new_bot_waits_for_its_first_model() -> None:
    live = replace(LIVE, spans=((at(0) + STEP, at(90)),))
    for column, value in (("do_predict", 0), ("model_version", -1e10), ("prediction", np.nan)):
        live = changed(live, column, value, range(3))
    live = changed(changed(live, "do_predict", 0, 3), "prediction", np.nan, 3)
    found = compare(live, BACKTEST)
    by_date = {each.date: each.cause for each in found.differences}
    assert by_date == {
        at(0): Cause.FIRST_CANDLE,  # the bot's first look
        at(1): Cause.NO_MODEL,
        at(2): Cause.NO_MODEL,
        at(3): Cause.FIRST_CANDLE,  # FreqAI's first prediction
    }


def test_a_revised_candle_and_what_was_computed_from_it() -> None:
    live = changed(LIVE, "close", 0.5, 20)
    live = changed(live, "prediction", 0.1, range(20, 24))
    found = compare(live, BACKTEST)
    assert causes(found, "candle") == {Cause.OTHER_CANDLE}
    rows = {each.date: each.cause for each in found.differences if each.kind == "prediction"}
    assert rows[at(20)] == Cause.OTHER_CANDLE and rows[at(23)] == Cause.FOLLOWS
    assert {each.root for each in found.differences if each.date == at(23)} == {Cause.OTHER_CANDLE}


def test_candles_that_one_side_lacks() -> None:
    missing = compare(without(LIVE, 10, 11, 12), BACKTEST)
    assert [(d.cause, d.backtest, d.what) for d in missing.differences] == [
        (Cause.MISSING_CANDLE, "3 analysed", "row")
    ]
    removed = compare(without(LIVE, *range(60, CANDLES)), BACKTEST)
    assert causes(removed, "candle") == causes(removed) == {Cause.NOT_TRADED}
    fewer = replace(LIVE, trainings=LIVE.trainings[LIVE.trainings["trained_to"] != TRAINED[5]])
    unasked = compare(without(fewer, *range(60, CANDLES)), BACKTEST)
    assert causes(unasked, "training") == {Cause.NOT_TRADED, Cause.CADENCE}  # BTC, ETH
    both = without(without(LIVE, 10, 11), 10, 11, pair=ETH)
    assert causes(compare(both, BACKTEST)) == {Cause.MISSING_CANDLE}  # it ran all the time
    stopped = replace(both, spans=((at(-40), at(10)), (at(13), at(90))))
    assert causes(compare(stopped, BACKTEST)) == {Cause.NOT_RUNNING}
    assert causes(compare(LIVE, without(BACKTEST, 10))) == {Cause.NOT_STORED}


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"trained_from": lambda old: old + STEP}, Cause.WINDOW_START),
        ({"last_row": lambda old: old + HORIZON}, Cause.LABEL_TAIL),
        ({"digest": "other"}, Cause.LABEL_TAIL),
        ({"digest": "other", "head_digest": "other"}, Cause.TRAINING_ROWS),
        ({"rows": 280}, Cause.TRAINING_ROWS),
    ],
    ids=["window start", "last row", "tail of labels", "values", "rows"],
)
def test_models_of_the_same_moment_that_learned_otherwise(
    changes: dict[str, Any], cause: Cause
) -> None:
    live = changed(retrained(LIVE, **changes), "prediction", 0.1, range(CANDLES))
    found = compare(live, BACKTEST)
    assert causes(found) == {cause}
    assert causes(found, "training") == causes(found, "prediction") == {cause}
    assert not found.passed and {each.pair for each in found.differences} == {BTC}


def served(live: Side, offsets: list[int]) -> Side:
    """Live with trainings that many candles later, which serve from then on."""
    stops = [stop + offset * STEP for stop, offset in zip(TRAINED, offsets, strict=True)]
    versions = [(stop - HORIZON).timestamp() for stop in stops]
    live = retrained(live, trained_to=stops, model_version=versions)
    frame = live.candles[BTC].copy()
    for stop, version in zip(stops, versions, strict=True):
        frame.loc[frame["date"] >= stop, "model_version"] = version
    return replace(live, candles={**live.candles, BTC: frame})


def test_a_cadence_that_is_off_and_one_that_drifts() -> None:
    later = compare(served(LIVE, [0, 1, 1, 1, 1, 1]), BACKTEST)
    assert causes(later) == {Cause.CADENCE}
    drifting = compare(served(LIVE, [0, 1, 2, 3, 4, 5]), BACKTEST)
    assert causes(drifting) == {Cause.DRIFTED_CADENCE}
    assert any("only live trained to 2024-01-03 01:05" in d.reason for d in drifting.differences)


def test_a_model_that_comes_late_and_one_that_was_not_chosen() -> None:
    frame = LIVE.candles[BTC].copy()
    frame.loc[12:13, "model_version"] = (START - HORIZON).timestamp()
    late = replace(LIVE, candles={**LIVE.candles, BTC: frame})
    assert causes(compare(late, BACKTEST)) == {Cause.LATE_MODEL}
    frame = frame.copy()
    frame.loc[12:23, "model_version"] = (START - HORIZON).timestamp()
    other = replace(LIVE, candles={**LIVE.candles, BTC: frame})
    assert causes(compare(other, BACKTEST)) == {Cause.OTHER_MODEL}


def features(shift: Any = 0.0) -> dict[str, pd.DataFrame]:
    """Features of BTC, one of them shifted."""
    date = LIVE.candles[BTC]["date"]
    return {BTC: pd.DataFrame({"date": date, "ema": 1.0 + shift, "rsi": np.arange(CANDLES) / 7})}


def test_look_ahead_and_dependence_on_history_are_told_apart_by_cut_candles() -> None:
    live = changed(LIVE, "prediction", 0.1, range(CANDLES))
    shift = np.full(CANDLES, 0.01)
    ahead = replace(BACKTEST, features=features(shift), cut=features())
    found = compare(replace(live, features=features()), ahead)
    assert causes(found) == {Cause.LOOK_AHEAD}
    assert found.differences[0].reason.startswith("ema: in the backtest they change when")
    longer = replace(BACKTEST, features=features(), cut=features())
    found = compare(replace(live, features=features(shift)), longer)
    assert causes(found) == {Cause.HISTORY}
    regime = changed(LIVE, "regime", -2.0, 7)
    cut = {BTC: LIVE.candles[BTC][["date", "regime"]]}
    assert causes(compare(regime, replace(BACKTEST, cut=cut))) == {Cause.HISTORY}


def test_without_cut_candles_only_what_fades_is_named() -> None:
    live = changed(LIVE, "prediction", 0.1, range(CANDLES))
    there = replace(BACKTEST, features=features())
    fading = features(0.7 ** np.arange(CANDLES))
    assert causes(compare(replace(live, features=fading), there)) == {Cause.HISTORY}
    steady = replace(live, features=features(np.full(CANDLES, 0.01)))
    assert causes(compare(steady, there)) == {Cause.UNKNOWN}


def test_unknown_says_what_is_known_to_be_the_same() -> None:
    live = changed(LIVE, "prediction", 0.1, 40)
    found = compare(live, BACKTEST)
    assert [each.reason.split(";")[0] for each in found.differences] == [
        "window, training and candles agree"
    ]
    same = compare(replace(live, features=features()), replace(BACKTEST, features=features()))
    assert same.differences[0].reason.startswith("the same features")


def test_an_interval_remembers_earlier_candles_and_a_weight_does_not() -> None:
    live = changed(LIVE, "prediction", np.nan, 20)
    later = changed(changed(live, "prediction_lower", 0.1, 22), "weight", 0.1, 23)
    found = compare(later, BACKTEST)
    by_date = {each.date: each for each in found.differences}
    assert by_date[at(22)].cause == Cause.FOLLOWS and by_date[at(22)].root == Cause.UNKNOWN
    assert not by_date[at(22)].allowed  # it follows from something that is not allowed
    assert by_date[at(23)].cause == Cause.UNKNOWN
    marked = replace(later, spans=((at(-40), at(20)), (at(21), at(90))))
    found = compare(changed(marked, "do_predict", 0, 20), BACKTEST)
    interval = next(each for each in found.differences if each.kind == "interval")
    assert interval.root == Cause.FIRST_CANDLE and interval.allowed


def test_columns_that_one_side_lacks_are_not_compared() -> None:
    frame = LIVE.candles[BTC][["date", "prediction", "do_predict"]]
    found = compare(replace(LIVE, candles={BTC: frame}, trainings=LIVE.trainings), BACKTEST)
    assert "signal" not in found.counted and found.counted["prediction"].compared == CANDLES


def test_runs_of_other_timeframes_are_refused() -> None:
    with pytest.raises(RegimesError, match="only runs of one timeframe"):
        compare(LIVE, replace(BACKTEST, timeframe="15m"))


def test_nothing_in_common_is_said() -> None:
    empty = Side("live", "5m", {})
    found = compare(empty, BACKTEST)
    assert found.verdict.startswith("Nothing was compared") and found.counted == {}
