"""FreqAI's store: files that a kill left half written, and lists that are replaced as a whole."""

from __future__ import annotations

import json
import logging
import random
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from freqtrade.freqai.data_kitchen import FreqaiDataKitchen

from freqai_regimes.freqtrade_bridge.data_drawer import RegimeDataDrawer

PAIR = "BTC/USDT"
CONFIG: dict[str, Any] = {"freqai": {}}


def test_half_a_model_file_means_a_training_and_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drawer = RegimeDataDrawer(tmp_path, CONFIG)
    drawer.pair_dict[PAIR] = {
        "model_filename": "cb_btc_1",
        "trained_timestamp": 1,
        "data_path": str(tmp_path),
        "extras": {},
    }
    (tmp_path / "cb_btc_1_metadata.json").write_text('{"training_features_li')
    kitchen = cast(FreqaiDataKitchen, SimpleNamespace(live=True, data={}))
    with caplog.at_level(logging.ERROR):
        assert drawer.load_data(PAIR, kitchen) is None
    [record] = caplog.records
    assert record.message.startswith("The model files of BTC/USDT cannot be read (")
    assert "\n" not in record.message
    assert drawer.get_pair_dict_info(PAIR) == ("", 0)  # FreqAI trains at once
    assert drawer.load_data(PAIR, kitchen) is None


WRITER = """
import sys
from pathlib import Path
import pandas as pd
from freqai_regimes.freqtrade_bridge.data_drawer import RegimeDataDrawer
drawer = RegimeDataDrawer(Path(sys.argv[1]), {"freqai": {}})
print("ready", flush=True)
for count in range(10**6):
    drawer.pair_dict = {f"PAIR{at}/USDT": {"trained_timestamp": count} for at in range(500)}
    frame = pd.DataFrame({"x": [float(count)] * 20_000})
    drawer.historic_predictions = {"BTC/USDT": frame}
    drawer.save_drawer_to_disk()
    drawer.save_historic_predictions_to_disk()
"""


def test_killed_as_it_saves_it_starts_again(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    for _ in range(20):  # as a start would find it at any moment
        if (tmp_path / "pair_dictionary.json").is_file():
            stamps = json.loads((tmp_path / "pair_dictionary.json").read_text()).values()
            assert len({stamp["trained_timestamp"] for stamp in stamps}) == 1
        time.sleep(random.Random(1).uniform(0, 0.01))
    process.kill()
    process.wait()
    process.stdout.close()
    found = RegimeDataDrawer(tmp_path, CONFIG)
    assert len(found.pair_dict) == 500
    assert found.historic_predictions[PAIR]["x"].nunique() == 1
