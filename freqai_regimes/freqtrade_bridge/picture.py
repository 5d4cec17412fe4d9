"""A picture of the last candles: price with regimes and signals above, the score below."""

from __future__ import annotations

import logging
import re
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pandas as pd

from freqai_regimes.errors import SettingsError
from freqai_regimes.evaluation.chart_style import BLUE, REGIME_COLOURS
from freqai_regimes.regimes import REGIME_NAMES

logger = logging.getLogger(__name__)

TELEGRAM = "https://api.telegram.org"
SECONDS = 20.0
#: Column, marker and whether it is a purchase.
SIGNALS = (("enter_long", "^"), ("exit_short", "^"), ("enter_short", "v"), ("exit_long", "v"))


def refuse_without_matplotlib(candles: int | None) -> None:
    """Refuse pictures where what draws them is not installed.

    Raises
    ------
    SettingsError
        Naming the extra.
    """
    if candles is not None and find_spec("matplotlib") is None:
        raise SettingsError(
            f"messages.picture_candles is {candles}, and matplotlib is not installed: run pip "
            "install 'freqai-regimes[pictures]', or set it to null."
        )


def draw(frame: pd.DataFrame, pair: str, score_column: str, folder: Path, moment: str) -> Path:
    """Draw the frame's candles into a PNG, one file a pair, replaced each time; returns its path.

    ``frame`` holds date, close, regime, the score's column and the signals that there are.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 6), layout="constrained")
    price, score = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    date, close = frame["date"].dt.tz_localize(None), frame["close"]
    price.plot(date, close, color=BLUE)
    for code, name in REGIME_NAMES.items():
        inside = (frame["regime"] == code).to_numpy()
        price.fill_between(
            date, 0, 1, where=inside, transform=price.get_xaxis_transform(),
            color=REGIME_COLOURS[name], alpha=0.12, linewidth=0, label=name,
        )  # fmt: skip
    for column, marker in SIGNALS:
        if column in frame:
            rises = frame[column].astype(float).diff() > 0
            color = "#1a7f37" if marker == "^" else "#cf222e"
            price.scatter(date[rises], close[rises], marker=marker, color=color, s=60, zorder=3)
    price.legend(loc="upper left", frameon=False)
    price.set_title(f"{pair}, {len(frame)} candles until {moment[:16].replace('T', ' ')} UTC")
    if score_column in frame:
        score.plot(date, frame[score_column], color="#8250df")
    score.axhline(0, color="#999999", linewidth=0.8)
    score.set_ylabel(score_column)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{re.sub(r'[/:]', '_', pair)}.png"
    fresh = path.with_suffix(".new.png")
    figure.savefig(fresh, dpi=100)
    fresh.replace(path)
    return path


def send_in_background(path: Path, config: dict[str, Any], caption: str) -> threading.Thread | None:
    """Send a picture by Telegram's ``sendPhoto``; the bot's loop does not wait for it."""
    telegram = config.get("telegram", {})
    if not telegram.get("enabled"):
        return None
    thread = threading.Thread(
        target=_send, args=(path.read_bytes(), telegram, caption), name="picture", daemon=True
    )
    thread.start()
    return thread


def _send(picture: bytes, telegram: dict[str, Any], caption: str) -> None:
    url = f"{TELEGRAM}/bot{telegram['token']}/sendPhoto"
    form = {"chat_id": str(telegram["chat_id"]), "caption": caption}
    if telegram.get("topic_id"):
        form["message_thread_id"] = str(telegram["topic_id"])
    try:
        files = {"photo": ("candles.png", picture, "image/png")}
        answer = httpx.post(url, data=form, files=files, timeout=SECONDS)
        if answer.status_code != 200:
            logger.warning("Telegram did not take a picture: HTTP %s.", answer.status_code)
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # their texts may show the token
        logger.warning("A picture could not be sent (%s).", type(error).__name__)
