# Freqtrade's own FreqAI image with this package in it.
# The code is part of the image (/freqtrade/shipped); what the bot writes is mounted (/freqtrade/user_data).
FROM freqtradeorg/freqtrade:2026.9_freqai

COPY --chown=ftuser:ftuser . /freqtrade/source/

# requirements.lock names the versions; its hashes are left out because the image already holds
# most of these packages. Freqtrade, FreqAI and LightGBM are the image's own: --no-deps.
RUN cd /freqtrade/source \
 && sed -e '/--hash=/d' -e 's/ \\$//' requirements.lock > pins.txt \
 && pip install --user --no-cache-dir --constraint pins.txt plotly "psycopg[binary]" hatchling \
 && pip install --user --no-cache-dir --no-deps --no-build-isolation . \
 && mkdir -p /freqtrade/shipped/strategies \
 && freqai-regimes install --userdir /freqtrade/shipped \
 && rm -r /freqtrade/source

# So that every freqtrade command in this image finds the strategies and the model by name.
ENV FREQTRADE__STRATEGY_PATH=/freqtrade/shipped/strategies \
    FREQTRADE__FREQAIMODEL_PATH=/freqtrade/shipped/freqaimodels \
    FREQTRADE__HYPEROPT_PATH=/freqtrade/shipped/hyperopts
