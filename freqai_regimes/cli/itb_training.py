"""Translates how an ITB configuration trains: time, pair, windows of training and prediction."""

from __future__ import annotations

import math
import re
from typing import Any

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.cli.itb_algorithms import learners, stated
from freqai_regimes.cli.itb_names import Line, entry_name
from freqai_regimes.errors import SettingsError

Fragment = dict[str, Any]

_FREQ = re.compile(r"(\d*)(min|T|H|h|D|d|W)")
_UNITS = {"min": "m", "T": "m", "H": "h", "h": "h", "D": "d", "d": "d", "W": "w"}
_QUOTES = ("USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD", "EUR", "TRY", "BRL", "BTC", "ETH", "BNB")
_WEEK_OF_MINUTES = 10080
SECONDS_PER_DAY = 86400


def timeframe_of(config: Fragment) -> str:
    """Freqtrade's name of ``freq``, a minute where there is none.

    >>> timeframe_of({"freq": "15min"}), timeframe_of({"freq": "H"}), timeframe_of({})
    ('15m', '1h', '1m')

    Raises
    ------
    SettingsError
        For a frequency that is not a number of minutes, hours, days or weeks.
    """
    freq = config.get("freq", "1min")
    match = _FREQ.fullmatch(str(freq))
    if match is None or match[1] == "0":
        raise SettingsError(f"freq is {freq!r}: write minutes, hours, days or weeks, as in 15min.")
    return f"{int(match[1] or 1)}{_UNITS[match[2]]}"


def pair_of(symbol: Any) -> str | None:
    """Freqtrade's name of a spot symbol, None where its quote currency is not known.

    >>> pair_of("BTCUSDT"), pair_of("ETH/BTC"), pair_of("EURUSD.x")
    ('BTC/USDT', 'ETH/BTC', None)
    """
    text = str(symbol).upper()
    if re.fullmatch(r"[A-Z0-9]+/[A-Z0-9]+", text):
        return text
    for quote in _QUOTES:
        if text.endswith(quote) and re.fullmatch(r"[A-Z0-9]+", text) and len(text) > len(quote):
            return f"{text.removesuffix(quote)}/{quote}"
    return None


def market(config: Fragment) -> tuple[Fragment, list[Line]]:
    """Pair and name of the preset."""
    fragment: Fragment = {}
    lines = []
    if "symbol" in config:
        pair = pair_of(config["symbol"])
        if pair is None:
            words = "Not the name of a spot pair that is known: set exchange.pair_whitelist."
            lines.append(Line("symbol", "refused", words))
        else:
            fragment["exchange"] = {"pair_whitelist": [pair]}
            lines.append(Line("symbol", "mapped", f"exchange.pair_whitelist: {pair}"))
    if "description" in config:
        fragment["regimes"] = {"preset": str(config["description"])}
        lines.append(Line("description", "mapped", "regimes.preset"))
    return fragment, lines


def training(config: Fragment, timeframe: str) -> tuple[Fragment, list[Line]]:
    """Length of the training window, and the learners.

    Raises
    ------
    SettingsError
        If a length is not a whole number.
    """
    entries, lines = learners(config)
    fragment: Fragment = {"regimes": {"learners": entries}} if entries else {}
    lengths = _lengths(config)
    given = {name: rows for name, rows in lengths.items() if rows > 0}
    if given:
        name = min(given, key=lambda key: given[key])
        days = math.ceil(given[name] * timeframe_seconds(timeframe) / SECONDS_PER_DAY)
        fragment["freqai"] = {"train_period_days": days}
    elif "train_length" in lengths:
        fragment.setdefault("regimes", {})["windows"] = {"span": "expanding"}
    if "train_length" in lengths:
        words = "regimes.windows.span: expanding, at least freqai.train_period_days"
        if given:
            words = f"freqai.train_period_days: {days}, {given[name]:,} rows by {name}"
        lines.append(Line("train_length", "mapped", words))
    return fragment, lines


def _lengths(config: Fragment) -> dict[str, int]:
    """Limits of the training rows by the item that states them; 0: none."""
    lengths = {}
    if "train_length" in config:
        lengths["train_length"] = _whole(config["train_length"], "train_length")
    for algorithm in config.get("algorithms") or []:
        name = f"algorithms.{entry_name('algorithms', algorithm)}"
        length = stated(algorithm).get("length")
        if length:
            lengths[f"{name}'s length"] = _whole(length, f"{name}.length")
    return lengths


def rolling(config: Fragment, timeframe: str) -> tuple[Fragment, list[Line]]:
    """How often models are trained anew.

    Raises
    ------
    SettingsError
        If the size of the predictions is not a whole number.
    """
    name = "rolling_predict.prediction_size"
    size = (config.get("rolling_predict") or {}).get("prediction_size")
    if "prediction_size" not in (config.get("rolling_predict") or {}):
        return {}, []
    if not size:
        words = "Without a number: set freqai.backtest_period_days and freqai.live_retrain_hours."
        return {}, [Line(name, "refused", words)]
    rows = _whole(size, name)
    fragment = retrained_every(rows * timeframe_seconds(timeframe))
    days = fragment["freqai"]["backtest_period_days"]
    words = f"freqai.backtest_period_days: {days:g} and freqai.live_retrain_hours"
    if rows == _WEEK_OF_MINUTES and timeframe != "1m":
        words += f". {rows} rows are a week of minutes only, not of {timeframe}: is that meant?"
    return fragment, [Line(name, "mapped", words)]


def retrained_every(seconds: int) -> Fragment:
    """FreqAI's settings for a training so often; it cuts days to whole seconds.

    Live a little earlier, since its clock starts before a training ends.
    """
    days = math.ceil(seconds / SECONDS_PER_DAY * 1e7) / 1e7
    hours = round(seconds / 3600 - min(1.0, seconds / 3600 / 20), 4)
    return {"freqai": {"backtest_period_days": days, "live_retrain_hours": hours}}


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SettingsError(f"{name} is {value!r}: a whole number of rows is meant.")
    return value
