"""Run the exchange: in a thread (``LocalExchange``) or until it is interrupted (``serve``)."""

from __future__ import annotations

import logging
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from freqai_regimes.candles import FUTURES, SPOT, timeframe_seconds
from freqai_regimes.errors import ExchangeError
from freqai_regimes.local_exchange.app import create_app
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.catalogue import Market, find_markets
from freqai_regimes.local_exchange.clock import (
    CLOCK_KINDS,
    SET,
    SHIFTED,
    WALL,
    Clock,
    SetClock,
    ShiftedClock,
    WallClock,
    choose_shift,
    iso,
    parse_moment,
    wall_ms,
)
from freqai_regimes.local_exchange.end_of_data import EndOfData
from freqai_regimes.local_exchange.faults.injector import FaultInjector
from freqai_regimes.local_exchange.faults.plan import FaultPlan
from freqai_regimes.local_exchange.faults.rule import FaultRule
from freqai_regimes.local_exchange.trading.audit import audit, summary_line
from freqai_regimes.local_exchange.trading.desk import Desk, TradingOptions

logger = logging.getLogger(__name__)

START_SECONDS = 20.0
#: What is under way gets so long when the exchange stops; web sockets are closed at once.
STOP_SECONDS = 5
PING_SECONDS = 20.0  # a web socket that does not answer is closed, as on Binance


class LocalExchange:
    """A Binance-shaped exchange over a freqtrade data directory, on loopback only.

    Parameters
    ----------
    datadir : freqtrade data directory; each pair stored there is a symbol.
    host : a loopback address.
    port : 0 takes a free one.
    clock : ``wall``, ``shifted`` or ``set``.
    start : for ``set``: the first moment (ms or ISO text), by default the end of the data.
    weeks : for ``shifted``: how many weeks to move, by default chosen for now. Give the number
        of an earlier run to see the same candles again.
    trading : accounts with made-up money behind signed requests; None for public data only.
    faults : what is to go wrong from the start on; ``POST /faults`` replaces it.

    Raises
    ------
    ExchangeError
        For a host that is not loopback, a port in use, no candles, a clock that cannot be.

    Examples
    --------
    ``with LocalExchange(datadir, clock="set", start="2025-06-01") as exchange: exchange.url``
    """

    def __init__(
        self,
        datadir: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: str = SHIFTED,
        start: int | str | None = None,
        weeks: int | None = None,
        trading: TradingOptions | None = None,
        faults: list[FaultRule] | None = None,
    ) -> None:
        self.host = _loopback(host)
        self._wanted_port = port
        found = find_markets(datadir)
        self.clock = _clock(clock, found, start, weeks)
        self.markets = [market.shifted(self.clock.shift_ms) for market in found]
        self._ends = EndOfData(self.markets)
        self.faults = FaultPlan(faults or [])
        store = CandleStore(datadir, found, self.clock.shift_ms, self.faults.delistings)
        self.desk = None if trading is None else Desk(store, trading, self.clock.now_ms())
        app = create_app(store, self.clock, self._ends, self.desk, self.faults)
        self._app = FaultInjector(app, self.faults, self.clock, self._tell)
        self._datadir = datadir
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def _tell(self, time: int, event: str, **fields: Any) -> None:
        """Note a fault where orders and trades are noted, too."""
        logger.debug("%s %s", event, fields)
        if self.desk is not None:
            self.desk.log.write(time, event, **fields)

    @property
    def port(self) -> int:
        """The port in use, after the start."""
        if self._socket is None:
            raise ExchangeError("The exchange is not running: start it first.")
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """Address of the exchange, after the start."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def start(self) -> LocalExchange:
        """Serve in a thread; returns once requests are answered."""
        server = self._bind()
        self._thread = threading.Thread(
            target=server.run, args=([self._socket],), name="local-exchange", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise ExchangeError("The exchange did not start: see the log lines above.")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """Stop serving; may be called twice. A trading exchange then closes its books."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout=START_SECONDS)
        if self._socket is not None:
            self._socket.close()
        if self._server is not None and self.desk is not None:
            self._close_books(self.desk)
        self._server = self._thread = self._socket = None

    def _close_books(self, desk: Desk) -> None:
        """Write the audit as the last event, and one line of it into the log."""
        now = self.clock.now_ms()
        desk.advance(now)
        books = audit(desk, now)
        desk.log.write(now, "audit", books=books)
        logger.info("Books of the local exchange: %s.", summary_line(books))

    def run(self) -> None:
        """Serve until the process is interrupted."""
        server = self._bind()
        try:
            server.run([self._socket] if self._socket else None)
        except KeyboardInterrupt:
            logger.info("Local exchange stopped.")
        finally:
            self.stop()

    def __enter__(self) -> LocalExchange:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _bind(self) -> uvicorn.Server:
        if self._socket is not None:
            raise ExchangeError(f"The exchange already runs at {self.url}: stop it first.")
        self._socket = _listen(self.host, self._wanted_port)
        config = uvicorn.Config(
            self._app, log_config=None, log_level="warning", access_log=False, lifespan="off",
            ws_ping_interval=PING_SECONDS, ws_per_message_deflate=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        logger.info("%s", self._summary())
        self._ends.look(self.clock.now_ms())
        return self._server

    def _summary(self) -> str:
        first = min(market.first_ms for market in self.markets)
        end = max(market.end_ms for market in self.markets)
        parts = []
        for kind in (SPOT, FUTURES):
            pairs = [market.pair for market in self.markets if market.kind == kind]
            if pairs:
                parts.append(f"{len(pairs)} {kind} ({', '.join(pairs)})")
        frames = {frame for each in self.markets for frame in each.stored[each.kind]}
        return (
            f"Local exchange at {self.url} from {self._datadir}: {', '.join(parts)}; "
            f"timeframes {', '.join(sorted(frames, key=timeframe_seconds))} and their multiples; "
            f"{iso(first)} to {iso(end)}; clock {self.clock.kind}, now {iso(self.clock.now_ms())}"
            f"{'; trading, key ' + self.desk.options.key.key if self.desk else ''}."
        )


def serve(datadir: Path, **options: Any) -> None:
    """Run a ``LocalExchange`` until it is interrupted; same parameters and errors."""
    LocalExchange(datadir, **options).run()


def _loopback(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    if host in ("127.0.0.1", "::1"):
        return host
    raise ExchangeError(
        f"Host {host!r} is not allowed: the exchange listens on this computer only. "
        "Use 127.0.0.1 or ::1."
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ExchangeError(
            f"Port {port} on {host} cannot be used ({error}): choose another one, or 0 for any "
            "free one."
        ) from error
    return listener


def _clock(kind: str, markets: list[Market], start: int | str | None, weeks: int | None) -> Clock:
    if start is not None and kind != SET:
        raise ExchangeError(f"A start is given with the clock {kind!r}: use it with 'set' only.")
    if weeks is not None and kind != SHIFTED:
        raise ExchangeError(f"Weeks are given with the clock {kind!r}: use them with 'shifted'.")
    end = max(market.end_ms for market in markets)
    if kind == WALL:
        return WallClock()
    if kind == SET:
        return SetClock(end if start is None else parse_moment(start))
    if kind != SHIFTED:
        raise ExchangeError(f"Clock {kind!r} is not one: use {', '.join(CLOCK_KINDS)}.")
    if weeks is None:
        shift = choose_shift(min(market.first_ms for market in markets), end, wall_ms())
        logger.info("Clock shifted: %s.", shift.reason)
        weeks = shift.weeks
    return ShiftedClock(weeks)
