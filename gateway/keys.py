"""Which secrets does the house make for itself on its first start, and keep?"""

import os
import secrets
from pathlib import Path

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
