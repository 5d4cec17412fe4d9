"""FreqAI's data kitchen with a cheaper merge: each look of a bot merges six times a pair."""

from __future__ import annotations

import numpy as np
import pandas as pd
from freqtrade.constants import ORDERFLOW_ADDED_COLUMNS
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen

from freqai_regimes.candles import CANDLE_COLUMNS
from freqai_regimes.freqtrade_bridge.known_rows import known_rows

_LEFT_TO_FREQTRADE = frozenset(ORDERFLOW_ADDED_COLUMNS)


class RegimeDataKitchen(FreqaiDataKitchen):
    """Gives the same frames as FreqAI's, column by column and bit by bit."""

    def merge_features(
        self,
        df_main: pd.DataFrame,
        df_to_merge: pd.DataFrame,
        tf: str,
        timeframe_inf: str,
        suffix: str,
    ) -> pd.DataFrame:
        """Columns of another frame beside the candles that knew them, named with ``suffix``.

        Frames with unusual dates, names or types are merged by FreqAI.
        """
        rows = known_rows(df_main["date"], df_to_merge["date"], tf, timeframe_inf)
        columns = list(df_to_merge)
        names = [f"{name}_{suffix}" for name in columns if name not in CANDLE_COLUMNS]
        features = df_to_merge.drop(columns=list(CANDLE_COLUMNS), errors="ignore")
        is_usual = (
            len(columns) - len(names) == len(CANDLE_COLUMNS)
            and all(kind == np.dtype(float) for kind in features.dtypes)
            and _LEFT_TO_FREQTRADE.isdisjoint(columns)
            and len({*names, *df_main}) == len(names) + df_main.shape[1]
        )
        if rows is None or not is_usual:
            theirs: pd.DataFrame = super().merge_features(
                df_main, df_to_merge, tf, timeframe_inf, suffix
            )
            return theirs
        main = df_main.reset_index(drop=True)
        if not names:
            return main
        values = features.to_numpy()
        if not np.array_equal(rows, np.arange(len(values))):
            values = values[rows]
            values[rows < 0] = float("nan")
        known = pd.DataFrame(values, columns=names, copy=False)
        merged: pd.DataFrame = pd.concat([main, known], axis=1)
        return merged
