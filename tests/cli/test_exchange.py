"""``freqai-regimes exchange``: what it refuses, in one line, before anything is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from freqai_regimes.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--balance", "USDT=5"], "belong to --trading: add it"),
        (["--events", "events.jsonl"], "--events belong to --trading: add it"),
        (["--bnb-fees"], "--bnb-fees and --events belong to --trading: add it"),
        (["--trading", "--bnb-fees"], "add --balance BNB=1"),
        (["--trading", "--balance", "USDT"], "Balance 'USDT' is none: use COIN=AMOUNT"),
        (["--trading", "--balance", "USDT=-5"], "Balance 'USDT=-5' is none"),
        (["--trading", "--balance", "=5"], "Balance '=5' is none"),
        (["--trading", "--balance", "USDT=Infinity"], "is none"),
        (["--faults", "absent.json"], "absent.json cannot be read"),
        (["--faults", "text.json"], "text.json cannot be read"),
        (["--faults", "wrong.json"], "Fault rules: 0.kind: Input should be 'rate_limit'"),
        (["--host", "0.0.0.0"], "is not allowed"),
        ([], "No readable candles"),
    ],
)
def test_what_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.json").write_text("no JSON")
    Path("wrong.json").write_text('[{"kind": "resett"}]')
    code = main(["exchange", "--datadir", str(tmp_path), *arguments])
    said = capsys.readouterr().err
    assert code != 0 and words in said and "Traceback" not in said
    assert not Path("events.jsonl").exists()
