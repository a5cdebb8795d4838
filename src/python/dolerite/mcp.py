"""Six tools over stdio for agents: ``python -m dolerite.mcp PLACE``. Needs ``pip install
dolerite[mcp]``. Read only; the place is chosen by whoever starts the server."""

from __future__ import annotations

import functools
import sys
from typing import Any
from collections.abc import Callable

from . import DoleriteError
from . import open as open_place
from ._agent import Tools

NAMES = ("catalog", "top", "callers", "diff", "series", "ask")


def _tool(function: Callable[..., str]) -> Callable[..., str]:
    """The function with its errors as answers: the SDK keeps the texts of others to itself."""
    from mcp.server.mcpserver.exceptions import ToolError

    @functools.wraps(function)
    def tool(*arguments: Any, **named: Any) -> str:
        try:
            return function(*arguments, **named)
        except DoleriteError as error:
            raise ToolError(f"{error.code}: {error}") from None

    return tool


def server(place: Any) -> Any:
    """A server of the tools for a place; ``run("stdio")`` serves."""
    from mcp.server import MCPServer
    from mcp.types import ToolAnnotations

    tools = Tools(open_place(place))
    out = MCPServer(
        "dolerite",
        instructions="Continuous-profiling data. Begin with `catalog`; then `top`, `diff`, "
        "`callers`, `series`. Each answer names useful next calls.")
    for name in NAMES:
        out.add_tool(_tool(getattr(tools, name)), name=name, structured_output=False,
                     annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False))
    return out


def main() -> int:
    """Serves until stdin ends."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("usage: python -m dolerite.mcp PLACE    a directory, archive, s3:// or block",
              file=sys.stderr)
        return 2
    server(sys.argv[1]).run("stdio")
    return 0


if __name__ == "__main__":
    sys.exit(main())
