"""The named causes for which a live run differs from its backtest, and the three that may."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Why something differs; the value is what people read."""

    FIRST_CANDLE = "first candle after a start"
    SPREAD = "spread in the fill price"
    INSIDE_CANDLE = "stop or target filled inside the candle"
    NO_MODEL = "no model yet"
    NOT_RUNNING = "the bot was not running"
    NOT_TRADED = "the pair was not traded live"
    MISSING_CANDLE = "candle missing live"
    NOT_STORED = "candle not stored"
    LATE_CANDLE = "candle late live"
    OTHER_CANDLE = "the candle itself differs"
    WINDOW_START = "training window starts elsewhere"
    CADENCE = "retrained at other times"
    DRIFTED_CADENCE = "retraining drifts"
    LATE_MODEL = "the new model came later"
    OTHER_MODEL = "another of the same models served"
    LABEL_TAIL = "labels at the window's end differ"
    TRAINING_ROWS = "other rows in the same window"
    HISTORY = "value depends on the length of history"
    LOOK_AHEAD = "look-ahead"
    LATE_FILL = "the order filled later"
    SLIPPAGE = "fill price beyond the spread"
    PARTIAL_FILL = "partly filled"
    FEES = "other fees"
    BY_HAND = "entered or left by hand"
    FOLLOWS = "follows from an earlier difference"
    STILL_OPEN = "still open at the end"
    UNKNOWN = "unknown"


#: Differences of these causes cannot be avoided; a comparison that finds no other one passes.
ALLOWED = frozenset({Cause.FIRST_CANDLE, Cause.SPREAD, Cause.INSIDE_CANDLE})

#: What each cause means, and the evidence that names it.
MEANING = {
    Cause.FIRST_CANDLE: "FreqAI marks the first prediction after each start as not to be traded",
    Cause.SPREAD: "live pays the order book's side, the backtest the candle's open",
    Cause.INSIDE_CANDLE: "the backtest fills at the stop's or target's price inside the candle, "
    "live at the next look at the price",
    Cause.NO_MODEL: "a new bot predicts nothing until its first training is done",
    Cause.NOT_RUNNING: "no candle of any pair was analysed; the bot was stopped or restarting",
    Cause.NOT_TRADED: "other pairs were analysed, this one from some time on or until then not",
    Cause.MISSING_CANDLE: "other pairs' candles were analysed, this one's not",
    Cause.NOT_STORED: "live analysed a candle that the backtest's candles lack",
    Cause.LATE_CANDLE: "the candle was analysed later than one candle after its close",
    Cause.OTHER_CANDLE: "open, high, low, close or volume is not what is stored",
    Cause.WINDOW_START: "both trained to the same moment, but from different first candles",
    Cause.CADENCE: "the model at this candle was trained to another moment",
    Cause.DRIFTED_CADENCE: "each live training is later than the backtest's by more than the last",
    Cause.LATE_MODEL: "both have this training, live got it some candles later",
    Cause.OTHER_MODEL: "both have both trainings; the gate, a pin or a failure chose another",
    Cause.LABEL_TAIL: "same window, but the last rows or their labels are not the same",
    Cause.TRAINING_ROWS: "same window, but other rows or values in its midst",
    Cause.HISTORY: "the same candles give another value when more of them come before",
    Cause.LOOK_AHEAD: "the backtest's value changes when later candles are cut off",
    Cause.LATE_FILL: "same signals and free to trade, but the entry filled candles later",
    Cause.SLIPPAGE: "the fill is further from the backtest's price than a spread explains",
    Cause.PARTIAL_FILL: "an order got less than it asked for",
    Cause.FEES: "the exchange charged another rate than the backtest was told",
    Cause.BY_HAND: "a person entered or left, in chat or interface",
    Cause.FOLLOWS: "a difference before it (signal, trade, lock, balance) led to this one",
    Cause.STILL_OPEN: "the run ended with the position open; its value is that of the last candle",
    Cause.UNKNOWN: "nothing that was recorded explains it",
}
