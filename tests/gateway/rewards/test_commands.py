"""Can an operator check, put in and switch campaigns, load items and compare the ledger from a shell?"""

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.__main__ import main
from loyalty.defaults import FOLDER

DOCUMENT = FOLDER / "campaigns" / "recharge-gift.json"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONEHALL_DATA_FOLDER", str(tmp_path))
    return tmp_path


def say(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_campaign_is_checked_put_in_and_switched(tmp_path: Path) -> None:
    assert say("campaign", "check", DOCUMENT).exit_code == 0
    assert say("campaign", "list").output == ""
    assert "recharge-gift has version 1." in say("campaign", "put", DOCUMENT).output
    assert "recharge-gift\tv1\toff\t0\t0.00\t1000000.00" in say("campaign", "list").output
    assert "recharge-gift is on." in say("campaign", "on", "recharge-gift").output
    assert "recharge-gift is on already." in say("campaign", "on", "recharge-gift").output
    assert "recharge-gift has version 1." in say("campaign", "put", DOCUMENT).output
    changed = tmp_path / "changed.json"
    changed.write_text(DOCUMENT.read_text(encoding="utf-8").replace("存费赠礼", "充值赠礼"), encoding="utf-8")
    assert "recharge-gift has version 2." in say("campaign", "put", changed).output
    assert "recharge-gift is off." in say("campaign", "off", "recharge-gift").output
    for verb in ("on", "off"):
        missing = say("campaign", verb, "nothing")
        assert (missing.exit_code, "there is no campaign nothing" in missing.output) == (2, True)


def test_what_a_campaign_would_have_done_is_told_in_a_shell_and_kept_nowhere(tmp_path: Path) -> None:
    said = say("campaign", "try", DOCUMENT)
    assert said.exit_code == 0
    figures = dict(line.split("\t") for line in said.output.splitlines())
    assert (figures["happenings"], figures["grants"], figures["cost"]) == ("0", "0", "0.00")
    assert (figures["budget"], figures["budget ended"]) == ("1000000.00", "-")
    assert say("campaign", "list").output == ""


def test_a_campaign_that_was_only_proposed_is_not_switched_on_from_a_shell(data_folder: Path) -> None:
    assert say("campaign", "list").exit_code == 0
    [database] = data_folder.glob("*.db")
    with sqlite3.connect(database) as connection:
        connection.execute(
            "INSERT INTO campaign (id, version, is_on, revision, switched_by, switched_at_us)"
            " VALUES ('spring', 0, 0, 0, 'staff:1', 0)"
        )
    said = say("campaign", "on", "spring")
    assert (said.exit_code, "no version of spring counts yet" in said.output) == (2, True)


def test_every_fault_is_named_by_its_line_and_nothing_is_kept(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    document["pattern"][0]["tier"][0]["reward"] = ["nothing"]
    document["happening"] = ["birthday_party"]
    wrong.write_text(json.dumps(document, indent=1), encoding="utf-8")
    for verb in ("check", "try", "put"):
        said = say("campaign", verb, wrong)
        assert said.exit_code == 1
        assert "unknown_reward reward=nothing" in said.output
        assert all(line.startswith(f"{wrong}:") for line in said.output.splitlines())
    assert say("campaign", "list").output == ""


@pytest.mark.parametrize("text", [b"", b'{"@type": "Campaign"', b"[" * 100])
def test_a_text_that_is_no_json_is_named_with_its_line(tmp_path: Path, text: bytes) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_bytes(text)
    said = say("campaign", "check", wrong)
    assert said.exit_code == 1
    assert said.output.startswith(f"{wrong}:1: ")


@pytest.mark.parametrize("words", [("campaign", "check"), ("campaign", "put"), ("rewards", "load")])
def test_a_file_that_is_no_text_is_said_to_be_none(tmp_path: Path, words: tuple[str, str]) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe{")
    said = say(*words, binary)
    assert (said.exit_code, "can't be read as UTF-8 text" in said.output) == (2, True)


def test_items_are_loaded_once_and_a_bad_file_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "7 of 7 items are new." in say("rewards", "load", FOLDER / "items.toml").output
    assert "0 of 7 items are new." in say("rewards", "load", FOLDER / "items.toml").output
    bad = tmp_path / "bad.toml"
    bad.write_text('[[item]]\ncode = "x"\n', encoding="utf-8")
    said = say("rewards", "load", bad)
    assert (said.exit_code, "line " in said.output) == (2, True)


def test_the_ledger_is_compared_and_an_account_that_differs_ends_with_one(data_folder: Path) -> None:
    assert "Every account is the sum of its postings." in say("points", "audit").output
    [database] = data_folder.glob("*.db")
    with sqlite3.connect(database) as connection:
        connection.execute(
            "INSERT INTO points_account (id, line_id, balance, held, owed) VALUES ('line:L1','L1',5,0,0)"
        )
    said = say("points", "audit")
    assert said.exit_code == 1
    assert "line:L1\tbalance\tkept 5\tsummed 0" in said.output
