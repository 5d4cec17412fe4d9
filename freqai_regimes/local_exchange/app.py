"""The exchange as a web application: paths, the clock, and errors in Binance's shape."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response

from freqai_regimes.candles import FUTURES, SPOT
from freqai_regimes.errors import ExchangeError
from freqai_regimes.local_exchange import exchange_info, funding_answers, klines, market_answers
from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.candle_socket import CandleFeed, add_sockets
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.clock import Clock, SetClock, iso, parse_moment
from freqai_regimes.local_exchange.end_of_data import EndOfData
from freqai_regimes.local_exchange.faults.answers import STATUS_PATH
from freqai_regimes.local_exchange.faults.plan import FaultPlan
from freqai_regimes.local_exchange.faults.rule import read_rules
from freqai_regimes.local_exchange.market_answers import Json
from freqai_regimes.local_exchange.refusal import Refusal, invalid_value, missing_parameter
from freqai_regimes.local_exchange.trading.desk import Desk
from freqai_regimes.local_exchange.trading.routes import add_private_paths

logger = logging.getLogger(__name__)

# A page in a browser that reaches this port under another name is not answered.
OWN_NAMES = ("127.0.0.1", "localhost", "::1", "[::1]")

Answer = Callable[[Ask], Json]
Endpoint = Callable[[Request], Awaitable[Response]]

_BOTH: dict[str, Answer] = {
    "ping": market_answers.ping,
    "time": market_answers.server_time,
    "exchangeInfo": exchange_info.exchange_info,
    "klines": klines.klines,
    "depth": market_answers.depth,
    "aggTrades": market_answers.aggregate_trades,
    "ticker/24hr": market_answers.ticker_day,
    "ticker/price": market_answers.ticker_price,
    "ticker/bookTicker": market_answers.ticker_book,
}
_PERPETUAL: dict[str, Answer] = {
    "markPriceKlines": klines.mark_price_klines,
    "premiumIndex": funding_answers.premium_index,
    "fundingRate": funding_answers.funding_rate,
    "fundingInfo": funding_answers.funding_info,
}
PUBLIC_PATHS: dict[str, tuple[str, Answer]] = {
    **{f"/api/v3/{name}": (SPOT, answer) for name, answer in _BOTH.items()},
    **{f"/fapi/v1/{name}": (FUTURES, answer) for name, answer in (_BOTH | _PERPETUAL).items()},
    "/fapi/v2/ticker/price": (FUTURES, market_answers.ticker_price),
    STATUS_PATH: (SPOT, market_answers.system_status),
    "/dapi/v1/ping": (FUTURES, market_answers.ping),
    "/dapi/v1/time": (FUTURES, market_answers.server_time),
    "/dapi/v1/exchangeInfo": (FUTURES, lambda ask: exchange_info.no_symbols(ask.now)),
}


def create_app(
    store: CandleStore,
    clock: Clock,
    ends: EndOfData,
    desk: Desk | None = None,
    plan: FaultPlan | None = None,
) -> FastAPI:
    """Build the application over a store of candles, a clock and, for trading, a desk.

    Each public path is a row of ``PUBLIC_PATHS``, each private one of ``trading.paths``. The plan
    of faults is shown and replaced here; the ``FaultInjector`` before the application follows it.
    """
    app = FastAPI(title="freqai-regimes local exchange", openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(OWN_NAMES))
    seen: set[str] = set()

    def public(path: str, kind: str, answer: Answer) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            if path not in seen:
                seen.add(path)
                logger.debug("First %s, asked as %s.", path, request.url.query or "is")
            ask = Ask(store, kind, clock.now_ms(), request.query_params)
            ends.look(ask.now)
            answered = answer(ask)
            if isinstance(answered, klines.JsonText):
                return Response(answered.text, media_type="application/json")
            return JSONResponse(answered)

        return endpoint

    for path, (kind, answer) in PUBLIC_PATHS.items():
        app.add_api_route(path, public(path, kind, answer), methods=["GET"], response_model=None)
    if desk is not None:
        add_private_paths(app, store, clock, desk)
    if plan is not None:
        _add_faults(app, plan)
    feed = CandleFeed(store, clock)
    add_sockets(app, feed)
    _add_clock(app, clock, desk, feed)
    _add_errors(app)
    return app


def _add_faults(app: FastAPI, plan: FaultPlan) -> None:
    """``/faults`` shows the plan (GET) and replaces its rules (POST)."""

    def state() -> Response:
        rules = [rule.model_dump(exclude_defaults=True) for rule in plan.rules]
        return JSONResponse(
            [rule | {"met": met} for rule, met in zip(rules, plan.met, strict=True)]
        )

    async def read(request: Request) -> Response:
        return state()

    async def replace(request: Request) -> Response:
        try:
            plan.replace(read_rules(json.loads(await request.body())))
        except (ValueError, ExchangeError) as error:
            raise Refusal(-1130, str(error)) from error
        return state()

    app.add_api_route("/faults", read, methods=["GET"], response_model=None)
    app.add_api_route("/faults", replace, methods=["POST"], response_model=None)


def _add_clock(app: FastAPI, clock: Clock, desk: Desk | None, feed: CandleFeed) -> None:
    def state() -> dict[str, Json]:
        now = clock.now_ms()
        return {"now": now, "iso": iso(now), "kind": clock.kind, "shift_ms": clock.shift_ms}

    async def read(request: Request) -> Response:
        return JSONResponse(state())

    async def move(request: Request) -> Response:
        if not isinstance(clock, SetClock):
            message = f"The clock is {clock.kind!r}: only the clock 'set' can be moved."
            raise Refusal(-1130, message, status=409)
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        if not isinstance(body, dict) or "now" not in body:
            raise missing_parameter("now")
        if not isinstance(body["now"], int | str):
            raise invalid_value("now")
        try:
            clock.move_to(parse_moment(body["now"]))
        except ExchangeError as error:
            raise Refusal(-1130, str(error)) from error
        if desk is not None:
            desk.advance(clock.now_ms())
        await feed.push()
        return JSONResponse(state())

    app.add_api_route("/clock", read, methods=["GET"], response_model=None)
    app.add_api_route("/clock", move, methods=["POST"], response_model=None)


def _add_errors(app: FastAPI) -> None:
    warned: set[tuple[str, str]] = set()

    def refuse(request: Request, refusal: Refusal) -> Response:
        line = (request.url.path, refusal.message)
        level = logging.DEBUG if line in warned else logging.WARNING
        warned.add(line)
        logger.log(
            level,
            "Refused %s %s?%s: %s (%s, HTTP %s)",
            *(request.method, request.url.path, request.url.query.partition("&signature=")[0]),
            *(refusal.message, refusal.code, refusal.status),
        )
        return JSONResponse(refusal.as_json(), status_code=refusal.status)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return refuse(request, error)

    async def unknown(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        message = (
            f"{request.method} {request.url.path} is not served by this exchange (market data, and "
            "with trading on the account and orders, of spot and USDT-M futures)."
        )
        return refuse(request, Refusal(-5000, message, status=error.status_code))

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(HTTPException, unknown)
