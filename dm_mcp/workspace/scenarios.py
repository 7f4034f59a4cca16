"""A scenario as its file tells of it: by its header, its docstring and its syntax tree. It is never imported or run."""

from __future__ import annotations

import ast
import importlib.util
import warnings
from dataclasses import dataclass, field
from typing import Any, Literal

from dm_mcp.errors import DmError, ScenarioError
from dm_mcp.workspace.config import WorkspaceConfig
from dm_mcp.workspace.files import Found, read_bytes
from dm_mcp.workspace.header import Header, read_header
from dm_mcp.workspace.toml import close_match

__all__ = ["SUFFIX", "Entry", "Scenario", "read_scenario"]

SUFFIX = ".py"

Entry = Literal["script", "main", "async_main"]
"""How a script begins: at its first line, by ``main(dm)``, or by ``async main(dm)``."""


@dataclass(frozen=True)
class Scenario:
    """A script of the workspace and what is known of it without running it."""

    id: str
    """Its path in the workspace, with slashes, without ``.py``."""
    file: str
    """Its path with ``.py``."""
    title: str
    description: str = ""
    tags: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    """Ids of the connections that a run may use: the header's, else those that the source names literally."""
    params: dict[str, Any] = field(default_factory=lambda: Header().params_schema())
    """The parameters as one JSON Schema of an object."""
    header: Header = field(default_factory=Header)
    source: str = ""
    """The text that a run executes; header and all else here were read from it."""
    entry: Entry = "script"
    error: DmError | None = None
    """Why it can't be run; what could be read of it is there all the same."""


def read_scenario(found: Found, config: WorkspaceConfig) -> Scenario:
    """The scenario in a file; whatever is wrong with it is its ``error``."""
    shown = found.error.where.get("file", found.file) if found.error else found.file
    id_ = shown.removesuffix(SUFFIX)
    title = id_.rpartition("/")[2].replace("_", " ").replace("-", " ").strip()
    facts: dict[str, Any] = {"id": id_, "file": shown, "title": title[:1].upper() + title[1:]}
    try:
        _collect(found, config, facts)
    except DmError as error:
        facts["error"] = error if isinstance(error, ScenarioError) else _as_scenario_error(error)
    return Scenario(**facts)


def _collect(found: Found, config: WorkspaceConfig, facts: dict[str, Any]) -> None:
    """Put what the file tells into ``facts``, piece by piece, so that the pieces before an error are kept."""
    if found.error:
        raise found.error
    source = facts["source"] = _decode(read_bytes(found.path, found.file), found.file)
    tree = _parse(source, found.file)
    facts["description"] = " ".join((ast.get_docstring(tree) or "").split("\n\n")[0].split())
    facts["entry"] = _entry(tree, found.file)
    header = facts["header"] = read_header(source, file=found.file)
    if header.title:
        facts["title"] = header.title
    if header.description is not None:
        facts["description"] = header.description
    facts["tags"] = tuple(header.tags)
    facts["params"] = header.params_schema()
    facts["connections"] = _scope(header, tree, config, source, found.file)


def _as_scenario_error(error: DmError) -> ScenarioError:
    return ScenarioError(error.message, hint=error.hint, **error.where)


def _decode(data: bytes, file: str) -> str:
    """The source as Python reads it: by its coding line or as UTF-8, with one newline for every line end."""
    try:
        return importlib.util.decode_source(data)
    except UnicodeDecodeError as cause:
        line = data.count(b"\n", 0, cause.start) + 1
        message = f"The file is not {cause.encoding} text: byte 0x{data[cause.start]:02x} is out of place."
    except (SyntaxError, LookupError, UnicodeError):
        line, message = 1, "The file is not text in UTF-8, nor in the encoding that its first lines tell."
    raise ScenarioError(message, hint="Save it as UTF-8.", file=file, line=line)


def _parse(source: str, file: str) -> ast.Module:
    """The syntax tree. The compiler is asked too: it knows of a ``return`` outside of a function."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, file)
            compile(tree, file, "exec", dont_inherit=True)
    except SyntaxError as cause:
        raise ScenarioError(
            f"Python can't read the script: {cause.msg}.", hint="Mend that line.", file=file, line=cause.lineno or 1
        ) from None
    except (ValueError, RecursionError, MemoryError) as cause:
        reason = "it is nested too deeply" if isinstance(cause, (RecursionError, MemoryError)) else str(cause)
        raise ScenarioError(f"Python can't read the script: {reason}.", hint="Mend the script.", file=file) from None
    return tree


def _entry(tree: ast.Module, file: str) -> Entry:
    """``main`` is called with ``dm``, unless the module calls it itself, a ``__main__`` part aside.

    Raises `ScenarioError` for one that nobody would call: a run that does nothing must not end well.
    """
    if any(_calls_main(statement) for statement in tree.body):
        return "script"
    mains = [
        node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "main"
    ]
    if not mains:
        return "script"
    if not _takes_one(mains[-1].args):
        raise ScenarioError(
            "main must take one argument, and nothing in the script calls it.",
            hint="Write `def main(dm):`, or call main() at the end of the script.",
            file=file,
            line=mains[-1].lineno,
        )
    return "async_main" if isinstance(mains[-1], ast.AsyncFunctionDef) else "main"


def _calls_main(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    if isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    ):
        return False
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "main"
        for node in ast.walk(statement)
    )


def _takes_one(arguments: ast.arguments) -> bool:
    required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return required == 1 and all(default is not None for default in arguments.kw_defaults)


def _scope(header: Header, tree: ast.Module, config: WorkspaceConfig, source: str, file: str) -> tuple[str, ...]:
    """Ids of the connections in scope. Raises `ScenarioError` for one in the header that the workspace lacks."""
    if header.connections is None:
        named = [config.connection_id(name) for name in _literal_connections(tree)]
        return tuple(dict.fromkeys(id_ for id_ in named if id_))
    scope: list[str] = []
    for name in header.connections:
        id_ = config.connection_id(name)
        if id_ is None:
            names = [known for id_, one in config.connections.items() for known in (id_, one.name) if known]
            hint = close_match(name, names) or f"dm.toml has: {', '.join(config.connections) or 'no connection'}."
            lines = (n for n, line in enumerate(source.split("\n"), 1) if line.startswith("#") and name in line)
            raise ScenarioError(
                f"There is no connection {name!r:.60} in dm.toml.",
                hint=hint,
                file=file,
                line=next(lines, 1),
                field="connections",
            )
        scope.append(id_)
    return tuple(dict.fromkeys(scope))


def _literal_connections(tree: ast.Module) -> list[str]:
    """The texts in calls such as ``dm.connection("conn_postgres")``, in the order of the source."""
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "connection"
    ]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    arguments = [argument for call in calls for argument in (*call.args[:1], *(kw.value for kw in call.keywords))]
    return [node.value for node in arguments if isinstance(node, ast.Constant) and isinstance(node.value, str)]
