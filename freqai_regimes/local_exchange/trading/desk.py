"""The two accounts behind the local exchange, and what may be changed of them from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from freqai_regimes.candles import FUTURES, SPOT
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.trading.event_log import EventLog
from freqai_regimes.local_exchange.trading.fee_coin import FeeCoin
from freqai_regimes.local_exchange.trading.futures_account import FuturesAccount
from freqai_regimes.local_exchange.trading.matching import Matching
from freqai_regimes.local_exchange.trading.price_walk import PARTICIPATION, PriceWalk
from freqai_regimes.local_exchange.trading.signature import Key
from freqai_regimes.local_exchange.trading.spot_account import SpotAccount

START_MONEY = Decimal(10_000)


@dataclass(frozen=True)
class TradingOptions:
    """What the accounts begin with, and where their events are written.

    Parameters
    ----------
    balances : coins of the spot account; of these, ``margin_asset`` also fills the futures wallet.
    participation : part of a candle's volume that a resting order gets, in (0, 1].
    events : file for one JSON line an event, None for memory only.
    bnb_fees : take spot fees in BNB, a quarter less, while the account has some.
    """

    key: Key = field(default_factory=Key)
    balances: dict[str, Decimal] = field(default_factory=lambda: {"USDT": START_MONEY})
    margin_asset: str = "USDT"
    participation: Decimal = PARTICIPATION
    events: Path | None = None
    bnb_fees: bool = False


class Desk:
    """Spot and futures side by side; ``advance`` lets known candles work on resting orders."""

    def __init__(self, store: CandleStore, options: TradingOptions, now_ms: int) -> None:
        self.options = options
        self.log = EventLog(options.events)
        margin = options.balances.get(options.margin_asset, Decimal(0))
        accounts: dict[str, SpotAccount | FuturesAccount] = {
            SPOT: SpotAccount(
                dict(options.balances), fee_coin=FeeCoin(store) if options.bnb_fees else None
            ),
            FUTURES: FuturesAccount(options.margin_asset, margin),
        }
        self.sides = {
            kind: Matching(store, kind, account, self.log) for kind, account in accounts.items()
        }
        self._store = store
        self._walks = [
            PriceWalk(side, now_ms, options.participation) for side in self.sides.values()
        ]

    def advance(self, now_ms: int) -> None:
        """Let everything happen that the candles known by now make happen."""
        delistings = sorted(self._store.delistings(now_ms).items(), key=lambda each: each[1])
        for walk in self._walks:
            for symbol, moment in delistings:
                market = self._store.market(walk.side.kind, symbol)
                if market is not None:
                    walk.advance(min(moment, now_ms))
                    walk.side.close_market(market, max(moment, walk.seen))
            walk.advance(now_ms)
