"""The built-in market on disk: ordinary freqtrade files, written whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from freqai_regimes import candles
from freqai_regimes.errors import CandleError, SettingsError
from freqai_regimes.synthetic_market import (
    MarketSpec,
    build_market,
    market_files,
    read_spec,
    read_truth,
    simulate,
)

SMALL = MarketSpec(pairs=("BTC/USDT", "XRP/USDT"), days=30, timeframes=("1h", "4h", "1d", "1w"))
DYING_WRITER = """
import os, sys
from pathlib import Path
from freqai_regimes.synthetic_market import MarketSpec, build_market, market_files
whole, left = market_files.write_candles, 3
def write(*args):
    global left
    left -= 1
    return os._exit(9) if left == 0 else whole(*args)
market_files.write_candles = write
build_market(MarketSpec(days=30), Path(sys.argv[1]))
"""


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_same_seed_same_bytes_and_other_seed_other_bytes(tmp_path: Path) -> None:
    first = contents(build_market(SMALL, tmp_path / "a"))
    again = contents(build_market(SMALL, tmp_path / "b"))
    other = contents(build_market(replace(SMALL, seed=2), tmp_path / "c"))
    assert first == again and first.keys() == other.keys()
    assert not any(first[name] == other[name] for name in first)


def test_another_timeframe_or_pair_leaves_the_other_files_as_they_are(tmp_path: Path) -> None:
    few = replace(SMALL, pairs=("XRP/USDT",), timeframes=("4h",))
    small, large = (
        contents(build_market(few, tmp_path / "a")),
        contents(build_market(SMALL, tmp_path / "b")),
    )
    assert sorted(small) == ["XRP_USDT-4h.feather", "market.json", "truth/XRP_USDT-1h.feather"]
    assert all(large[name] == small[name] for name in small if name != "market.json")


def test_freqtrade_sees_the_candles_and_not_the_truth(tmp_path: Path) -> None:
    build_market(SMALL, tmp_path / "market")
    stored = candles.stored_candles(tmp_path / "market")
    assert {(file.pair, file.timeframe) for file in stored} == {
        (pair, timeframe) for pair in SMALL.pairs for timeframe in SMALL.timeframes
    }
    fine = candles.read_candles(tmp_path / "market", "BTC/USDT", "1h")
    for timeframe, count in (("4h", 180), ("1d", 30), ("1w", 4)):
        coarse = candles.read_candles(tmp_path / "market", "BTC/USDT", timeframe)
        assert len(coarse) == count
        first = coarse["date"].iloc[0]
        inside = fine[(fine["date"] >= first) & (fine["date"] < coarse["date"].iloc[1])]
        assert coarse["open"].iloc[0] == inside["open"].iloc[0]
        assert coarse["high"].iloc[0] == inside["high"].max()
        assert coarse["low"].iloc[0] == inside["low"].min()
        assert coarse["close"].iloc[0] == inside["close"].iloc[-1]
        assert coarse["volume"].iloc[0] == pytest.approx(inside["volume"].sum())
    weeks = candles.read_candles(tmp_path / "market", "BTC/USDT", "1w")
    assert weeks["date"].iloc[0] == pd.Timestamp(
        "2023-01-02", tz="UTC"
    )  # Monday; began on a Sunday


def test_truth_and_spec_are_read_back(tmp_path: Path) -> None:
    build_market(SMALL, tmp_path)
    assert read_spec(tmp_path) == SMALL
    truth = simulate(SMALL)["XRP/USDT"].truth
    for name in ("XRP/USDT", "XRP/USDT:USDT"):
        pd.testing.assert_frame_equal(read_truth(tmp_path, name), truth, check_exact=True)
    with pytest.raises(CandleError, match=r"no SOL/USDT; it has BTC/USDT, XRP/USDT"):
        read_truth(tmp_path, "SOL/USDT")
    with pytest.raises(CandleError, match="no built-in market"):
        read_spec(tmp_path / "truth")


def test_gaps_are_as_many_as_stated_and_carried_where_wholly_missing(tmp_path: Path) -> None:
    spec = replace(SMALL, days=60, gaps=7, timeframes=("1h", "4h"))
    build_market(spec, tmp_path)
    whole = simulate(replace(spec, gaps=0))
    for pair in spec.pairs:
        fine = candles.read_candles(tmp_path, pair, "1h")
        found = candles.gaps(fine, "1h")
        missing = read_truth(tmp_path, pair)["missing"]
        assert len(found) == 7
        assert found["missing_candles"].sum() == missing.sum() == 60 * 24 - len(fine)
        kept = whole[pair].candles[~missing].reset_index(drop=True)
        pd.testing.assert_frame_equal(fine, kept, check_exact=True)  # the rest is as without gaps
        lost = missing.groupby(missing.index // 4).all()
        coarse = candles.read_candles(tmp_path, pair, "4h")
        assert len(coarse) == 360 - lost.sum() and lost.any()
    assert read_truth(tmp_path, "BTC/USDT")["missing"].ne(missing).any()


@pytest.mark.parametrize("gaps", [1, 60])
def test_gaps_stay_apart_and_away_from_the_ends(gaps: int) -> None:
    for seed in range(60):
        spec = replace(SMALL, seed=seed, days=10, gaps=gaps, timeframes=("1h",))
        missing = simulate(spec)["BTC/USDT"].truth["missing"]
        assert (missing & ~missing.shift(fill_value=False)).sum() == gaps
        assert not missing.iloc[0] and not missing.iloc[-1]


def test_futures_candles_marks_and_funding(tmp_path: Path) -> None:
    spec = replace(SMALL, futures=True, timeframe="5m", timeframes=("15m",), gaps=3, spell_days=2.0)
    build_market(spec, tmp_path)
    pair = "BTC/USDT:USDT"
    futures = candles.read_candles(tmp_path, pair, "15m", candles.FUTURES)
    pd.testing.assert_frame_equal(futures, candles.read_candles(tmp_path, "BTC/USDT", "15m"))
    mark = candles.read_candles(tmp_path, pair, "1h", candles.MARK)
    assert (
        len(mark) == 30 * 24 and len(candles.gaps(mark, "1h")) == 0 and (mark["volume"] == 0).all()
    )
    funding = candles.read_candles(tmp_path, pair, "1h", candles.FUNDING)
    assert (funding["date"].diff()[1:] == pd.Timedelta(hours=8)).all() and len(funding) == 90
    spell = read_truth(tmp_path, pair)["spell"].to_numpy()[:: 8 * 12]
    by_spell = funding["open"].groupby(spell).mean()
    assert by_spell.loc[[-1, 0, 1]].tolist() == pytest.approx([-1e-4, 0, 1e-4], abs=3e-5)


def test_a_finished_market_is_used_again_and_another_replaces_it(tmp_path: Path) -> None:
    folder = tmp_path / "market"
    build_market(SMALL, folder)
    before = stamps(folder)
    assert build_market(MarketSpec(**json.loads(json.dumps(vars(SMALL)))), folder) == folder
    assert stamps(folder) == before
    build_market(replace(SMALL, timeframes=("4h",)), folder)
    assert not (folder / "BTC_USDT-1h.feather").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["market"]


@pytest.mark.parametrize("harm", ["lost", "cut short", "other library", "record cut short"])
def test_a_damaged_or_outdated_market_is_rebuilt(tmp_path: Path, harm: str) -> None:
    folder = build_market(SMALL, tmp_path / "market")
    before = contents(folder)
    record, candle_file = folder / "market.json", folder / "BTC_USDT-4h.feather"
    if harm == "lost":
        candle_file.unlink()
    elif harm == "cut short":
        candle_file.write_bytes(candle_file.read_bytes()[:1000])
    elif harm == "other library":
        found = json.loads(record.read_text())
        record.write_text(json.dumps({**found, "libraries": {"numpy": "1.0"}}))
    else:
        record.write_text(record.read_text()[:50])
        with pytest.raises(SettingsError, match="no built-in market wrote"):
            build_market(SMALL, folder)
        return
    build_market(SMALL, folder)
    assert contents(folder) == before


def test_a_writer_killed_halfway_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    folder = tmp_path / "market"
    killed = subprocess.run([sys.executable, "-c", DYING_WRITER, str(folder)], check=False)
    assert killed.returncode == 9
    (left,) = tmp_path.iterdir()
    assert not folder.exists() and left.name.startswith(".market.partial-")
    build_market(SMALL, folder)
    assert contents(folder) == contents(build_market(SMALL, tmp_path / "clean"))
    os.utime(left, (0, 0))
    build_market(replace(SMALL, seed=5), folder)  # the next writer removes what is long dead
    assert not left.exists()


def test_an_interrupted_writer_keeps_the_old_market(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build_market(SMALL, tmp_path / "market")
    before = contents(folder)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(market_files, "write_candles", interrupt)
    with pytest.raises(KeyboardInterrupt):
        build_market(replace(SMALL, seed=3), folder)
    assert contents(folder) == before and len(list(tmp_path.iterdir())) == 1


def test_somebodys_own_files_are_never_deleted(tmp_path: Path) -> None:
    own = tmp_path / "market" / "DOGE_USDT-1h.feather"
    own.parent.mkdir()
    own.write_bytes(b"own")
    with pytest.raises(SettingsError, match=r"1 file\(s\).*DOGE_USDT-1h.*choose a directory"):
        build_market(SMALL, own.parent)
    own.unlink()
    build_market(SMALL, own.parent)
    own.write_bytes(b"own")
    with pytest.raises(SettingsError, match="DOGE_USDT-1h"):
        build_market(replace(SMALL, seed=2), own.parent)
    assert own.read_bytes() == b"own"
    assert build_market(SMALL, own.parent) == own.parent  # nothing to write, nothing in the way
