"""The running exchange: loopback only, ports, its clock over HTTP, what it says in the log."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pandas as pd
import pytest

from freqai_regimes.candles import write_candles
from freqai_regimes.errors import ExchangeError
from freqai_regimes.local_exchange import LocalExchange
from freqai_regimes.local_exchange.clock import DAY_MS, WEEK_MS, parse_moment

NOON = parse_moment("2025-03-05T12:00:00Z")


@pytest.fixture(scope="module")
def exchange(small_datadir: Path) -> Iterator[LocalExchange]:
    with LocalExchange(small_datadir, clock="set", start=NOON) as running:
        yield running


@pytest.fixture
def client(exchange: LocalExchange) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=exchange.url, trust_env=False) as client:
        yield client


def test_clock_is_read_and_moved_over_http(small_datadir: Path) -> None:
    with (
        LocalExchange(small_datadir, clock="set", start="2025-03-05T12:00") as exchange,
        httpx.Client(base_url=exchange.url, trust_env=False) as client,
    ):
        assert client.get("/clock").json() == {
            "now": NOON,
            "iso": "2025-03-05T12:00:00.000Z",
            "kind": "set",
            "shift_ms": 0,
        }
        assert client.get("/api/v3/time").json() == {"serverTime": NOON}
        moved = client.post("/clock", json={"now": "2025-03-05T12:05:01Z"})
        assert (moved.status_code, moved.json()["now"]) == (200, NOON + 301_000)
        last = client.get("/api/v3/klines?symbol=BTCUSDT&interval=5m&limit=1").json()
        assert last[0][0] == NOON + 300_000
        back = client.post("/clock", json={"now": NOON})
        assert back.status_code == 400 and "does not go back" in back.json()["msg"]
        for wrong in ("{}", "[]", "noon", '{"now": null}', '{"now": "noon"}', '{"now": true}'):
            assert client.post("/clock", content=wrong).status_code == 400, wrong
        assert client.get("/clock").json()["now"] == NOON + 301_000


def test_one_line_at_the_start_names_what_is_served(
    small_datadir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "freqai_regimes")
    with LocalExchange(small_datadir, clock="set", start=NOON) as exchange:
        line = next(line for line in caplog.messages if line.startswith("Local exchange at"))
        assert exchange.url in line
    for part in (
        "3 spot (ABC/USDT, BTC/USDT, NEW/USDT)",
        "2 futures (BTC/USDT:USDT, XYZ/USDT:USDT)",
        "timeframes 5m, 1h",
        "2025-03-03T00:00:00.000Z to 2025-03-07T00:00:00.000Z",
        "clock set, now 2025-03-05T12:00:00.000Z",
    ):
        assert part in line


def test_the_end_of_the_data_is_said_once(
    small_datadir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        LocalExchange(small_datadir, clock="set", start="2025-03-06T23:59") as exchange,
        httpx.Client(base_url=exchange.url, trust_env=False) as client,
    ):
        for clock in ("2025-03-06T23:59:59", "2025-03-07T00:00", "2025-03-07T00:10"):
            client.post("/clock", json={"now": clock})
            client.get("/api/v3/ping")
            ended = [line for line in caplog.messages if "candles have run out" in line]
            assert len(ended) == (0 if clock == "2025-03-06T23:59:59" else 1)
    assert "BTC/USDT (spot)" in ended[0] and "2025-03-07T00:00:00.000Z" in ended[0]


def test_history_moved_by_weeks_is_happening_now(
    tmp_path: Path, make_walk: Callable[..., pd.DataFrame], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "freqai_regimes")
    frame = make_walk("2025-03-03", "1h", 60 * 24, 100.0, 1)
    write_candles(frame, tmp_path, "BTC/USDT", "1h")
    with (
        LocalExchange(tmp_path) as exchange,
        httpx.Client(base_url=exchange.url, trust_env=False) as client,
    ):
        state = client.get("/clock").json()
        rows = client.get("/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=2").json()
        ahead = exchange.markets[0].end_ms - state["now"]
    assert abs(state["now"] - time.time() * 1000) < 10_000
    assert state["kind"] == "shifted" and state["shift_ms"] % WEEK_MS == 0
    assert 14 * DAY_MS - 1000 <= ahead <= 21 * DAY_MS
    assert rows[1][0] == state["now"] // 3_600_000 * 3_600_000
    stored = frame.set_index("date")["open"]
    source = (rows[0][0] - state["shift_ms"]) * 1_000_000
    assert float(rows[0][1]) == stored.iloc[stored.index.as_unit("ns").asi8.tolist().index(source)]
    assert f"moved by {state['shift_ms'] // WEEK_MS} weeks" in caplog.text


def test_only_the_set_clock_can_be_moved(small_datadir: Path) -> None:
    with LocalExchange(small_datadir, clock="wall") as exchange:
        answer = httpx.post(f"{exchange.url}/clock", json={"now": NOON}, trust_env=False)
    assert answer.status_code == 409 and "'wall'" in answer.json()["msg"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com", ""])
def test_other_hosts_are_refused(small_datadir: Path, host: str) -> None:
    with pytest.raises(ExchangeError, match=r"is not allowed.*Use 127.0.0.1"):
        LocalExchange(small_datadir, host=host, clock="wall")


def test_a_page_under_another_name_gets_no_answer(client: httpx.Client) -> None:
    def status(name: str) -> int:
        return client.get("/api/v3/ping", headers={"Host": name}).status_code

    assert [status(name) for name in ("evil.example", "127.0.0.1.evil.example")] == [400, 400]
    assert [status(name) for name in ("localhost:80", "[::1]:80", "127.0.0.1")] == [200] * 3


def test_a_port_in_use_is_one_clear_line(small_datadir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ExchangeError, match=rf"Port {port} on 127.0.0.1 cannot be used"):
            LocalExchange(small_datadir, port=port, clock="wall").start()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"clock": "noon"}, "Clock 'noon' is not one: use wall, shifted, set"),
        ({"clock": "wall", "start": NOON}, "use it with 'set' only"),
        ({"clock": "set", "weeks": 3}, "use them with 'shifted'"),
        ({"clock": "set", "start": "soon"}, "'soon' is not one"),
    ],
)
def test_clocks_that_cannot_be(small_datadir: Path, given: dict[str, object], text: str) -> None:
    with pytest.raises(ExchangeError, match=text):
        LocalExchange(small_datadir, **given)


def test_it_stops_and_starts_again(small_datadir: Path) -> None:
    exchange = LocalExchange(small_datadir, clock="set")
    with exchange:
        port = exchange.port
        with pytest.raises(ExchangeError, match="already runs"):
            exchange.start()
    exchange.stop()
    with pytest.raises(ExchangeError, match="start it first"):
        _ = exchange.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/api/v3/ping", trust_env=False)
    with exchange:
        assert httpx.get(f"{exchange.url}/api/v3/ping", trust_env=False).json() == {}
        assert exchange.clock.now_ms() == parse_moment("2025-03-07")  # by default the end


def test_serve_blocks_until_it_is_interrupted(small_datadir: Path) -> None:
    code = (
        "import logging, sys; from pathlib import Path; logging.basicConfig(level=20);"
        "from freqai_regimes.local_exchange import serve;"
        "serve(Path(sys.argv[1]), clock='set', start='2025-03-05'); print('ended')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(small_datadir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_PROXY": "*"},
    )
    assert process.stderr is not None
    url = ""
    while not url:
        line = process.stderr.readline()
        assert line, "it ended before it served"
        url = line.partition("Local exchange at ")[2].partition(" ")[0]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            assert httpx.get(f"{url}/api/v3/ping", trust_env=False).json() == {}
            break
        except httpx.ConnectError:
            time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "ended\n")
    assert "Traceback" not in err
