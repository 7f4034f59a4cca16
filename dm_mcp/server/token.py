"""The bearer token of a workspace's HTTP face: made at the first start, kept in a file of its owner's.

Whoever holds the token may do what the server's tools do. It is 256 bits by chance, so it can't be guessed; it is
never printed, logged, or sent anywhere.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from mcp.server.auth.provider import AccessToken, TokenVerifier

from dm_mcp.errors import WorkspaceError

__all__ = ["TOKEN_FILE", "WorkspaceToken", "workspace_token"]

TOKEN_FILE = "token"  # noqa: S105 - a file's name
"""Name of the file in the workspace's folder of state."""

_BYTES = 32
_FORM = re.compile(r"[A-Za-z0-9._~+/-]{32,}=*")
"""What a bearer token may consist of (RFC 6750, section 2.1), and long enough that nobody guesses it."""
_MAX_SIZE = 4096
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ANEW = "Delete the file: the next start makes a new token."


def workspace_token(state: Path) -> str:
    """The token in that folder of state; made at the first call, by one of several servers that start at once.

    Raises `WorkspaceError` when the file can't be made or read, is a link, holds no token, or is open to others than
    its owner.
    """
    path = state / TOKEN_FILE
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
    try:
        return _read(path)
    except FileNotFoundError:
        raise _refused("The token's file vanished while the server started.", "Start the server again.") from None


class WorkspaceToken(TokenVerifier):
    """Knows the one token that opens everything. Keys with scopes of their own belong here too."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def verify_token(self, token: str) -> AccessToken | None:
        """Who calls with that token: None for a wrong one. Takes as long for any wrong token of one length."""
        if not hmac.compare_digest(token.encode(), self._token):
            return None
        return AccessToken(token="", client_id="workspace", scopes=[])  # the secret itself is of no use past the door


def _read(path: Path) -> str:
    """The file's token. Raises FileNotFoundError, and `WorkspaceError` as `workspace_token`."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise _refused("The token's file is not a regular file.", _ANEW)
            if status.st_uid != os.geteuid():
                raise _refused("The token's file belongs to another user.", _ANEW)
            if status.st_mode & _OTHERS:
                hint = f"Others may have read it. {_ANEW} To keep this one: chmod 600 {path}."
                raise _refused(f"The token's file is open to others (mode {status.st_mode & 0o777:04o}).", hint)
            data = file.read(_MAX_SIZE)
    except FileNotFoundError:
        raise
    except OSError as error:
        if path.is_symlink():
            raise _refused("The token's file is a link.", _ANEW) from None
        raise _refused(f"The token's file can't be read: {error.strerror}.", "Check its rights.") from error
    token = data.decode("ascii", "replace").strip()
    if not _FORM.fullmatch(token):
        raise _refused("The token's file holds no token of at least 32 characters.", _ANEW)
    return token


def _make(path: Path) -> None:
    """Write a new token whole, or leave the one that another server wrote meanwhile."""
    draft = path.with_name(f".{TOKEN_FILE}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
            file.write(f"{secrets.token_urlsafe(_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)  # unlike a rename it never replaces what is there
    except OSError as error:
        raise _refused(
            f"The token's file can't be made: {error.strerror}.", f"Let dm-mcp write to {path.parent}."
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _refused(message: str, hint: str) -> WorkspaceError:
    return WorkspaceError(message, hint=hint, file=f".dm/{TOKEN_FILE}")
