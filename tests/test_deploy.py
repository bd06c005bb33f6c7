"""Do the files of deploy/ fit the program that they start?"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.__main__ import main
from gateway.settings import PREFIX, Settings

DEPLOY = Path(__file__).parent.parent / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def test_every_setting_that_compose_gives_exists() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    given = {name.removesuffix("_FILE") for name in COMPOSE["x-onehall"]["environment"]}
    assert given <= known


def test_every_command_that_compose_and_systemd_start_exists() -> None:
    ours = [service for service in COMPOSE["services"].values() if service["image"] == "onehall"]
    started = {service["command"][0] for service in ours}
    started |= {re.findall(r"ExecStart=\S+/onehall (\w+)", unit.read_text())[0] for unit in UNITS}
    assert started == {"serve", "worker", "beat", "sms", "migrate"}
    assert started <= set(main.commands)


def test_every_secret_that_is_used_is_given() -> None:
    used = {Path(v).name for k, v in COMPOSE["x-onehall"]["environment"].items() if k.endswith("_FILE")}
    assert used == set(COMPOSE["x-onehall"]["secrets"])
    assert used < set(COMPOSE["secrets"])


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here: install it to judge the units")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_no_fault_in_a_unit_but_that_the_program_is_not_installed_there(unit: Path) -> None:
    judged = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    faults = [
        line for line in judged.stderr.splitlines() if "/opt/onehall/.venv/bin/onehall is not executable" not in line
    ]
    assert faults == []
