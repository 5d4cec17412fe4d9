"""Joins onto candles: on time, never early, filled forward with a flag, and up to an age."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from freqai_regimes.candles import CANDLE_COLUMNS
from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.external_series import read_series
from freqai_regimes.sources import (
    SourceOptions,
    join_as_of,
    join_basis,
    join_candles,
    join_funding,
    join_source,
)
from tests.random_candles import random_candles
from tests.reference_vectors import assert_equals_peer, deviation

HOUR = pd.Timedelta(hours=1)
AGE = pd.Timedelta(hours=6)


def hours(*numbers: float) -> pd.Series:
    """Times so many hours after the first candle of the base opened."""
    start = pd.Timestamp("2024-01-01", tz="UTC")
    return pd.Series([start + number * HOUR for number in numbers]).astype("datetime64[ms, UTC]")


def base(rows: int = 8) -> pd.DataFrame:
    return pd.DataFrame({"date": hours(*range(rows)), "close": 1.0})


def series(*numbers: float) -> pd.DataFrame:
    """A source whose value is 10 times the hour it is dated."""
    return pd.DataFrame({"date": hours(*numbers), "rate": [10.0 * number for number in numbers]})


def joined(source: pd.DataFrame, lag: float = 0, **options: pd.Timedelta) -> pd.DataFrame:
    return join_as_of(
        base(),
        "1h",
        source,
        available_at=source["date"] + lag * HOUR,
        prefix="x_",
        **{"longest_age": AGE, **options},
    )


# --- as of ------------------------------------------------------------------------------------


def test_a_value_appears_in_the_first_candle_that_closes_when_it_is_available_or_later() -> None:
    # Candle n closes at hour n + 1.
    on_the_close = joined(series(3))["x_rate"].tolist()
    assert np.isnan(on_the_close[:2]).all()
    assert on_the_close[2:] == [30.0] * 6
    just_after = joined(series(3), lag=1e-6)["x_rate"].tolist()
    assert np.isnan(just_after[:3]).all()
    assert just_after[3:] == [30.0] * 5


def test_what_is_published_late_appears_late() -> None:
    got = joined(series(0, 4), lag=2.5)["x_rate"]
    assert np.isnan(got[:2]).all()
    assert got[2:].tolist() == [0.0, 0.0, 0.0, 0.0, 40.0, 40.0]


def test_a_late_value_never_replaces_a_newer_one_that_is_known_already() -> None:
    source = series(1, 2, 3)
    available = hours(1, 5.5, 3)  # the second one is published after the third
    got = join_as_of(base(), "1h", source, available_at=available, prefix="x_", longest_age=2 * AGE)
    assert got["x_rate"].tolist() == [10.0, 10.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0]


def test_of_values_published_together_the_newest_counts() -> None:
    source = series(0, 1, 2)
    at_once = hours(2, 2, 2)
    got = join_as_of(base(), "1h", source, available_at=at_once, prefix="x_", longest_age=AGE)
    assert got["x_rate"].tolist()[1:] == [20.0] * 7


def test_gaps_are_filled_forward_with_a_flag_and_up_to_an_age() -> None:
    got = joined(series(1, 2, 7), longest_age=3 * HOUR)
    assert got["x_is_filled"].tolist() == [False, False, True, True, True, False, False, True]
    values = [10.0, 20.0, 20.0, 20.0, 20.0, np.nan, 70.0, 70.0]
    np.testing.assert_array_equal(got["x_rate"], values)


def test_a_row_without_a_value_is_a_gap() -> None:
    source = series(1, 2, 3).assign(volume=[1.0, np.nan, 3.0])
    got = joined(source)
    assert got["x_rate"].tolist()[:3] == [10.0, 10.0, 30.0]
    assert got["x_volume"].tolist()[:3] == [1.0, 1.0, 3.0]
    assert got["x_is_filled"].tolist()[:3] == [False, True, False]
    infinite = joined(series(1, 2, 3).assign(rate=[10.0, np.inf, 30.0]))
    assert infinite["x_rate"].tolist()[:3] == [10.0, 10.0, 30.0]


def test_values_are_not_filled_before_their_next_one_is_due() -> None:
    got = joined(series(1, 5), every=4 * HOUR)
    assert not got["x_is_filled"].any()
    missed = joined(series(1), every=4 * HOUR)
    assert missed["x_is_filled"].tolist() == [False] * 4 + [True] * 3 + [False]  # then too old


def test_the_base_is_kept_as_it_is() -> None:
    candles = base().set_index(pd.Index(range(100, 108)))
    before = candles.copy()
    source = series(1)
    got = join_as_of(
        candles, "1h", source, available_at=source["date"], prefix="x_", longest_age=AGE
    )
    pd.testing.assert_frame_equal(candles, before)
    pd.testing.assert_frame_equal(got[["date", "close"]], before)
    pd.testing.assert_frame_equal(source, series(1))
    assert list(got.columns) == ["date", "close", "x_rate", "x_is_filled"]


def test_units_and_zones_of_the_dates_may_differ() -> None:
    source = series(1, 2)
    elsewhere = source.assign(date=source["date"].dt.tz_convert("Asia/Tokyo").dt.as_unit("us"))
    pd.testing.assert_frame_equal(joined(elsewhere), joined(source))


# --- nothing looks ahead ----------------------------------------------------------------------

Join = Callable[[pd.DataFrame, dict[str, pd.DataFrame]], pd.DataFrame]


def funding_rates(seed: int) -> pd.DataFrame:
    candles = random_candles(60, seed, "8h")
    return candles.assign(open=candles["close"] / 1e6)


JOINS: dict[str, Join] = {
    "candles": lambda at, of: join_candles(
        at, "1h", of["pair"], "1h", prefix="eth_", longest_age=AGE
    ),
    "coarser candles": lambda at, of: join_candles(
        at, "1h", of["coarse"], "4h", prefix="eth_", longest_age=AGE
    ),
    "funding": lambda at, of: join_funding(
        at, "1h", of["funding"], prefix="eth_", longest_age=2 * AGE
    ),
    "basis": lambda at, of: join_basis(
        at, "1h", of["pair"], of["spot"], "1h", prefix="eth_", longest_age=AGE
    ),
    "published late": lambda at, of: join_as_of(
        at,
        "1h",
        of["funding"][["date", "open"]],
        available_at=of["funding"]["date"] + 5.5 * HOUR,
        prefix="eth_",
        longest_age=2 * AGE,
    ),
}
#: How long after its date a row of each source can be known.
KNOWN_AFTER = {
    "candles": {"pair": 1.0},
    "coarser candles": {"coarse": 4.0},
    "funding": {"funding": 0.0},
    "basis": {"pair": 1.0, "spot": 1.0},
    "published late": {"funding": 5.5},
}


@pytest.fixture
def market() -> dict[str, pd.DataFrame]:
    """Sources with gaps, by name."""
    rng = np.random.default_rng(1)
    whole = {
        "pair": random_candles(400, 1),
        "spot": random_candles(400, 2),
        "coarse": random_candles(100, 3, "4h"),
        "funding": funding_rates(4),
    }
    return {
        name: frame[rng.random(len(frame)) > 0.1].reset_index(drop=True)
        for name, frame in whole.items()
    }


@pytest.mark.parametrize("name", JOINS)
@pytest.mark.parametrize("row", [60, 133, 255, 388])
def test_rows_so_far_are_the_same_without_the_future_and_with_another_one(
    name: str, row: int, market: dict[str, pd.DataFrame]
) -> None:
    candles = random_candles(400)
    whole = JOINS[name](candles, market)
    close = candles["date"].iloc[row] + HOUR
    cut, changed = dict(market), dict(market)
    rng = np.random.default_rng(row)
    for source, lag in KNOWN_AFTER[name].items():
        later = market[source]["date"] + lag * HOUR > close
        cut[source] = market[source][~later]
        changed[source] = market[source].copy()
        factors = rng.uniform(2, 3, (int(later.sum()), 5))
        changed[source].loc[later, list(CANDLE_COLUMNS[1:])] *= factors
    expected = whole.iloc[: row + 1]
    pd.testing.assert_frame_equal(JOINS[name](candles.iloc[: row + 1], cut), expected)
    pd.testing.assert_frame_equal(JOINS[name](candles, changed).iloc[: row + 1], expected)
    assert not JOINS[name](candles, changed).equals(whole)


# --- candles, funding, basis ------------------------------------------------------------------


def test_coarser_candles_appear_when_they_have_closed() -> None:
    coarse = random_candles(2, 5, "4h")
    got = join_candles(base(9), "1h", coarse, "4h", prefix="eth_", longest_age=AGE)["eth_close"]
    assert got[:3].isna().all()
    assert (got[3:7] == coarse["close"][0]).all()
    assert (got[7:] == coarse["close"][1]).all()


def test_finer_candles_give_the_last_one_inside() -> None:
    fine = random_candles(24, 5, "15m")
    got = join_candles(base(6), "1h", fine, "15m", prefix="eth_", longest_age=AGE)
    assert got["eth_close"].tolist() == fine["close"][3::4].tolist()


def test_missing_candles_are_flat_and_without_volume() -> None:
    candles = random_candles(8, 3)
    got = join_candles(
        base(), "1h", candles.drop(index=[4, 5]), "1h", prefix="eth_", longest_age=AGE
    )
    last = candles["close"][3]
    for row in (4, 5):
        assert got.loc[row, ["eth_open", "eth_high", "eth_low", "eth_close"]].tolist() == [last] * 4
        assert got.loc[row, "eth_volume"] == 0
        assert got.loc[row, "eth_is_filled"]
    whole = [row for row in range(8) if row not in (4, 5)]
    kept = got.loc[whole, [f"eth_{name}" for name in ("open", "high", "low", "close", "volume")]]
    np.testing.assert_array_equal(kept, candles.loc[whole].drop(columns="date"))


def test_funding_is_known_at_its_settlement_and_due_every_eight_hours() -> None:
    funding = pd.DataFrame({"date": hours(0, 8, 24), "open": [1e-4, 2e-4, 3e-4], "close": 0.0})
    got = join_funding(base(26), "1h", funding, prefix="f_", longest_age=2 * AGE)
    rates = got["f_funding_rate"]
    assert rates[0] == 1e-4  # closes at 1:00
    assert rates[6] == 1e-4  # closes at 7:00
    assert rates[7] == 2e-4  # closes at 8:00
    assert rates[18] == 2e-4
    assert np.isnan(rates[20])  # 13 hours old
    assert rates[23] == 3e-4
    assert np.flatnonzero(got["f_is_filled"]).tolist() == [15, 16, 17, 18, 19]  # none at 16:00


def test_basis_is_futures_over_spot_where_both_are_there() -> None:
    futures = pd.DataFrame({"date": hours(0, 1, 2), "close": [101.0, 102.0, 103.0]})
    spot = pd.DataFrame({"date": hours(0, 2), "close": [100.0, 100.0]})
    got = join_basis(base(3), "1h", futures, spot, "1h", prefix="b_", longest_age=AGE)
    np.testing.assert_allclose(got["b_basis"], [0.01, 0.01, 0.03])
    assert got["b_is_filled"].tolist() == [False, True, False]


def test_forward_filling_agrees_with_the_expected_table(reference: Path) -> None:
    expected = pd.read_feather(reference / "merge" / "merged_gaps_forward_filled.feather")
    got = pd.DataFrame({"date": expected["timestamp"]})
    for name, prefix in (("eth", ""), ("btc", "btc_")):
        candles = pd.read_feather(reference / "merge" / f"input_{name}_gaps.feather")
        got = join_candles(got, "5m", candles, "5m", prefix=prefix, longest_age=AGE)
    assert expected["filled"].any()
    for column in expected.columns.drop("timestamp"):
        ours = column.replace("filled", "is_filled")
        assert_equals_peer(got[ours], expected[column], column)


def test_interpolation_of_the_peer_is_left_out_on_purpose(reference: Path) -> None:
    assert "forward fill only" in deviation(reference, "no_interpolation")
    filled = pd.read_feather(reference / "merge" / "merged_gaps_forward_filled.feather")
    peer = pd.read_feather(reference / "merge" / "merged_gaps_interpolated.feather")
    differ = filled["close"] != peer["close"]
    assert differ.any()
    assert filled["filled"][differ].all()  # only where a candle is missing


# --- files ------------------------------------------------------------------------------------

CSV = "date,value,note\n2024-01-01T01:00:00Z,1.5,a\n2024-01-01T05:00:00+02:00,2.5,b\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_csv_is_read_with_the_columns_that_are_wanted(tmp_path: Path) -> None:
    got = read_series(write(tmp_path / "a.csv", CSV), columns=("value",))
    assert got["date"].tolist() == hours(1, 3).tolist()
    assert got["value"].tolist() == [1.5, 2.5]
    assert list(got.columns) == ["date", "value"]


def test_a_parquet_file_is_read_like_a_csv(tmp_path: Path) -> None:
    frame = series(0, 1, 2).rename(columns={"date": "time"})
    frame.to_parquet(tmp_path / "a.parquet")
    got = read_series(tmp_path / "a.parquet", date_column="time")
    pd.testing.assert_frame_equal(got, series(0, 1, 2), check_dtype=False)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("date,value\n2024-01-01T01:00:00,1\n", CandleError, "no time zone.*00Z"),
        ("date,value\n2024-01-01,1\n", CandleError, "no time zone"),
        ("date,value\n1704067200,1\n", CandleError, "no time zone.*'1704067200'"),
        ("date,value\n,1\n", CandleError, "no time zone"),
        ("date,value\n2024-13-01T01:00:00Z,1\n", CandleError, "are no times"),
        ("date,value\n01-01-2024 01:00:00,1\n", CandleError, "no time zone"),
        (
            "date,value\n2024-01-01T02:00:00Z,1\n2024-01-01T01:00:00Z,1\n",
            CandleError,
            "go back.*sort",
        ),
        (
            "date,value\n2024-01-01T02:00:00Z,1\n2024-01-01T02:00:00Z,1\n",
            CandleError,
            "repeat.*one row",
        ),
        ("date,value\n2024-01-01T01:00:00Z,much\n", CandleError, "value.*numbers"),
        ("time,value\n2024-01-01T01:00:00Z,1\n", SettingsError, "date.*there are time, value"),
        ("", SettingsError, "cannot be read"),
    ],
)
def test_a_damaged_file_is_refused_with_what_to_do(
    tmp_path: Path, text: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        read_series(write(tmp_path / "a.csv", text))


def test_a_missing_or_foreign_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        read_series(tmp_path / "a.csv")
    with pytest.raises(SettingsError, match=r"no \.csv or \.parquet"):
        read_series(write(tmp_path / "a.json", "{}"))
    with pytest.raises(SettingsError, match="no value"):
        read_series(write(tmp_path / "b.csv", CSV), columns=("date",))
    (tmp_path / "c.parquet").write_text("not one")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_series(tmp_path / "c.parquet")
    naive = pd.DataFrame({"date": hours(0).dt.tz_localize(None), "value": 1.0})
    naive.to_parquet(tmp_path / "d.parquet")
    with pytest.raises(CandleError, match="no time zone"):
        read_series(tmp_path / "d.parquet")


# --- what is refused --------------------------------------------------------------------------


def test_a_column_that_is_there_already_is_refused() -> None:
    source = series(1).rename(columns={"rate": "close"})
    with pytest.raises(SettingsError, match=r"close are there already.*another prefix"):
        join_as_of(base(), "1h", source, available_at=source["date"], prefix="", longest_age=AGE)
    with pytest.raises(SettingsError, match="x_is_filled"):
        joined(series(1).assign(is_filled=1.0))


def test_dates_that_cannot_be_trusted_are_refused() -> None:
    naive = series(1, 2)
    naive["date"] = naive["date"].dt.tz_localize(None)
    with pytest.raises(CandleError, match="not times with a time zone"):
        joined(naive)
    with pytest.raises(CandleError, match="go back"):
        joined(series(2, 1))
    with pytest.raises(CandleError, match="repeat"):
        joined(series(1, 1))
    with pytest.raises(CandleError, match="must not be negative"):
        joined(series(1), lag=-1)
    with pytest.raises(CandleError, match="1 times for 2 rows"):
        join_as_of(base(), "1h", series(1, 2), available_at=hours(1), prefix="x_", longest_age=AGE)
    with pytest.raises(CandleError, match="missing in 1"):
        joined(series(1, 2).assign(date=hours(1, 2).where([True, False])))


def test_a_series_without_a_row_yet_gives_nothing() -> None:
    got = joined(series(1).iloc[:0])
    assert got["x_rate"].isna().all() and not got["x_is_filled"].any()
    candles = random_candles(8, 1)
    none = candles.iloc[:0]
    basis = join_basis(base(), "1h", none, none, "1h", prefix="b_", longest_age=AGE)
    assert basis["b_basis"].isna().all()


def test_an_age_at_which_values_expire_between_two_of_them_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"every 0 days 08:00:00: allow"):
        joined(series(1), every=8 * HOUR, longest_age=6 * HOUR)
    assert joined(series(1), longest_age=0 * HOUR)["x_rate"].notna().sum() == 1


# --- settings ---------------------------------------------------------------------------------

FILE = {"kind": "file", "column_prefix": "x_", "path": "a.csv", "publication_lag_hours": 2.5}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({**FILE, "publication_lag_hours": None}, "needs publication_lag_hours"),
        ({**FILE, "pair": "BTC/USDT"}, "no use for pair"),
        ({**FILE, "publication_lag_hours": -1}, "greater than or equal to 0"),
        ({**FILE, "column_prefix": ""}, "prefix"),
        ({**FILE, "kind": "news"}, "'basis', 'file' or 'kline_extras'"),
        ({"kind": "pair", "column_prefix": "x", "pair": "BTC/USDT"}, "needs timeframe"),
        (
            {"kind": "pair", "column_prefix": "x", "pair": "BTC/USDT", "timeframe": "5 min"},
            "as in 5m",
        ),
        (
            {"kind": "basis", "column_prefix": "x", "pair": "A/B:B", "timeframe": "1h"},
            "needs spot_pair",
        ),
    ],
)
def test_options_that_do_not_fit_the_kind_are_refused(
    options: dict[str, object], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        SourceOptions.model_validate({"longest_age_hours": 6, **options})


def test_a_configured_source_is_joined_by_its_kind(tmp_path: Path) -> None:
    def options(**given: object) -> SourceOptions:
        return SourceOptions.model_validate(
            {"longest_age_hours": 12, "column_prefix": "x_", **given}
        )

    candles = random_candles(8, 1)
    file = read_series(write(tmp_path / "a.csv", CSV), columns=("value",))
    late = join_source(base(), "1h", file, options(**FILE))
    # Dated 1:00 and 3:00, known at 3:30 and 5:30: in the candles that close at 4:00 and 6:00.
    np.testing.assert_array_equal(late["x_value"], [*[np.nan] * 3, 1.5, 1.5, 2.5, 2.5, 2.5])
    pair = options(kind="pair", pair="ETH/USDT", timeframe="1h")
    mark = options(kind="mark", pair="ETH/USDT:USDT", timeframe="1h")
    for kind in (pair, mark):
        got = join_source(base(), "1h", candles, kind)
        assert got["x_close"].tolist() == candles["close"].tolist()
    funding = options(kind="funding", pair="ETH/USDT:USDT", every_hours=4)
    settled = join_source(base(), "1h", candles.iloc[:1], funding)
    assert settled["x_funding_rate"].tolist() == [100.0] * 8
    assert settled["x_is_filled"].tolist() == [False] * 3 + [True] * 5
    basis = options(kind="basis", pair="ETH/USDT:USDT", spot_pair="ETH/USDT", timeframe="1h")
    assert (join_source(base(), "1h", candles, basis, spot=candles)["x_basis"] == 0).all()
    with pytest.raises(SettingsError, match="no spot candles"):
        join_source(base(), "1h", candles, basis)
