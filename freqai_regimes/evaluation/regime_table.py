"""What the market, the trades and the predictions did in each regime, as one table."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from freqai_regimes.errors import RegimesError
from freqai_regimes.evaluation.metrics import rank_correlation
from freqai_regimes.evaluation.record import (
    EXPERT_CODES,
    REGIMES,
    UNKNOWN,
    RunRecord,
    outcome,
    regime_names,
    trusted_prediction,
)

ALL = "all"
ROWS = (*REGIMES, UNKNOWN, ALL)
TRADE_COLUMNS = (
    "pair",
    "open_date",
    "close_date",
    "open_rate",
    "close_rate",
    "profit_abs",
    "profit_ratio",
    "trade_duration",
    "enter_tag",
    "exit_reason",
    "is_short",
)


def checked_trades(trades: pd.DataFrame) -> pd.DataFrame:
    """Pick the columns of freqtrade's trades that are used here; times in UTC; none is no error.

    Raises
    ------
    RegimesError
        If there are trades but columns are missing.
    """
    if trades.empty:
        kinds = dict.fromkeys(TRADE_COLUMNS, "float64")
        kinds |= dict.fromkeys(("open_date", "close_date"), "datetime64[ms, UTC]")
        kinds |= dict.fromkeys(("pair", "enter_tag", "exit_reason"), "str")
        return pd.DataFrame(columns=list(TRADE_COLUMNS)).astype({**kinds, "is_short": "bool"})
    missing = [column for column in TRADE_COLUMNS if column not in trades.columns]
    if missing:
        raise RegimesError(
            f"The trades lack {', '.join(missing)}. Give the trades of a freqtrade backtest result."
        )
    used = trades[list(TRADE_COLUMNS)].reset_index(drop=True)
    for column in ("open_date", "close_date"):
        used[column] = pd.to_datetime(used[column], utc=True)
    return used


def entry_regimes(trades: pd.DataFrame, record: RunRecord) -> pd.Series[str]:
    """Regime each trade was entered in: first word of its enter tag, else the candle before it.

    The candle is the last one of the trade's pair that had closed when the trade opened.
    """
    names = [
        _tagged_regime(tag) or _recorded_regime(pair, opened, record)
        for tag, pair, opened in zip(
            trades["enter_tag"], trades["pair"], trades["open_date"], strict=True
        )
    ]
    return pd.Series(names, index=trades.index, dtype=object)


def regime_table(record: RunRecord, trades: pd.DataFrame, starting_balance: float) -> pd.DataFrame:
    """One row a regime (bull, sideways, bear, unknown) and one for all of them.

    Parameters
    ----------
    record : candles of the backtest's range (``RunRecord.between``).
    trades : from ``checked_trades``.
    starting_balance : in stake currency.

    Returns
    -------
    Frame indexed by regime with ``candles`` (count), ``candle_share``, ``market_change`` (a
    regime is known at a candle's close, so each candle's regime is given the change to the next
    close; compounded, mean over pairs, a pair never in it counts 0), ``trades``, ``win_rate``,
    ``profit_abs`` (stake currency), ``profit_ratio`` (of the starting balance),
    ``mean_hold_minutes``; and with a model ``trusted_share`` (of the candles), ``resolved``
    (candles with prediction and outcome), and over these ``rank_correlation``,
    ``mean_prediction``, ``mean_outcome``; ``expert_share`` (of the trusted predictions; in the
    last row of any expert). Shares and changes are fractions; NaN where nothing is averaged.
    """
    candles = _candles(record)
    entered = entry_regimes(trades, record)
    rows = {}
    for name in ROWS:
        inside = candles if name == ALL else candles[candles["regime"] == name]
        within = trades if name == ALL else trades[entered == name]
        rows[name] = {
            "candles": len(inside),
            "candle_share": len(inside) / len(candles),
            "market_change": _market_change(inside, list(record.pairs)),
            **_trade_numbers(within, starting_balance),
            **(_prediction_numbers(inside, name) if record.has_model else {}),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "regime"
    return table


def _tagged_regime(tag: object) -> str | None:
    words = tag.split() if isinstance(tag, str) else []
    return words[0] if words and words[0] in (*REGIMES, UNKNOWN) else None


def _recorded_regime(pair: str, opened: pd.Timestamp, record: RunRecord) -> str:
    frame = record.pairs.get(pair)
    if frame is None:
        return UNKNOWN
    closed = frame[frame["date"] + record.candle_length <= opened]
    return str(regime_names(closed["regime"]).iloc[-1]) if len(closed) else UNKNOWN


def _candles(record: RunRecord) -> pd.DataFrame:
    parts = []
    for pair, frame in record.pairs.items():
        part = pd.DataFrame(
            {
                "pair": pair,
                "regime": regime_names(frame["regime"]),
                "next_change": frame["close"].shift(-1) / frame["close"],
                "prediction": record.judged(pair),
                "trusted": trusted_prediction(frame).notna(),
                "outcome": outcome(frame),
                "expert": frame["expert"] if "expert" in frame.columns else np.nan,
            }
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _market_change(candles: pd.DataFrame, pairs: list[str]) -> float:
    if candles.empty:
        return float("nan")
    growth = candles.groupby("pair")["next_change"].prod().reindex(pairs, fill_value=1.0)
    return float(growth.mean()) - 1.0


def _trade_numbers(trades: pd.DataFrame, starting_balance: float) -> dict[Hashable, float]:
    profit = float(trades["profit_abs"].sum())
    count = len(trades)
    return {
        "trades": count,
        "win_rate": float((trades["profit_abs"] > 0).mean()) if count else float("nan"),
        "profit_abs": profit,
        "profit_ratio": profit / starting_balance,
        "mean_hold_minutes": float(trades["trade_duration"].mean()) if count else float("nan"),
    }


def _prediction_numbers(candles: pd.DataFrame, name: str) -> dict[Hashable, float]:
    trusted = candles[candles["trusted"]]
    resolved = candles[candles["prediction"].notna() & candles["outcome"].notna()]
    spoke = trusted["expert"] > 0 if name == ALL else trusted["expert"] == EXPERT_CODES.get(name)
    no_expert = name == UNKNOWN or trusted.empty
    return {
        "trusted_share": len(trusted) / len(candles) if len(candles) else float("nan"),
        "resolved": len(resolved),
        "rank_correlation": rank_correlation(resolved["prediction"], resolved["outcome"]),
        "mean_prediction": float(resolved["prediction"].mean()),
        "mean_outcome": float(resolved["outcome"].mean()),
        "expert_share": float("nan") if no_expert else float(spoke.mean()),
    }
