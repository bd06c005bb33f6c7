"""Can another user of this machine come between us and the embedded Valkey?"""

from pathlib import Path

import pytest

from gateway.embedded_valkey import run_valkey
from gateway.processes import CannotStart


def test_a_folder_that_others_can_write_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "onehall-0123"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(CannotStart, match=r"onehall-0123 is open to other users.*ONEHALL_DATA_FOLDER"):
        run_valkey(folder / "valkey.sock")


def test_a_folder_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "onehall-0123").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotStart):
        run_valkey(tmp_path / "onehall-0123" / "valkey.sock")
