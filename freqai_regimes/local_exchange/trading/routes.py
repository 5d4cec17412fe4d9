"""Adds the private paths, and the exchange's own books, to the web application."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.candle_store import CandleStore
from freqai_regimes.local_exchange.clock import Clock
from freqai_regimes.local_exchange.refusal import Refusal
from freqai_regimes.local_exchange.trading.audit import audit
from freqai_regimes.local_exchange.trading.desk import Desk
from freqai_regimes.local_exchange.trading.paths import PRIVATE_PATHS
from freqai_regimes.local_exchange.trading.signature import check_signature


def add_private_paths(app: FastAPI, store: CandleStore, clock: Clock, desk: Desk) -> None:
    """Serve ``PRIVATE_PATHS`` for signed requests, ``/audit`` and ``/events`` for anybody here."""

    async def private(request: Request) -> Response:
        kind, answer = PRIVATE_PATHS[request.method, request.url.path]
        body = (await request.body()).decode()
        parameters = dict(parse_qsl(request.url.query)) | dict(parse_qsl(body))
        now = clock.now_ms()
        payload = request.url.query + body
        shown = now + getattr(request.state, "skew_ms", 0)  # its clock may be wrong
        check_signature(desk.options.key, request.headers, payload, parameters, shown)
        desk.advance(now)
        try:
            return JSONResponse(answer(desk.sides[kind], Ask(store, kind, now, parameters)))
        except Refusal as refusal:
            if request.method != "GET":
                line = {"code": refusal.code, "reason": refusal.message}
                where = {"method": request.method, "path": request.url.path}
                sent = {n: v for n, v in parameters.items() if n not in ("signature", "timestamp")}
                desk.log.write(now, "refusal", **where, **line, parameters=sent)
            raise

    async def books(request: Request) -> Response:
        desk.advance(clock.now_ms())
        return JSONResponse(audit(desk, clock.now_ms()))

    async def events(request: Request) -> Response:
        return JSONResponse(list(desk.log.newest))

    for method, path in PRIVATE_PATHS:
        app.add_api_route(path, private, methods=[method], response_model=None)
    app.add_api_route("/audit", books, methods=["GET"], response_model=None)
    app.add_api_route("/events", events, methods=["GET"], response_model=None)
