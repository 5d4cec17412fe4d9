"""Runs ``freqtrade`` with Telegram's address replaced, which freqtrade has no setting for.

Usage: ``telegram_trade.py URL freqtrade-arguments...``
"""

from __future__ import annotations

import sys


def main() -> None:
    """Trade, with Telegram at URL."""
    url = sys.argv[1]
    from freqtrade.main import main as freqtrade
    from freqtrade.rpc.telegram import Telegram
    from telegram.ext import Application

    from freqai_regimes.freqtrade_bridge import picture

    def build(self: Telegram) -> Application:
        return (
            Application.builder()
            .token(self._config["telegram"]["token"])
            .base_url(f"{url}/bot")
            .build()
        )

    Telegram._init_telegram_app = build  # type: ignore[method-assign]
    picture.TELEGRAM = url
    freqtrade(sys.argv[2:])


if __name__ == "__main__":
    main()
