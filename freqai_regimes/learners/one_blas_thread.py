"""Keeps matrix products of a fit on one thread: more of them round otherwise and steal cores."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import scipy.linalg  # noqa: F401 - loads its own BLAS, which is to be found as numpy's is
from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[Any]:
    """One BLAS thread inside, what was before after it.

    The number is one for the whole process. Of several threads that fit at once the first one in
    decides (threadpoolctl 3.8), so whoever starts them should hold this meanwhile.
    """
    limit: AbstractContextManager[Any] = _blas().limit(limits=1)
    return limit


@cache
def _blas() -> Any:
    """The BLAS libraries, found once: looking for them takes longer than a small fit."""
    return ThreadpoolController().select(user_api="blas")
