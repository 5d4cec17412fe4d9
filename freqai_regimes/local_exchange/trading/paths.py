"""Which private paths there are, as freqtrade and ccxt call them, and who answers each."""

from __future__ import annotations

from collections.abc import Callable

from freqai_regimes.candles import FUTURES, SPOT
from freqai_regimes.local_exchange.ask import Ask
from freqai_regimes.local_exchange.market_answers import Json
from freqai_regimes.local_exchange.trading import futures_answers, position_answers, spot_answers
from freqai_regimes.local_exchange.trading.matching import Matching

PrivateAnswer = Callable[[Matching, Ask], Json]

_SPOT: dict[tuple[str, str], PrivateAnswer] = {
    ("GET", "/api/v3/account"): spot_answers.account,
    ("POST", "/api/v3/order"): spot_answers.place,
    ("GET", "/api/v3/order"): spot_answers.query,
    ("DELETE", "/api/v3/order"): spot_answers.cancel,
    ("POST", "/api/v3/order/test"): spot_answers.test,
    ("GET", "/api/v3/openOrders"): spot_answers.open_orders,
    ("GET", "/api/v3/allOrders"): spot_answers.all_orders,
    ("GET", "/api/v3/myTrades"): spot_answers.my_trades,
    ("GET", "/sapi/v1/capital/config/getall"): spot_answers.nothing,
    ("GET", "/sapi/v1/margin/allPairs"): spot_answers.nothing,
    ("GET", "/sapi/v1/margin/isolated/allPairs"): spot_answers.nothing,
}
_FUTURES: dict[tuple[str, str], PrivateAnswer] = {
    ("GET", "/fapi/v1/positionSide/dual"): position_answers.position_mode,
    ("GET", "/fapi/v1/multiAssetsMargin"): position_answers.multi_assets,
    ("GET", "/fapi/v1/leverageBracket"): position_answers.leverage_brackets,
    ("GET", "/fapi/v2/account"): position_answers.account,
    ("GET", "/fapi/v3/account"): position_answers.account,
    ("GET", "/fapi/v2/positionRisk"): position_answers.position_risk,
    ("GET", "/fapi/v3/positionRisk"): position_answers.position_risk,
    ("POST", "/fapi/v1/leverage"): position_answers.set_leverage,
    ("POST", "/fapi/v1/marginType"): position_answers.set_margin_type,
    ("POST", "/fapi/v1/order"): futures_answers.place,
    ("GET", "/fapi/v1/order"): futures_answers.query,
    ("DELETE", "/fapi/v1/order"): futures_answers.cancel,
    ("GET", "/fapi/v1/openOrders"): futures_answers.open_orders,
    ("GET", "/fapi/v1/allOrders"): futures_answers.all_orders,
    ("POST", "/fapi/v1/algoOrder"): futures_answers.place_algo,
    ("GET", "/fapi/v1/algoOrder"): futures_answers.query_algo,
    ("DELETE", "/fapi/v1/algoOrder"): futures_answers.cancel_algo,
    ("GET", "/fapi/v1/openAlgoOrders"): futures_answers.open_algo_orders,
    ("GET", "/fapi/v1/allAlgoOrders"): futures_answers.all_algo_orders,
    ("GET", "/fapi/v1/userTrades"): futures_answers.user_trades,
    ("GET", "/fapi/v1/income"): position_answers.income,
}
#: Method and path: side of the exchange, and its answer.
PRIVATE_PATHS: dict[tuple[str, str], tuple[str, PrivateAnswer]] = {
    **{key: (SPOT, answer) for key, answer in _SPOT.items()},
    **{key: (FUTURES, answer) for key, answer in _FUTURES.items()},
}
