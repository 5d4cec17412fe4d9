"""The freqtrade configuration that points an unmodified freqtrade at the local exchange."""

from __future__ import annotations

from typing import Any

from freqai_regimes.local_exchange.trading.signature import Key

# ccxt's names of Binance's addresses (``urls["api"]`` of ccxt.binance) and their paths.
_API_PATHS = {
    "public": "/api/v3",
    "private": "/api/v3",
    "v1": "/api/v1",
    "sapi": "/sapi/v1",
    "sapiV2": "/sapi/v2",
    "sapiV3": "/sapi/v3",
    "sapiV4": "/sapi/v4",
    "fapiPublic": "/fapi/v1",
    "fapiPublicV2": "/fapi/v2",
    "fapiPublicV3": "/fapi/v3",
    "fapiPrivate": "/fapi/v1",
    "fapiPrivateV2": "/fapi/v2",
    "fapiPrivateV3": "/fapi/v3",
    "fapiData": "/futures/data",
    "dapiPublic": "/dapi/v1",
    "dapiPrivate": "/dapi/v1",
    "dapiPrivateV2": "/dapi/v2",
    "dapiData": "/futures/data",
    "eapiPublic": "/eapi/v1",
    "eapiPrivate": "/eapi/v1",
    "papi": "/papi/v1",
    "papiV2": "/papi/v2",
}
# The same for web sockets (``urls["api"]["ws"]`` of ccxt.pro.binance); ccxt takes an address with
# "/stream" in it for spot. Candles are served, the rest is refused here instead of asked elsewhere.
_SOCKET_PATHS = {
    "spot": "/stream/ws",
    "margin": "/stream/ws",
    "linear": "/fstream/ws",
    "inverse": "/dstream/ws",
    "stock": "/nbstream/equity/ws",
    "option": "/fstream/public/ws",
    "optionMarket": "/fstream/market/ws",
    "optionPrivate": "/fstream/private/ws",
    "papi": "/fstream/pm/ws",
}
_REQUEST_SOCKET_PATHS = {
    "spot": "/ws-api/v3",
    "linear": "/ws-fapi/v1",
    "inverse": "/ws-dapi/v1",
}


def exchange_overlay(
    url: str, *, futures: bool, key: Key | None = None, web_socket: bool = False
) -> dict[str, Any]:
    """Give the configuration to merge over a freqtrade configuration.

    Parameters
    ----------
    url : address of the exchange, as ``LocalExchange.url``.
    futures : isolated USDT-M futures instead of spot.
    key : made-up keys of an exchange that trades (``TradingOptions.key``), for live mode.
    web_socket : freqtrade's ``enable_ws``: candles come through a web socket as they close.

    Returns
    -------
    ``trading_mode``, ``margin_mode`` and ``exchange``: every address that ccxt knows of Binance
    leads to ``url``, and history comes through ccxt only. Whitelist, stake and strategy stay
    with the configuration underneath. Freqtrade tells closed candles from the running one by
    its own clock: behind the clock ``set`` it must run at the same time.

    >>> overlay = exchange_overlay("http://127.0.0.1:8000", futures=True)
    >>> overlay["exchange"]["ccxt_config"]["urls"]["api"]["fapiPublic"]
    'http://127.0.0.1:8000/fapi/v1'
    """
    base = url.rstrip("/")

    def ccxt_config() -> dict[str, Any]:
        api = {name: base + path for name, path in _API_PATHS.items()}
        return {"enableRateLimit": False, "urls": {"api": {**api, "ws": _sockets(base)}}}

    keys = {} if key is None else {"key": key.key, "secret": key.secret}
    return {
        "trading_mode": "futures" if futures else "spot",
        "margin_mode": "isolated" if futures else "",
        "exchange": {
            "name": "binance",
            **keys,
            "enable_ws": web_socket,
            "only_from_ccxt": True,
            "ccxt_config": ccxt_config(),
            "ccxt_async_config": ccxt_config(),
        },
    }


def _sockets(base: str) -> dict[str, Any]:
    address = base.replace("http", "ws", 1)
    return {
        **{name: address + path for name, path in _SOCKET_PATHS.items()},
        "ws-api": {name: address + path for name, path in _REQUEST_SOCKET_PATHS.items()},
    }
