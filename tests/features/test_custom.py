"""The user's own function: called with what is declared, and refused in one line otherwise."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.errors import SettingsError
from freqai_regimes.features import custom
from freqai_regimes.features.custom import Options, generate
from tests import generator_checks
from tests.random_candles import random_candles

CANDLES = random_candles(120, seed=2)
SOURCE = """
import numpy as np
import pandas as pd

TEXT = "no function"

def swing(candles, *, window, scale=1.0):
    width = (candles["high"] - candles["low"]).rolling(window).max()
    return pd.DataFrame({"up": np.sign(candles["close"].diff(window)), "width": width * scale})

def returning(candles, what):
    frame = pd.DataFrame({"up": 1, "width": 2.0}, index=candles.index)
    return {
        "series": frame["up"],
        "nothing": None,
        "fewer rows": frame.iloc[1:],
        "no index": frame.set_axis(range(5, 5 + len(frame))),
        "other name": frame.rename(columns={"up": "down"}),
        "one more": frame.assign(more=1.0),
        "one less": frame[["up"]],
        "none": frame[[]],
        "twice": pd.concat([frame, frame["up"]], axis=1),
        "text": frame.assign(up="1.0"),
        "objects": frame.assign(up=pd.Series([1.0] * len(frame), dtype=object, index=frame.index)),
        "dates": frame.assign(up=candles["date"]),
        "complex": frame.assign(up=1j),
        "whole with gaps": frame.assign(up=pd.array([None, *[3] * (len(frame) - 1)], "Int64")),
        "truth": frame.assign(up=candles["close"] > 100),
        "infinite": frame.assign(up=np.inf),
        "moved": frame[["width", "up"]],
    }[what]

def writing(candles, how):
    if how == "value":
        candles.loc[candles.index[0], "volume"] += 1
    elif how == "column":
        candles["up"] = 0.0
    elif how == "index":
        candles.index = candles.index[::-1]
    return pd.DataFrame({"up": 0.0, "width": 0.0}, index=range(len(candles)))

def filling(candles, given):
    given["seen"].append(1)
    return pd.DataFrame({"up": len(given["seen"]), "width": 0.0}, index=candles.index)

def failing(candles):
    raise RuntimeError("first line\\n  second line" + "!" * 1000)
