"""Runs tasks on a Dask cluster and hands out their results in the order of the tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import joblib

from freqai_regimes.errors import TrainingError

Task = TypeVar("Task")
Result = TypeVar("Result")

#: How long the scheduler and its first worker are waited for.
SECONDS_TO_WAIT = 30


def on_cluster(
    work: Callable[[Task], Result], tasks: Iterable[Task], scheduler: str
) -> Iterator[Result]:
    """Results of ``work(task)``, each as soon as it and all before it are there.

    A task whose worker dies is run again by another one (three times at most, as Dask has it). What
    a task raises is raised here. Tasks are handed over as workers become free, so a long row of
    them is never held in memory as a whole.

    Parameters
    ----------
    work : picklable by reference: a function of a module that workers have, or a partial of one.
    scheduler : its address, as "tcp://10.0.0.5:8786".

    Raises
    ------
    TrainingError
        If Dask is not installed, or no scheduler with a worker answers within ``SECONDS_TO_WAIT``.
    """
    client = _client(scheduler)
    try:
        with joblib.parallel_config(
            backend="dask", client=client, wait_for_workers_timeout=SECONDS_TO_WAIT
        ):
            run = joblib.Parallel(n_jobs=-1, return_as="generator", batch_size=1)
            yield from run(joblib.delayed(work)(task) for task in tasks)
    finally:
        client.close()


def _client(scheduler: str) -> Any:
    """A client of the scheduler that has at least one worker."""
    try:
        import distributed
    except ImportError as error:
        raise TrainingError(
            'regimes.windows.backend is "dask", which is not installed: pip install '
            '"freqai-regimes[dask]", or set it to "threads".'
        ) from error
    connect: Any = distributed.Client  # without types, where it is installed
    try:
        client = connect(scheduler, timeout=SECONDS_TO_WAIT, set_as_default=False)
        client.wait_for_workers(1, timeout=SECONDS_TO_WAIT)
    except (OSError, TimeoutError, ValueError) as error:
        raise TrainingError(
            f"No Dask scheduler with a worker at {scheduler} ({' '.join(str(error).split())}): "
            'start them (docs/scale.md), or set regimes.windows.backend to "threads".'
        ) from error
    return client
