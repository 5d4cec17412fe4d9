"""One BLAS thread inside a fit, what was before after it, also where fits run on threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from freqai_regimes.learners.engine import fit
from freqai_regimes.learners.one_blas_thread import one_blas_thread
from tests.learners.rows import options, sample


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_threads_are_one_inside_and_what_they_were_afterwards() -> None:
    with one_blas_thread():  # both libraries are loaded and found
        assert blas_threads() == {1}
    with threadpool_limits(2, user_api="blas"):
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {2}
        with pytest.raises(ValueError, match="inside"), one_blas_thread():
            raise ValueError("inside")
        assert blas_threads() == {2}


def test_whoever_starts_threads_and_holds_it_keeps_them_all_on_one() -> None:
    def inside(_: int) -> set[int]:
        fit(options("linear"), sample("regression", 50), "regression")
        return blas_threads()

    with threadpool_limits(2, user_api="blas"):
        with one_blas_thread(), ThreadPoolExecutor(2) as threads:
            assert list(threads.map(inside, range(8))) == [{1}] * 8
        assert blas_threads() == {2}
