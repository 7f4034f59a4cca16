from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.sdk.server import Answer, FakeServer


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], FakeServer]]:
    """Start a fake server that answers as told."""
    started: list[FakeServer] = []

    def serve(answer: Answer) -> FakeServer:
        started.append(FakeServer(answer))
        return started[-1]

    yield serve
    for server in started:
        server.close()
