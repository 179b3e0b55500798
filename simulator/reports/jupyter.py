"""The one door to Jupyter's packages: nothing else in the project imports them.

They import ``jsonschema``, which, with JupyterLab installed, imports ``rfc3987_syntax`` to check
one string format that no notebook uses; that package compiles its grammars on import. Told that
the package is missing, jsonschema leaves the format unchecked and validates notebooks as before.
Measured with papermill 2.7.0 and rfc3987-syntax 1.1.0: ``import papermill`` takes 0.8 s instead
of 3.4 s. The order of the statements below is therefore the point of this module.
"""

# ruff: noqa: E402
from __future__ import annotations

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbformat
import papermill
import zmq
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from nbclient.exceptions import DeadKernelError
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.iorw import write_ipynb

__all__ = [
    "AsyncKernelManager",
    "DeadKernelError",
    "Highlight2HTML",
    "IPKernelApp",
    "IPythonRenderer",
    "KernelSpec",
    "LocalProvisioner",
    "MarkdownWithMath",
    "NBClientEngine",
    "PapermillExecutionError",
    "TemplateExporter",
    "get_kernel_dict",
    "nbformat",
    "papermill",
    "papermill_engines",
    "write_ipynb",
    "zmq",
]
