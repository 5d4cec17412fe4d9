"""The command ``freqai-regimes``: each subcommand is one file here, ``main`` parses them all."""
