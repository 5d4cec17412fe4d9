"""Names of columns are kept as a bot wants them, and a choice of the user's own stays."""

from __future__ import annotations

import pandas as pd
import pytest

from freqai_regimes.freqtrade_bridge.column_names import OPTION, keep_names_in_python


@pytest.mark.parametrize(("chosen", "kept"), [("auto", "python"), ("pyarrow", "pyarrow")])
def test_names_are_python_strings_unless_chosen_otherwise(chosen: str, kept: str) -> None:
    with pd.option_context(OPTION, chosen):
        keep_names_in_python()
        names = pd.DataFrame({"close": [1.0]}).columns
        assert isinstance(names.dtype, pd.StringDtype) and names.dtype.storage == kept
