"""Another time of day for a while: the clock as Python code sees it, moved by a fixed span."""

from __future__ import annotations

import datetime
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import pandas as pd

_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib")})


@contextmanager
def shifted_clock(by: datetime.timedelta) -> Iterator[None]:
    """Within this context the clock shows another time.

    Moved are ``time.time``, ``time.time_ns``, ``datetime.now`` and ``utcnow`` and ``today``,
    ``date.today``, and those of ``pandas.Timestamp``, also where a module outside the installed
    libraries imported them by name. Not moved are clocks read by compiled code on its own, such as
    ``numpy.datetime64("now")``.
    """
    replaced = _replacements(by)
    with ExitStack() as stack:
        for module in list(sys.modules.values()):
            if not _is_own(module):
                continue
            for name, value in list(vars(module).items()):
                new = next((new for old, new in replaced if value is old), None)
                if new is not None:
                    stack.enter_context(patch.object(module, name, new))
        for name, new in _later_timestamps(pd.Timestamp.now, by).items():
            stack.enter_context(patch.object(pd.Timestamp, name, new))
        yield


def _is_own(module: Any) -> bool:
    """Whether a module is ours or the user's, or one of the two that hold the clock."""
    if module in (time, datetime) or module.__name__.split(".")[0] == "freqai_regimes":
        return bool(module.__name__ != __name__)
    file = getattr(module, "__file__", None)
    return file is not None and not str(file).startswith(_LIBRARIES)


def _replacements(by: datetime.timedelta) -> list[tuple[object, object]]:
    real_time, real_time_ns = time.time, time.time_ns
    seconds = by.total_seconds()
    nanoseconds = int(seconds) * 10**9
    return [
        (real_time, lambda: real_time() + seconds),
        (real_time_ns, lambda: real_time_ns() + nanoseconds),
        (datetime.datetime, _later_datetime(datetime.datetime, by)),
        (datetime.date, _later_date(datetime.date, by)),
    ]


class _SameInstances(type):
    """Metaclass: instances of the real class count as instances of the one that replaces it."""

    def __instancecheck__(cls, instance: object) -> bool:
        return bool(isinstance(instance, cls.__mro__[1]))

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.__mro__[1])


def _later_datetime(real: Any, by: datetime.timedelta) -> type:
    def now(cls: type, tz: datetime.tzinfo | None = None) -> Any:
        return real.now(tz) + by

    def utcnow(cls: type) -> Any:
        return real.now(datetime.UTC).replace(tzinfo=None) + by

    members = {
        "now": classmethod(now),
        "utcnow": classmethod(utcnow),
        "today": classmethod(lambda cls: real.now() + by),
    }
    return _SameInstances("datetime", (real,), members)


def _later_date(real: Any, by: datetime.timedelta) -> type:
    now = datetime.datetime.now  # date.today() asks time.time, which has moved already
    return _SameInstances("date", (real,), {"today": classmethod(lambda cls: (now() + by).date())})


def _later_timestamps(real: Any, by: datetime.timedelta) -> dict[str, Any]:
    return {
        "now": classmethod(lambda cls, tz=None: real(tz) + by),
        "today": classmethod(lambda cls, tz=None: real(tz) + by),
        "utcnow": classmethod(lambda cls: real("UTC") + by),
    }
