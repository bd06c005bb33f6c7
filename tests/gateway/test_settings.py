"""Does a bad setting say what is wrong with it, and does a secret come from a file?"""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.__main__ import main
from gateway.keys import keep_secret
from gateway.settings import LONGEST_SOCKET_PATH, BadSettings, load_settings


def test_nothing_is_required_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "BSS_URL"):
        monkeypatch.delenv(f"ONEHALL_{name}", raising=False)
    settings = load_settings()
    assert settings.database.startswith("sqlite:///")
    assert settings.redis.startswith("unix:///")
    assert settings.bss == "http://127.0.0.1:8100/tmf-api"
    assert not settings.secure_cookies


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eighty", "ONEHALL_PORT: "),
        ("PORT", "70000", "ONEHALL_PORT: "),
        ("BSS_URL", "bss.example", "ONEHALL_BSS_URL: .*http://"),
        ("DATABASE_URL", "mysql://x", "ONEHALL_DATABASE_URL: .*postgresql://"),
        ("REDIS_URL", "amqp://x", "ONEHALL_REDIS_URL: .*redis://"),
        ("OPERATIONS_FROM", "everyone", "ONEHALL_OPERATIONS_FROM: "),
        ("TRUSTED_PROXIES", "nonsense", "ONEHALL_TRUSTED_PROXIES: "),
        ("TRUSTED_LINKS", "sms,web", "ONEHALL_TRUSTED_LINKS: .*sms and ivr"),
        ("PROT", "8000", "ONEHALL_PROT is no setting of ours. Did you mean ONEHALL_PORT"),
        ("LOG_LEVEL", "loud", "ONEHALL_LOG_LEVEL: .*DEBUG"),
        ("BSS_TOKEN_FILE", "/does/not/exist", "ONEHALL_BSS_TOKEN_FILE: .*readable"),
    ],
)
def test_a_bad_setting_is_named_with_what_it_must_be(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"ONEHALL_{name}", value)
    with pytest.raises(BadSettings, match=said):
        load_settings()


def test_the_command_says_it_in_one_line_and_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEHALL_PORT", "eighty")
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert result.output.startswith("onehall: ONEHALL_PORT: ")


def test_a_secret_comes_from_the_file_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")
    monkeypatch.setenv("ONEHALL_BSS_TOKEN_FILE", str(secret))
    assert load_settings().bss_token == "s3cret"


def test_a_secrets_file_that_is_no_text_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("ONEHALL_BSS_TOKEN_FILE", str(secret))
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 2
    assert result.output.startswith("onehall: ONEHALL_BSS_TOKEN_FILE: can't read")


def test_a_deep_folder_still_gets_a_socket_that_the_system_allows(tmp_path: Path) -> None:
    settings = load_settings(data_folder=tmp_path / ("deep/" * 40))
    assert len(str(settings.valkey_socket)) <= LONGEST_SOCKET_PATH


def test_https_makes_cookies_secure() -> None:
    assert load_settings(public_url="https://hall.example").secure_cookies


def test_the_help_names_every_command_that_a_person_needs() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    for command in ("run", "serve", "worker", "beat", "sandbox", "sms", "seed", "reset", "doctor", "backup", "restore"):
        assert f"  {command} " in shown
    assert "valkey" not in shown


def test_what_a_command_makes_is_its_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "var"
    folder.mkdir(mode=0o755)
    monkeypatch.setenv("ONEHALL_DATA_FOLDER", str(folder))
    before = os.umask(0o022)
    try:
        assert CliRunner().invoke(main, ["migrate"]).exit_code == 0
    finally:
        os.umask(before)
    assert (folder / "onehall.db").stat().st_mode & 0o077 == 0


def test_reset_leaves_the_keys_of_another_database_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEHALL_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("ONEHALL_DATABASE_URL", "postgresql://onehall@127.0.0.1:1/onehall")
    secret = keep_secret(tmp_path, "identity")
    result = CliRunner().invoke(main, ["reset", "--yes"])
    assert result.exit_code == 2
    assert "ONEHALL_DATABASE_URL is set" in result.output
    assert keep_secret(tmp_path, "identity") == secret
