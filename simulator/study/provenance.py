"""What results are made with and when, as a manifest tells it."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator.versioning import git_commit

__all__ = ["made_with"]


def made_with() -> dict[str, Any]:
    """Versions of this package and of those that figures hang on, its commit, and the time."""
    import numpy as np
    import pyarrow as pa

    import simulator

    return {
        "package": simulator.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
        "git_commit": git_commit(Path(simulator.__file__).parent),
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
