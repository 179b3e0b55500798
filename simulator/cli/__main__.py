"""``python -m simulator.cli`` is ``pickup``."""

from simulator.cli import main

main()
