"""Keeps names of columns as Python strings in a bot, which looks them up all the time."""

from __future__ import annotations

import pandas as pd

OPTION = "mode.string_storage"


def keep_names_in_python() -> None:
    """Set pandas' option for strings, for the whole process, unless somebody else has set it.

    By itself pandas keeps strings in pyarrow's arrays, where that is installed, and makes each
    name anew for each look-up in an index. Values are the same either way; long columns of text
    take more memory, which a bot has not.
    """
    if pd.get_option(OPTION) == "auto":
        pd.set_option(OPTION, "python")
