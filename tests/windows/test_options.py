"""Which settings of the windows fit each other."""

from __future__ import annotations

from datetime import date

import pytest

from freqai_regimes.errors import SettingsError
from freqai_regimes.settings import parse_settings


def test_expanding_windows_have_an_anchor_and_a_longest_length() -> None:
    section = {"span": "expanding", "anchor": "2020-02-29", "longest_days": 900}
    windows = parse_settings({"regimes": {"windows": section}}).windows
    assert (windows.anchor, windows.longest_days) == (date(2020, 2, 29), 900)


@pytest.mark.parametrize("option", [{"anchor": "2020-01-01"}, {"longest_days": 1}])
def test_rolling_ones_have_neither(option: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="anchor and longest_days belong to span expanding"):
        parse_settings({"regimes": {"windows": option}})


@pytest.mark.parametrize("windows", [{"backend": "dask"}, {"scheduler": "tcp://10.0.0.5:8786"}])
def test_a_cluster_and_its_address_belong_together(windows: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="dask and the address of its scheduler"):
        parse_settings({"regimes": {"windows": windows}})
