"""The layers round a script, each by itself: what it is called, and how a system that lacks it says so."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from enum import StrEnum

__all__ = ["Layer", "SandboxError", "layer"]


class Layer(StrEnum):
    """What keeps a script from what is not its own. Each builds on those before it where it says so."""

    NAMESPACES = "namespaces"
    """Processes, mounts, IPC, host name and net of its own."""
    ROOT = "root"
    """A root of its own, which holds the interpreter, read-only, and the run's folder. Needs namespaces."""
    USER = "user"
    """An ordinary user's rights. Root's server needs a root for it: the interpreter may lie where only root reads."""
    USER_NAMESPACE = "user namespace"
    """Processes counted by themselves, and no right over the other namespaces. Needs namespaces."""
    LANDLOCK = "landlock"
    """The kernel's own list of files that may be reached, beside what the root shows."""
    SYSTEM_CALLS = "system calls"
    """A filter that refuses what a script does not need of the kernel."""


class SandboxError(RuntimeError):
    """Raised when a layer can't be put on; the message starts with the layer or the step."""

    def __init__(self, message: str, layer: Layer | None = None) -> None:
        super().__init__(message)
        self.layer = layer
        """The layer, when it is one that may be left out."""


@contextlib.contextmanager
def layer(name: str | Layer) -> Generator[None]:
    """Have what goes wrong inside told as this layer's, or as that of a step that no run can do without."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise SandboxError(f"{name}: {error}", name if isinstance(name, Layer) else None) from error
