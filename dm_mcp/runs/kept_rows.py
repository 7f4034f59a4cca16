"""Rows that were too many for one answer, kept for those who read them later, in whichever server of the workspace."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from dm_mcp.errors import InvalidRequest, StoreFailed

__all__ = ["Kept", "KeptRows"]

_ID = re.compile(r"gen_[0-9a-f]{12}")
_SUFFIX = ".rows"
_FOLDER = "generated"

MAX_FILES = 100
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of all files together."""
MAX_AGE = 7 * 86_400.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of kept rows."""

    id: str
    template: str
    count: int
    seed: int
    mime_type: str
    created: float
    """Seconds since 1970."""


class KeptRows:
    """The files of ``.dm/generated``: a line of JSON that describes the rows, then the rows as they were rendered.

    The oldest go when there are more than `MAX_FILES`, or `MAX_BYTES`, or when they are older than `MAX_AGE`. Every
    method works on the disk and raises `StoreFailed` when it can't.
    """

    def __init__(self, state: Callable[[], Path]) -> None:
        """``state`` gives the workspace's folder of state."""
        self._state = state

    def keep(self, rows: bytes, *, template: str, count: int, seed: int, mime_type: str) -> Kept:
        """Keep rows, and let go of what is too old or too much."""
        kept = Kept(f"gen_{secrets.token_hex(6)}", template, count, seed, mime_type, time.time())
        about = json.dumps(asdict(kept)).encode()
        try:
            folder = self._state() / _FOLDER
            folder.mkdir(mode=0o700, exist_ok=True)
            draft, file = folder / f"{kept.id}.new", folder / f"{kept.id}{_SUFFIX}"
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
                with os.fdopen(os.open(draft, flags, 0o600), "wb") as out:
                    out.write(about + b"\n" + rows)
                draft.rename(file)
            except OSError:
                draft.unlink(missing_ok=True)
                raise
            _trim(folder, but=file)
        except OSError as error:
            raise _failed("kept", error) from error
        return kept

    def read(self, rows_id: str) -> tuple[Kept, bytes]:
        """Kept rows, as they were rendered. Raises `InvalidRequest` when there are none of that id (any more)."""
        found = self._open(rows_id) if _ID.fullmatch(rows_id) else None
        if found is None:
            raise InvalidRequest(
                f"There are no kept rows {rows_id!r:.80}.",
                hint=f"They are kept for {MAX_AGE / 86_400:g} days, the latest {MAX_FILES}: generate them again.",
            )
        about, _, rows = found.partition(b"\n")
        return _about(about), rows

    def find(self) -> list[Kept]:
        """What is kept, the latest first."""
        found: list[Kept] = []
        for file in self._files():
            with suppress(OSError, StoreFailed), file.open("rb") as handle:  # gone just now, or broken
                found.append(_about(handle.readline()))
        return sorted(found, key=lambda kept: kept.created, reverse=True)

    def _files(self) -> list[Path]:
        folder = self._state() / _FOLDER
        return [file for file in folder.glob(f"*{_SUFFIX}") if _ID.fullmatch(file.stem)]

    def _open(self, rows_id: str) -> bytes | None:
        try:
            return (self._state() / _FOLDER / f"{rows_id}{_SUFFIX}").read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed("read", error) from error


def _about(line: bytes) -> Kept:
    try:
        return Kept(**json.loads(line))
    except (ValueError, TypeError) as error:
        hint = "Remove the files of .dm/generated."
        raise StoreFailed("A file of kept rows is broken.", hint=hint, file=".dm/generated") from error


def _trim(folder: Path, but: Path) -> None:
    """Remove what is too much; never the file that was just written."""
    files: list[tuple[float, int, Path]] = []
    for file in folder.iterdir():
        with suppress(FileNotFoundError):  # another server trims too
            status = file.stat()
            files.append((status.st_mtime, status.st_size, file))
    size = number = 0
    for modified, bytes_, file in sorted(files, reverse=True, key=lambda each: (each[2] == but, each[0])):
        size, number = size + bytes_, number + 1
        old = time.time() - modified > MAX_AGE
        if file != but and (old or size > MAX_BYTES or number > MAX_FILES):
            file.unlink(missing_ok=True)


def _failed(what: str, error: OSError) -> StoreFailed:
    hint = "Let dm-mcp write there, and make room on the disk."
    return StoreFailed(f"Generated rows can't be {what}: {error.strerror}.", hint=hint, file=".dm/generated")
