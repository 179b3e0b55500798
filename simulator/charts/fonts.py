"""Which file a font of the charts comes from."""

from __future__ import annotations

from pathlib import Path

from matplotlib import font_manager

__all__ = ["font_file"]


def font_file(family: str) -> Path | None:
    """The file that matplotlib takes for the font family, or None if it would take another."""
    try:
        return Path(font_manager.findfont(family, fallback_to_default=False))
    except ValueError:
        return None
