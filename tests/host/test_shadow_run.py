"""A shadow beside the champion of a running bot, and a bot that is killed while it predicts."""

from __future__ import annotations

import json
import signal
from typing import Any

import pandas as pd
import pytest

from freqai_regimes.freqtrade_bridge.model_life import DECISIONS
from freqai_regimes.model_life.registry import ModelRegistry
from tests.host.test_model_life import kept
from tests.host.test_user_moves import BTC, NOON, SOL, STEP, TROUBLE, Bot

FIRST, THEN = 4, 20
ENDS = NOON + (FIRST + 1 + THEN + 1) * STEP
#: Trained every third candle; a shadow's verdict falls after 20 of them at the latest.
SHADOW: dict[str, Any] = {
    "freqai": {"live_retrain_hours": 0.2},
    "regimes": {"life": {"shadow": {"enabled": True, "longest_candles": 20}}},
}


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """A bot with a shadow for each pair from its fourth candle on, started again after the fifth.

    Later on version 2 proves better than version 1 for one pair and worse for the other. In between
    the two change places, so that one shadow is the worse model and the other the better one.
    """
    bot = Bot(tmp_path_factory.mktemp("shadow"))
    settings = bot.settings([BTC, SOL], SHADOW)
    done = bot.run(settings, NOON, FIRST)
    assert TROUBLE.findall(done.log) == []
    for pair in (BTC, SOL):
        registry(bot, pair).change(lambda p: p.promoted(2, "test").shadowed(1, "test"))
    done = bot.run(settings, NOON + (FIRST + 1) * STEP, THEN)
    assert TROUBLE.findall(done.log) == []
    return bot


def registry(bot: Bot, pair: str) -> ModelRegistry:
    return kept(bot.folder / "user_data")[pair]


def spoke(bot: Bot, pair: str) -> pd.Series:
    """Version that predicted, by opening time of the candle."""
    told = json.loads((bot.folder / "answer.json").read_text())["predictions"]
    rows = pd.DataFrame(told[pair])
    rows.index = pd.DatetimeIndex(pd.to_datetime(rows["date_pred"]))
    return rows["model_version"]


def stamps(bot: Bot, pair: str) -> dict[int, float]:
    """What a version calls itself in a prediction, by number."""
    return {
        version.number: pd.Timestamp(version.facts.trained_until).timestamp()
        for version in registry(bot, pair).versions()
    }


def verdict(bot: Bot, pair: str) -> tuple[pd.Timestamp, str]:
    """When a shadow of the pair was decided about first, and how."""
    lines = (registry(bot, pair).folder / DECISIONS).read_text().splitlines()
    said = [line for line in map(json.loads, lines) if line["trigger"] == "shadow"]
    return pd.Timestamp(said[0]["at"]), said[0]["decision"]


@pytest.mark.parametrize(
    ("pair", "becomes", "champions"),
    [(BTC, "drop", (2, 2)), (SOL, "promote", (2, 1))],
)
def test_a_shadow_is_held_until_its_verdict(
    bot: Bot, pair: str, becomes: str, champions: tuple[int, int]
) -> None:
    at, words = verdict(bot, pair)
    assert words.startswith(f"version 1: {becomes}: time is up: ")
    assert words.endswith(", 20 outcomes")
    versions, named = spoke(bot, pair), stamps(bot, pair)
    restarted = pd.Timestamp(NOON).floor("5min") + (FIRST + 1) * STEP
    decided = at.floor("5min") - STEP  # the candle that had just closed
    assert set(versions[restarted:decided]) == {named[champions[0]]}
    later = versions[decided + STEP :]
    assert len(later) and set(later) == {named[champions[1]]}
    pointer = registry(bot, pair).pointer()
    assert pointer.champion == champions[1]
    assert pointer.state(3) == "candidate"  # trained while the shadow was on trial
    assert registry(bot, pair).problems() == []


def test_a_kill_during_a_prediction_leaves_the_champion(bot: Bot) -> None:
    before = {pair: registry(bot, pair).pointer().champion for pair in (BTC, SOL)}
    settings = bot.settings([BTC, SOL], SHADOW, {"freqai": {"live_retrain_hours": 2}})
    killed = bot.stepped(settings, ENDS, 2, {"step": 0, "kill": "prediction"})
    assert killed.returncode == -signal.SIGKILL
    for pair, number in before.items():
        assert registry(bot, pair).problems() == []
        champion = registry(bot, pair).champion()
        assert champion is not None and champion.number == number
    done = bot.run(settings, ENDS + 2 * STEP, 1)
    assert TROUBLE.findall(done.log) == []
    for pair, number in before.items():
        assert number is not None
        assert spoke(bot, pair).iloc[-1] == stamps(bot, pair)[number]
