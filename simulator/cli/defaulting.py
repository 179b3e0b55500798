"""A command that has commands: ``pickup report RUN`` beside ``pickup report verify REPORT``.

The command of the group's own name is the one that is meant unless the first argument is the name
of another. Whoever has a folder of such a name writes ``./verify``.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

__all__ = ["DefaultingGroup"]


class DefaultingGroup(TyperGroup):
    """Behaves as its command of its own name, help included, unless another one is named."""

    def make_context(self, info_name: Any, args: list[str], parent: Any = None, **more: Any) -> Any:
        """The context of the command that is meant, or of the group where another is named."""
        others = self.commands.keys() - {self.name}
        if args and args[0] in others:
            return super().make_context(info_name, args, parent, **more)
        return self.commands[str(self.name)].make_context(info_name, args, parent, **more)

    def invoke(self, ctx: Any) -> Any:
        """Run what the context is of; it is the group's own where another command is named."""
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)
