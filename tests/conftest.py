"""What holds for all tests."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # In the background of a script ctrl-C is ignored, and would be by every process under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
