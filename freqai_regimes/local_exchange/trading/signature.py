"""Who asks: the key, the signature and the time window of a private request."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from freqai_regimes.local_exchange.refusal import Refusal, missing_parameter

DEFAULT_WINDOW_MS, LONGEST_WINDOW_MS = 5_000, 60_000
AHEAD_MS = 1_000
_SIGNATURE = re.compile(r"&?signature=([0-9a-fA-F]*)")


@dataclass(frozen=True)
class Key:
    """A pair of made-up keys; real ones have no business here."""

    key: str = "local-key"
    secret: str = "local-secret"


def check_signature(
    key: Key,
    headers: Mapping[str, str],
    payload: str,
    parameters: Mapping[str, str],
    now_ms: int,
) -> None:
    """Let a request pass that is signed with the key and came in time.

    Parameters
    ----------
    payload : query string followed by the body, as they were sent.

    Raises
    ------
    Refusal
        -2015 for another key, -1022 for a wrong signature, -1102 without a timestamp, -1021 for one
        outside the window.
    """
    if headers.get("x-mbx-apikey") != key.key:
        raise Refusal(-2015, "Invalid API-key, IP, or permissions for action.", status=401)
    found = _SIGNATURE.search(payload)
    if found is None:
        raise missing_parameter("signature")
    signed = payload[: found.start()] + payload[found.end() :]
    right = hmac.new(key.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, found.group(1)):
        raise Refusal(-1022, "Signature for this request is not valid.")
    _check_time(parameters, now_ms)


def _check_time(parameters: Mapping[str, str], now_ms: int) -> None:
    sent = parameters.get("timestamp", "")
    if not sent.isdigit():
        raise missing_parameter("timestamp")
    window = parameters.get("recvWindow", str(DEFAULT_WINDOW_MS))
    if not window.isdigit() or int(window) > LONGEST_WINDOW_MS:
        raise Refusal(-1131, f"recvWindow must be less than {LONGEST_WINDOW_MS}.")
    late = now_ms - int(sent)
    if late > int(window):
        raise Refusal(-1021, "Timestamp for this request is outside of the recvWindow.")
    if late < -AHEAD_MS:
        raise Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
