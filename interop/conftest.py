"""Our server, as a process, over a workspace with a few small scenarios."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import SHIPPED
from tests.server.holding import held
from tests.server.http_server import ServerProcess, http_server


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("interop") / "workspace"
    shutil.copytree(SHIPPED / "templates", root / "templates")
    (root / "hello.py").write_text(
        "# /// script\n# [tool.dm.params.name]\n# type = 'string'\n# default = 'you'\n# ///\n"
        "from datamaker import DataMaker\ndm = DataMaker()\n"
        "for n in range(3):\n    print('hello', dm.params['name'], n)\ndm.result({'greeted': 3})\n"
    )
    # Prompts of these names are what the conformance suite asks for: ours are scenarios.
    (root / "test_simple_prompt.py").write_text('"""A prompt without arguments."""\n')
    (root / "test_prompt_with_arguments.py").write_text(
        "# /// script\n# [tool.dm.params.arg1]\n# type = 'string'\n# [tool.dm.params.arg2]\n# type = 'string'\n# ///\n"
    )
    (root / "fails.py").write_text("print('so far')\nraise ValueError('no luck')\n")
    return root


@pytest.fixture(scope="session")
async def server(root: Path) -> AsyncIterator[ServerProcess]:
    async for server in held(http_server(root)):
        yield server
