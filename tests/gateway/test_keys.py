"""Is a secret made once, whole, and for its owner alone?"""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway.keys import keep_secret


def test_a_secret_stays_the_same_and_differs_by_name(tmp_path: Path) -> None:
    first = keep_secret(tmp_path, "identity")
    assert keep_secret(tmp_path, "identity") == first
    assert keep_secret(tmp_path, "hub") != first
    assert len(bytes.fromhex(first)) == 32


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    keep_secret(tmp_path, "identity")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "identity").stat().st_mode) == 0o600


def test_processes_that_start_together_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: keep_secret(tmp_path, "identity"), range(32)))
    assert len(made) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["identity"]
