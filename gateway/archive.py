"""What is a backup, as one file?"""

import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from gateway.processes import CannotStart

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST_BYTES = 1024 * 1024
SAFE_NAME = re.compile(r"(tables|keys)/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


class CannotBackUp(CannotStart):
    """The backup was not written; the text says why and what to do."""


class CannotRestore(CannotStart):
    """Nothing was restored; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds: ``digests`` maps each member's name to its SHA-256, ``revision`` is the tables' shape."""

    format: int
    onehall: str
    revision: str
    made_at: str
    digests: dict[str, str]


def pack(folder: Path, archive: Path, *, revision: str) -> None:
    """Packs the files of ``folder/tables`` and ``folder/keys``: readable for its owner alone, there as a whole or not
    at all. Raises CannotBackUp where a file stands there already or the place can't be written."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    digests = {name: _digest(folder / name) for name in names}
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(FORMAT, version("onehall"), revision, made_at, digests)
    with _appearing_whole(archive) as draft, tarfile.open(fileobj=draft, mode="w:gz") as tar:
        text = json.dumps(asdict(manifest), indent=1).encode()
        head = tarfile.TarInfo(MANIFEST)
        head.size, head.mode = len(text), 0o600
        tar.addfile(head, io.BytesIO(text))
        for name in names:
            tar.add(folder / name, arcname=name)


def unpack(archive: Path, folder: Path) -> Manifest:
    """Unpacks into the folder what the archive's manifest names, and checks each byte of it.

    Raises CannotRestore where it is no archive of ours, damaged, incomplete, or holds anything else.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            members = iter(tar)
            manifest = _read_manifest(tar, next(members, None))
            found = {member.name: _take_out(tar, member, folder) for member in members}
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, TypeError, KeyError) as error:
        raise CannotRestore(f"{archive} is damaged, or no backup of OneHall ({error}). Take another one.") from error
    if found != manifest.digests:
        wrong = sorted(name for name in {*found, *manifest.digests} if found.get(name) != manifest.digests.get(name))
        raise CannotRestore(f"{archive} is damaged: {', '.join(wrong)} is not what was packed. Take another one.")
    return manifest


def _read_manifest(tar: tarfile.TarFile, head: tarfile.TarInfo | None) -> Manifest:
    if head is None or head.name != MANIFEST or not head.isreg() or head.size > LARGEST_MANIFEST_BYTES:
        raise ValueError("it does not begin with a manifest")
    words: dict[str, Any] = json.loads(_open(tar, head).read())
    if words["format"] != FORMAT:
        raise ValueError(f"its format is {words['format']}, this version reads {FORMAT}")
    return Manifest(**words)


def _take_out(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    if not member.isreg() or not SAFE_NAME.fullmatch(member.name):
        raise ValueError(f"it holds {member.name!r}")
    target = folder / member.name
    target.parent.mkdir(mode=0o700, exist_ok=True)
    target.touch(mode=0o600)
    source = _open(tar, member)
    with target.open("wb") as file:
        while chunk := source.read(1024 * 1024):
            file.write(chunk)
    return _digest(target)


def _open(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member)
    if file is None:
        raise ValueError(f"{member.name!r} is no file")
    return file


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def _appearing_whole(archive: Path) -> Iterator[IO[bytes]]:
    draft = archive.with_name(f".{archive.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, archive)  # unlike a rename, it never replaces an older backup
    except FileExistsError as error:
        raise CannotBackUp(f"{archive} is there already. Name another file.") from error
    except OSError as error:
        raise CannotBackUp(f"{archive} can't be written ({error.strerror}). Name another place.") from error
    finally:
        draft.unlink(missing_ok=True)
