"""The REST API's secrets are generated once, for one reader; an open door is refused."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from freqai_regimes.errors import SettingsError
from freqai_regimes.freqtrade_bridge.rest_api import address, generated_file, refuse_open_api

STRONG = {"password": "f8-Lq2.vTz9w", "jwt_secret_key": "0123456789abcdef" * 2}


def test_it_is_made_once_and_only_its_user_can_read_it(tmp_path: Path) -> None:
    path = generated_file(tmp_path / "user_data")
    first = json.loads(path.read_text())["api_server"]
    path.chmod(0o644)
    assert json.loads(generated_file(tmp_path / "user_data").read_text())["api_server"] == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first["listen_ip_address"] == "127.0.0.1" and address(path, None).endswith(":8080")
    assert min(len(first["password"]), len(first["ws_token"])) >= 32
    other = json.loads(generated_file(tmp_path / "other").read_text())["api_server"]
    for name in ("password", "jwt_secret_key", "ws_token"):
        assert other[name] != first[name]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("text", ["", "[]", '{"api_server": 5}'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "api_server.json").write_text(text)
    with pytest.raises(SettingsError, match=r"api_server\.json cannot be used .*made anew"):
        generated_file(tmp_path)


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ({"password": ""}, "password"),
        ({"password": "SuperSecurePassword"}, "password"),
        ({"password": "short"}, "password"),
        ({"jwt_secret_key": "somethingRandomSomethingRandom123"}, "jwt_secret_key"),
        ({"jwt_secret_key": None}, "jwt_secret_key"),
        ({"ws_token": ["sameValueAsAbove"]}, "ws_token"),
        ({"ws_token": "sesame"}, "ws_token"),
    ],
)
@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::"])
def test_an_open_door_is_refused(host: str, section: dict[str, Any], name: str) -> None:
    api = {"enabled": True, "listen_ip_address": host, **STRONG, **section}
    with pytest.raises(SettingsError, match=rf"reached from outside, and api_server\.{name} is"):
        refuse_open_api({"api_server": api})


@pytest.mark.parametrize(
    "section",
    [
        {"enabled": False, "listen_ip_address": "0.0.0.0"},
        {"enabled": True, "listen_ip_address": "127.0.0.1", "password": ""},
        {"enabled": True, "listen_ip_address": "0.0.0.0", **STRONG},
        None,
    ],
)
def test_a_closed_or_locked_one_is_not(section: dict[str, Any] | None) -> None:
    refuse_open_api({"api_server": section} if section else {})
