"""Which secrets does the house make for itself on its first start, and keep?"""

import os
import secrets
from pathlib import Path

from gateway.settings import Settings

FOLDER = "keys"


def keep_secret(data_folder: Path, name: str) -> str:
    """The secret of this name (64 hex digits), made on the first call and kept readable for its owner alone.

    Two processes that start together get the same one: the file appears whole or not at all. Raises OSError where the
    folder can't be written.
    """
    folder = data_folder / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    if not path.exists():
        _appear_whole(path, secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


def hub_token(settings: Settings) -> str:
    """The secret in the address that the BSS sends events to: whoever does not know it is not the BSS."""
    return settings.hub_token or keep_secret(settings.data_folder, "hub")


def ivr_token(settings: Settings) -> str:
    """What the operator's voice gateway proves itself with."""
    return settings.ivr_token or keep_secret(settings.data_folder, "ivr")


def identity_secret(settings: Settings) -> bytes:
    """What passwords and one-time codes are keyed with."""
    return bytes.fromhex(keep_secret(settings.data_folder, "identity"))


def sandbox_pay_secret(settings: Settings) -> str:
    """What the sandbox's payment provider and we sign with."""
    return settings.sandbox_pay_secret or keep_secret(settings.data_folder, "sandbox-pay")


def _appear_whole(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(text, encoding="ascii")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its secret is the one that is kept
    finally:
        draft.unlink()
