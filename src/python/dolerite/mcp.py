"""Six tools over stdio for agents: ``python -m dolerite.mcp PLACE``. Needs ``pip install
dolerite[mcp]``. Read only; the place is chosen by whoever starts the server."""

from __future__ import annotations

import difflib
import functools
import sys
from typing import Any
from collections.abc import Callable

from . import DoleriteError
from . import open as open_place
from ._agent import Tools
from ._fit import LEAST_BYTES, shorten

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


def _unknown(arguments: dict[str, Any], known: list[str]) -> str:
    """What to say of arguments that a tool does not have."""
    wrong = sorted(set(arguments) - set(known))
    if not wrong:
        return ""
    near = difflib.get_close_matches(wrong[0], known, 1)
    return (f"INVALID_ARGUMENT: no argument {shorten(wrong[0], 60)!r}"
            + (f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"))


def server(place: Any) -> Any:
    """A server of the tools for a place, which is opened at once; ``run("stdio")`` serves."""
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.server.mcpserver.tools import Tool
    from mcp.types import ToolAnnotations

    class Server(MCPServer[Any]):
        """Refuses arguments that a tool does not have, and keeps errors small: they repeat what
        the caller sent."""

        async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
            try:
                wrong = _unknown(arguments, known.get(name, list(arguments)))
                if wrong:
                    raise ToolError(wrong)
                return await super().call_tool(name, arguments, context)
            except ToolError as error:
                raise ToolError(shorten(str(error), LEAST_BYTES)) from None

    tools = Tools(open_place(place))
    tools.open()
    made = [Tool.from_function(
        _tool(getattr(tools, name)), name=name, structured_output=False,
        annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False)) for name in NAMES]
    for tool in made:
        tool.parameters["additionalProperties"] = False
    known = {tool.name: list(tool.parameters["properties"]) for tool in made}
    return Server(
        "dolerite", tools=made,
        instructions="Continuous-profiling data. Begin with `catalog`; then `top`, `diff`, "
        "`callers`, `series`. Each answer names useful next calls.")


def main() -> int:
    """Serves until stdin ends."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("usage: python -m dolerite.mcp PLACE    a directory, archive, s3:// or block",
              file=sys.stderr)
        return 2
    try:
        serving = server(sys.argv[1])
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        print("dolerite.mcp: the package mcp 2 or later is missing; install it: "
              "pip install 'dolerite[mcp]'", file=sys.stderr)
        return 1
    except DoleriteError as error:
        print(f"dolerite.mcp: {error.code}: {error}", file=sys.stderr)
        return 1
    serving.run("stdio")
    return 0


if __name__ == "__main__":
    sys.exit(main())
