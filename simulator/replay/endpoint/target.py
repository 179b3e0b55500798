"""A tenant that the guard let pass."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """One tenant on one host; only the guard makes them."""

    base: str
    """``https://sod2.superoffice.com``, or ``http://127.0.0.1:8900``; no path."""
    context: str
    """ContextId, such as ``Cust12345``."""
    login: str
    """Where the tenant's state and new tokens are asked for: like ``base``."""
    is_loopback: bool
    is_allowed_by_file: bool = False

    @property
    def confirmation(self) -> str:
        """What a person types to let a replay begin."""
        return "local" if self.is_loopback else self.context

    def url(self, path: str) -> str:
        """The address of an API path, such as ``ChatSession/Pickup``."""
        return f"{self.base}/{self.context}/api/v1/{path}"

    @property
    def state_url(self) -> str:
        """Where the tenant's state is told."""
        return f"{self.login}/api/state/{self.context}"
