"""Windows fitted on a real local Dask cluster: the bits of a local fit, whoever dies meanwhile."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from freqai_regimes.errors import TrainingError
from freqai_regimes.freqtrade_bridge.code_version import code_version
from freqai_regimes.freqtrade_bridge.window_fit import TrainingRows, fit_elsewhere
from freqai_regimes.settings import Settings
from freqai_regimes.windows.on_cluster import on_cluster
from tests.experts.window import fit, window
from tests.host.in_process_backtest import run
from tests.host.small_run import small_market

distributed = pytest.importorskip("distributed", reason="needs the extra dask")

TASKS = range(4)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def fitted(seed: int, notes: Path, killed: int | None = None) -> tuple[int, bytes]:
    """A window's models; at the first try of one of them its worker is killed outright."""
    mark = notes / "killed"
    if seed == killed and not mark.exists():
        mark.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid(), pickle.dumps(fit(window(400, seed=seed)))


def fails(task: int) -> int:
    raise TrainingError(f"task {task} has no rows")


def test_the_same_bits_in_the_same_order_although_a_worker_is_killed(
    scheduler: str, tmp_path: Path
) -> None:
    work = partial(fitted, notes=tmp_path, killed=1)
    there = list(on_cluster(work, TASKS, scheduler))
    here = [fitted(seed, tmp_path) for seed in TASKS]
    assert [models for _, models in there] == [models for _, models in here]
    killed = int((tmp_path / "killed").read_text())
    assert {os.getpid(), killed}.isdisjoint(worker for worker, _ in there[1:])


def test_a_backtest_on_the_cluster_is_the_one_made_here(scheduler: str, tmp_path: Path) -> None:
    market = small_market(tmp_path / "market", seed=12)
    there = {"regimes": {"windows": {"backend": "dask", "scheduler": scheduler}}}
    runs = [
        run(tmp_path / name, market, changes, timerange="20240103-20240104")
        for name, changes in (("here", {}), ("there", there))
    ]
    for pair, expected in runs[0].record.pairs.items():
        got = runs[1].record.pairs[pair]
        pd.testing.assert_frame_equal(got, expected, check_exact=True)
        assert got["prediction"].notna().sum() > 250 and got["model_version"].nunique() > 1


def test_a_worker_with_other_code_is_refused() -> None:
    rows = TrainingRows(pd.DataFrame(), pd.Series(dtype=float), pd.DataFrame())
    answer = fit_elsewhere(rows, settings=Settings(), parameters={}, code="0123456789")
    assert answer == (
        f"the worker has other code or libraries ({code_version()}, here 0123456789): install the "
        "same on all machines (docs/scale.md)"
    )


def test_what_a_task_raises_is_raised_here(scheduler: str) -> None:
    with pytest.raises(TrainingError, match="task 0 has no rows"):
        list(on_cluster(fails, [0], scheduler))


def test_an_address_where_nobody_is_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("freqai_regimes.windows.on_cluster.SECONDS_TO_WAIT", 0.5)
    with pytest.raises(TrainingError, match=r"No Dask scheduler .*tcp://127\.0\.0\.1:9 .*docs"):
        list(on_cluster(fails, [0], "tcp://127.0.0.1:9"))
