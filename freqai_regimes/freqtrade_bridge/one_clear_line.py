"""The package's errors in the kind that freqtrade shows as one line, without a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from freqtrade.exceptions import OperationalException

from freqai_regimes.errors import RegimesError


@contextmanager
def one_clear_line() -> Iterator[None]:
    """Turn an error of this package into freqtrade's own."""
    try:
        yield
    except RegimesError as error:
        raise OperationalException(str(error)) from error
