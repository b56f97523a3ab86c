"""The process of an embedded Sail server. It listens on this machine alone, and ends with the process that began it."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Serves until standard input ends; the port is the first line of standard output."""
    # Ctrl-C reaches the whole group; who started this process ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    print(port, flush=True)
    sys.stdin.read()
    # Without waiting for tasks that are at work.
    os._exit(0)


if __name__ == "__main__":
    main()
