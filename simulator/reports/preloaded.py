"""What every kernel of a report imports, imported once; for :mod:`.warm_kernels` alone."""

import os

# Read at import by matplotlib and by ipykernel: the one is to draw into notebooks, as in a kernel
# that is started by itself, the other is not to take somebody else's kernel for its own parent.
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
os.environ.pop("JPY_PARENT_PID", None)

import simulator.charts
import simulator.metrics
import simulator.reports.execution
import simulator.reports.orders
import simulator.reports.page  # noqa: F401
