"""What holds for all tests."""

import signal

from hypothesis import HealthCheck, settings

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # In the background of a script ctrl-C is ignored, and would be by every process under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A commit has one verdict, on a slow machine too: examples are the same every time. New ones are
# looked for with --hypothesis-profile=explore.
_any_machine = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", _any_machine, derandomize=True)
settings.register_profile("explore", _any_machine, max_examples=1000, print_blob=True)
settings.load_profile("same")
