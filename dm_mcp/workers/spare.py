"""A keeper forked ahead: its namespaces are made while nobody waits, and a run finds them ready."""

from __future__ import annotations

import os
import select
import socket

from dm_mcp.workers import child
from dm_mcp.workers.keeper import Script, Started, start
from dm_mcp.workers.messages import Inbox, encode
from dm_mcp.workers.sandbox import MAX_ZYGOTE_FDS, Sandbox

__all__ = ["Spare"]


_TAKE_SECONDS = 1.0


class Spare:
    """A keeper in namespaces without the net, waiting for its job. Raises OSError when it can't be forked."""

    def __init__(self, sandbox: Sandbox, entry: str) -> None:
        self._sock, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            try:
                self.started: Started = start(
                    sandbox, lambda kept: _wait_for_job(theirs, kept, entry, sandbox), network=False, errors=None
                )
            except OSError:
                self._sock.close()
                raise
        self._sock.settimeout(_TAKE_SECONDS)

    def take(self, job: child.Job) -> Started | None:
        """Give it its job. None when it can't take one: it has ended, as if it had never been."""
        fds = [job.control, job.stdout, job.stderr]
        body = {"folder": job.folder, "env": job.env, "memory": job.memory, "disk": job.disk, "network": False}
        data = encode(body, len(fds))
        try:
            sent = socket.send_fds(self._sock, [data], fds)
            self._sock.sendall(data[sent:])
            taken = self._sock.recv(1)  # one that is just dying still takes what is sent
        except OSError:
            taken = b""
        if not taken:
            self.discard()
            return None
        self._sock.close()
        return self.started

    def discard(self) -> None:
        """End it unused."""
        self._sock.close()
        self.started.close_status()
        if self.started.pidfd is not None:
            os.close(self.started.pidfd)


def _wait_for_job(sock: socket.socket, kept: int, entry: str, sandbox: Sandbox) -> Script:
    """In the keeper: wait, with nothing open but what it needs; leave when the zygote gives it up."""
    begin = 3
    for fd in (*sorted((kept, sock.fileno())), MAX_ZYGOTE_FDS):
        os.closerange(begin, fd)
        begin = fd + 1
    inbox = Inbox()
    while True:
        select.select([sock], [], [])
        try:
            messages = inbox.receive(sock)
        except (EOFError, OSError):
            os._exit(0)
        for message in messages:
            control, stdout, stderr = message.fds
            os.dup2(stderr, 2)
            job = child.Job(**message.body, control=control, stdout=stdout, stderr=stderr)
            sock.send(b"\1")
            return child.script_of(job, entry, sandbox)
