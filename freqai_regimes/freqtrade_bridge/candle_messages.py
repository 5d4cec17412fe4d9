"""Messages of a closed candle: its score and a change of regime, each candle told once."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from freqai_regimes.candles import timeframe_seconds
from freqai_regimes.freqtrade_bridge import picture
from freqai_regimes.freqtrade_bridge.announcements import announce_markdown
from freqai_regimes.freqtrade_bridge.told import Told
from freqai_regimes.messages.bands import decide, score_text
from freqai_regimes.messages.icons import Side, information_text, signal_text
from freqai_regimes.messages.markdown import escape
from freqai_regimes.messages.options import MessageSettings
from freqai_regimes.messages.price import coin_sign, price_text
from freqai_regimes.regimes import REGIME_NAMES

logger = logging.getLogger(__name__)


class CandleMessages:
    """Decides from a pair's frame what is worth telling; state lies in ``told``."""

    def __init__(self, settings: MessageSettings, strategy: Any, told: Told) -> None:
        self.settings = settings
        self.strategy = strategy
        self.told = told
        self._pending: set[str] = set()

    def look(self, pair: str, frame: pd.DataFrame) -> None:
        """Tell what the newest closed candle of a pair brings; a candle seen before is silent."""
        candle = frame.iloc[-1]
        step = pd.Timedelta(seconds=timeframe_seconds(self.strategy.config["timeframe"]))
        closed = pd.Timestamp(candle["date"]) + step
        if self.settings.regime_changes:
            self._regime(pair, candle, closed)
        if self.settings.score != "off":
            self._score(pair, frame, candle, closed)

    def _regime(self, pair: str, candle: pd.Series, closed: pd.Timestamp) -> None:
        regime = candle["regime"]
        if pd.isna(regime):
            return
        name, key = REGIME_NAMES[int(regime)], f"regime_{pair}"
        before = self.told.read(key)
        if before is None:
            self.told.write(key, name)
        elif before != name:
            price = price_text(float(candle["close"]), self._tick(pair))
            text = f"{escape(coin_sign(pair))} {price}: regime {before} to *{name}*"
            self._tell(key, closed, text, name)

    def _score(
        self, pair: str, frame: pd.DataFrame, candle: pd.Series, closed: pd.Timestamp
    ) -> None:
        key = f"score_{pair}"
        before = self.told.read(key) or {}
        score = float(candle.get(self.settings.score_column, float("nan")))
        moment = closed.isoformat()
        if before.get("closed", "") >= moment or pd.isna(score):
            return
        if self.settings.score == "icons":
            text = self._with_icons(pair, frame, score)
            after = {"closed": moment}
        else:
            text, after = self._banded(pair, candle, score, before.get("band"), closed)
        if text is None:
            self.told.write(key, after)
        else:
            self._tell(key, closed, text + self._picture(pair, frame, moment), after)

    def _with_icons(self, pair: str, frame: pd.DataFrame, score: float) -> str | None:
        quiet, step = self.settings.quiet_below, self.settings.icon_step
        close, tick, side = float(frame["close"].iloc[-1]), self._tick(pair), _began(frame)
        if side is not None:
            return signal_text(pair, close, score, side, threshold=quiet, step=step, tick=tick)
        return information_text(pair, close, score, quiet_below=quiet, step=step, tick=tick)

    def _banded(
        self, pair: str, candle: pd.Series, score: float, before: int | None, closed: pd.Timestamp
    ) -> tuple[str | None, dict[str, Any]]:
        options = self.settings.bands
        notice = decide(score, before, closed, options)
        after = {"closed": closed.isoformat(), "band": notice.band}
        if not notice.send:
            return None, after
        second = self.settings.secondary_column
        text = score_text(
            pair,
            float(candle["close"]),
            score,
            notice,
            self.strategy.config["timeframe"],
            options,
            secondary=None if second is None else float(candle[second]),
            tick=self._tick(pair),
        )
        return text, after

    def _tell(self, key: str, closed: pd.Timestamp, text: str, after: Any) -> None:
        """Queue a text; what was told is remembered once freqtrade has it."""
        mark = f"{key} {closed.isoformat()}"
        if mark in self._pending:
            return
        self._pending.add(mark)

        def sent() -> None:
            self.told.write(key, after)
            self._pending.discard(mark)

        announce_markdown(text, sent)

    def _picture(self, pair: str, frame: pd.DataFrame, moment: str) -> str:
        candles = self.settings.picture_candles
        if candles is None:
            return ""
        folder = Path(self.strategy.config["user_data_dir"]) / "plot"
        try:
            path = picture.draw(
                frame.tail(candles), pair, self.settings.score_column, folder, moment
            )
            if self.settings.send_pictures:
                picture.send_in_background(path, self.strategy.config, pair)
        except Exception:
            logger.exception("The picture of %s could not be made or sent.", pair)
            return ""
        return f"\n{escape(str(path))}"

    def _tick(self, pair: str) -> float | None:
        market = self.strategy.dp.market(pair) or {}
        precision = (market.get("precision") or {}).get("price")
        return float(precision) if precision else None


def _began(frame: pd.DataFrame) -> Side | None:
    """The side whose signal the newest candle has and the one before it had not; None if neither.

    Freqtrade's columns hold a signal for as long as it lasts; it is told when it begins.
    """
    sides: dict[Side, tuple[str, str]] = {
        "BUY": ("enter_long", "exit_short"),
        "SELL": ("enter_short", "exit_long"),
    }
    for side, names in sides.items():
        columns = [frame[name].tail(2) == 1 for name in names if name in frame]
        if any(bool(own.iloc[-1]) and not own.iloc[:-1].any() for own in columns):
            return side
    return None
