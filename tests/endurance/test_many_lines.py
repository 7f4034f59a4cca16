"""A script that talks much."""

from __future__ import annotations

from pathlib import Path

from tests.endurance.servers import serve

LINES = 10_000


async def test_ten_thousand_lines_reach_a_client_in_order(root: Path, tmp_path: Path) -> None:
    (root / "a.py").write_text(f"for n in range({LINES}):\n    print(n)")
    seen: list[str] = []
    async with serve(root, tmp_path / "pid") as server:
        result = await server.execute("a", seen.append)
    assert result is not None
    assert result["status"] == "done"
    assert seen[1:] == [str(n) for n in range(LINES)]