"""


@pytest.fixture(autouse=True)
def user_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_features.py").write_text(SOURCE)
    (tmp_path / "broken_features.py").write_text("import numpy\nraise OSError('no disk')\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("own_features", "broken_features"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def options(function: str = "swing", **parameters: Any) -> Options:
    return Options(
        function=f"own_features:{function}",
        parameters=parameters,
        columns=("up", "width"),
        price_unit_columns=("width",),
        warm_up_candles=6,
    )


def refused(given: Options) -> str:
    """Return the one line with which the candles are refused."""
    with pytest.raises(SettingsError) as caught:
        generate(CANDLES, given)
    message = str(caught.value)
    assert "\n" not in message and message.startswith(given.function) and len(message) < 600
    return message


def test_values_are_those_of_the_function() -> None:
    got = generate(CANDLES, options(window=6, scale=0.5))
    assert list(got) == ["up", "width"] and (got.dtypes == np.float64).all()
    assert got["up"].tolist() == pytest.approx(
        np.sign(CANDLES["close"].diff(6)).tolist(), nan_ok=True
    )
    expected = (CANDLES["high"] - CANDLES["low"]).rolling(6).max() * 0.5
    pd.testing.assert_series_equal(got["width"], expected, check_names=False)


def test_what_is_declared_is_told() -> None:
    assert custom.warm_up_candles(options()) == 6
    assert custom.price_unit_columns(options()) == ["width"]


def test_kinds_of_numbers_and_order_of_columns() -> None:
    moved = generate(CANDLES, options("returning", what="moved"))
    assert list(moved) == ["up", "width"] and (moved["up"] == 1).all()
    truth = generate(CANDLES, options("returning", what="truth"))["up"]
    assert truth.tolist() == [float(close > 100) for close in CANDLES["close"]]
    gaps = generate(CANDLES, options("returning", what="whole with gaps"))["up"]
    assert gaps.isna().tolist() == [True] + [False] * 119 and gaps.iloc[1:].eq(3).all()
    assert generate(CANDLES, options("returning", what="infinite"))["up"].isna().all()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("series", "returned Series, not a DataFrame"),
        ("nothing", "returned NoneType, not a DataFrame"),
        ("fewer rows", "returned 119 row(s) for 120"),
        ("no index", "or another index"),
        ("other name", "returned down, width; declared are up, width"),
        ("one more", "returned up, width, more; declared are up, width"),
        ("one less", "returned up; declared are up, width"),
        ("none", "returned no column; declared are up, width"),
        ("twice", "returned up, width, up; declared are up, width"),
        ("text", "returned str in up, which are no numbers"),
        ("objects", "returned object in up, which are no numbers"),
        ("dates", "in up, which are no numbers"),
        ("complex", "returned complex128 in up, which are no numbers"),
    ],
)
def test_other_results_are_refused(what: str, message: str) -> None:
    assert message in refused(options("returning", what=what))


@pytest.mark.parametrize("how", ["value", "column", "index"])
def test_changing_the_candles_is_refused_and_reaches_nobody_else(how: str) -> None:
    assert "changed the candles it was given" in refused(options("writing", how=how))
    pd.testing.assert_frame_equal(CANDLES, random_candles(120, seed=2), check_exact=True)


def test_parameters_are_the_same_in_every_call() -> None:
    given = options("filling", given={"seen": []})
    for _ in range(3):
        assert (generate(CANDLES, given)["up"] == 1).all()
    assert given.parameters == {"given": {"seen": []}}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("own_features:swings", "module own_features has no swings"),
        ("own_features:TEXT", "module own_features has a str as TEXT"),
        ("no_such_features:swing", "cannot be imported: ModuleNotFoundError: No module named"),
        ("broken_features:swing", "cannot be imported: OSError: no disk. Install"),
    ],
)
def test_functions_that_are_not_there(function: str, message: str) -> None:
    assert message in refused(options().model_copy(update={"function": function}))


def test_errors_of_the_function_are_one_line_and_keep_their_origin() -> None:
    assert "failed: RuntimeError: first line second line!!!" in refused(options("failing"))
    assert "failed: TypeError" in refused(options("swing", windows=3))
    assert "failed: KeyError: 'what'" not in refused(options("returning", what="series"))
    with pytest.raises(SettingsError) as caught:
        generate(CANDLES, options("failing"))
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"function": "own_features"}, "should match pattern"),
        ({"function": "own_features:swing()"}, "should match pattern"),
        ({"function": "../own:swing"}, "should match pattern"),
        ({"columns": []}, "at least 1 item"),
        ({"columns": ["up", "up"]}, "each only once"),
        ({"columns": [""]}, "give each column a name"),
        ({"price_unit_columns": ["down"]}, "has down, which is not in columns: up"),
        ({"warm_up_candles": -1}, "greater than or equal to 0"),
        ({"warm_up_candles": None}, "warm_up_candles"),
        ({"args": {}}, "args"),
    ],
)
def test_options_that_make_no_sense(given: dict[str, object], message: str) -> None:
    sound = {"function": "own_features:swing", "columns": ["up"], "warm_up_candles": 3}
    assert Options.model_validate(sound).parameters == {}
    with pytest.raises(ValidationError, match=message):
        Options.model_validate({"generator": "custom", **sound, **given})


def test_an_honest_function_holds_to_the_rules() -> None:
    given = options(window=6)
    generator_checks.check_rows_stand_alone(custom, given, CANDLES, [0, 1, 5, 6, 50, 118])
    generator_checks.check_history_is_forgotten(custom, given, CANDLES, [1, 30])
    generator_checks.check_frame(custom, given, CANDLES)
    generator_checks.check_price_units(custom, given, CANDLES)
    generator_checks.check_too_few_rows(custom, given, CANDLES)
