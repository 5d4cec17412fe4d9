"""The no-look-ahead certificate: computes everything again on cut and changed candles.

>>> import numpy as np, pandas as pd
>>> from freqai_regimes.causality import Market, Subject, certify
>>> rng = np.random.default_rng(1)
>>> close = 100 * np.exp(rng.normal(0, 0.01, 300).cumsum())
>>> candles = pd.DataFrame({
...     "date": pd.date_range("2024-01-01", periods=300, freq="h", tz="UTC"),
...     "open": close, "high": close * 1.001, "low": close * 0.999, "close": close, "volume": 1.0,
... })
>>> def smoothed(inputs):
...     change = inputs["base"]["close"].pct_change()
...     return change.rolling(5, center=True).mean().to_frame("smoothed")
>>> subject = Subject("smoothed", "feature", smoothed, warm_up_candles=5)
>>> certificate = certify([subject], Market.of(candles, "1h"))
>>> certificate.exit_code, certificate.faults[0].check
(1, 'truncation')
"""

from freqai_regimes.causality.certificate import Certificate
from freqai_regimes.causality.certificate_page import certificate_page
from freqai_regimes.causality.certify import CHECKS, certify
from freqai_regimes.causality.finding import Finding
from freqai_regimes.causality.market import Market, Source
from freqai_regimes.causality.moments import Plan
from freqai_regimes.causality.subject import BASE, Allowance, Inputs, Subject

__all__ = [
    "BASE",
    "CHECKS",
    "Allowance",
    "Certificate",
    "Finding",
    "Inputs",
    "Market",
    "Plan",
    "Source",
    "Subject",
    "certificate_page",
    "certify",
]
