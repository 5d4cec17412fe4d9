"""What TA-Lib's own tables do not say of its functions: history, warm-up, unit. Each is measured.

The tests hold all three lists against what every function of the installed TA-Lib does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from talib import abstract

#: Totals since, or row numbers counted from, the first candle that was loaded: live and backtest
#: load different histories and would never agree.
COUNTED_FROM_FIRST_CANDLE = frozenset(
    {"AD", "CUMSUM", "NVI", "OBV", "PVI", "PVT", "VWAP", "WAD"}
    | {"MAXINDEX", "MININDEX", "MINMAXINDEX"}
)

#: Candles, in lengths of the longest period, after which a recursion has forgotten where it began
#: to 1e-6 of its own spread (Wilder's smoothing keeps (1 - 1/n)^(16n) = 1e-7 of a difference).
SETTLING_PERIODS = 16
#: The same for recursions that have no period: Hilbert transforms, MAMA, Heikin-Ashi, SAR.
SETTLING_CANDLES = 400

# Periods of averages inside that are no parameter.
_HIDDEN_PERIODS = {"MACDFIX": 26, "KAMA": 30}

# Recursive in part (moving averages inside); TA-Lib marks as unstable only those that are wholly.
_RECURSIVE = frozenset(
    {"ADXR", "APO", "ERI", "KDJ", "MACD", "MACDFIX", "PPO", "PVO", "SMI", "STOCHRSI", "TRIX", "TSI"}
    | {"DEMA", "KC", "TEMA", "ZLEMA", "CVI", "MASSI", "EFI"}
    | {"SAR", "SAREXT", "SUPERTREND", "ADOSC"}
)
_MARKED_RECURSIVE = "Function has an unstable period"
# The kinds of average (parameters ending in matype) that forget: SMA, WMA, TRIMA, HMA, none.
_FORGETTING_AVERAGES = frozenset({0, 2, 5, 9, 10})

_SCALE_FREE = frozenset(
    {"HT_DCPERIOD", "HT_DCPHASE", "HT_SINE", "HT_TRENDMODE", "BETA", "CORREL", "PERCENTRANK"}
    | {"ADX", "ADXR", "AROON", "AROONOSC", "BOP", "CCI", "CMO", "CMOU", "COPPOCK", "DX", "ER"}
    | {"FOSC", "FRACTAL", "IMI", "KDJ", "MFI", "MINUS_DI", "PLUS_DI", "PPO", "ROC", "ROCP", "ROCR"}
    | {"ROCR100", "RSI", "SMI", "STOCH", "STOCHF", "STOCHRSI", "TRIX", "TSI", "ULTOSC", "VHF"}
    | {"VORTEX", "WILLR", "CVI", "MASSI", "NATR", "RVI", "CMF", "PVO", "RVOL"}
    | {"SUPERTREND_trend"}
)


def described(function: str) -> Any:
    """Return TA-Lib's own description of a function: inputs, parameters, outputs, lookback."""
    return abstract.Function(function)  # type: ignore[attr-defined] # its stub leaves it out


def is_scale_free(function: str, output: str) -> bool:
    """Say whether an output stays the same when all prices, or all volumes, are multiplied.

    A quotient (DIV) of two prices is itself a price, of one asset in the other: not scale-free.

    >>> is_scale_free("RSI", "real"), is_scale_free("ATR", "real")
    (True, False)
    """
    return (
        function in _SCALE_FREE
        or f"{function}_{output}" in _SCALE_FREE
        or function.startswith("CDL")  # candlestick patterns: -100, 0 or 100
    )


def settling_candles(function: str, parameters: Mapping[str, float]) -> int:
    """Rows after its first value until a function no longer depends on where history began.

    0 if it looks at a window alone. For SAR, SUPERTREND and KAMA, whose memory has no bound, it is
    what markets need as a rule: SAR and SUPERTREND forget when the trend turns.

    Parameters
    ----------
    parameters : all parameters of the function, defaults included.
    """
    if not _is_recursive(function, parameters):
        return 0
    periods = [int(value) for name, value in parameters.items() if "period" in name]
    periods += [_HIDDEN_PERIODS[function]] if function in _HIDDEN_PERIODS else []
    return SETTLING_PERIODS * max(periods) if periods else SETTLING_CANDLES


def _is_recursive(function: str, parameters: Mapping[str, float]) -> bool:
    flags = described(function).info["function_flags"] or []
    averages = [value for name, value in parameters.items() if name.endswith("matype")]
    return (
        function in _RECURSIVE
        or _MARKED_RECURSIVE in flags
        or not _FORGETTING_AVERAGES.issuperset(averages)
    )
