"""Points from a name that nobody knows to the one that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """Words that point to the nearest known name, or list them all.

    >>> nearest("presett", ["preset", "entry"])
    "did you mean 'preset'?"
    """
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
