"""Every configuration item of the source systems: what it is here, or why it is not.

The Intelligent Trading Bot (ITB) in its newer and older forms, and the futures bot called source
004. ``docs/itb.md`` holds the same table; a test keeps them equal.
"""

from __future__ import annotations

from freqai_regimes.cli.itb_data_items import DATA_ITEMS
from freqai_regimes.cli.itb_item import Item
from freqai_regimes.cli.itb_signal_items import SIGNAL_ITEMS
from freqai_regimes.cli.itb_source_004_items import SOURCE_004_ITEMS

#: The first pattern that fits decides.
ITEMS: tuple[Item, ...] = (*DATA_ITEMS, *SIGNAL_ITEMS, *SOURCE_004_ITEMS)
