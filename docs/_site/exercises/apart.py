"""Check a program in a process of its own, which may be stopped: it may do anything. See `practice.check`.

Reads what is asked as JSON, writes the feedback, and what there is to say if many give this answer, a line each.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import sys
import threading
import time
from typing import Any

from .checking import check, recognise

IDLE = 20  # seconds in which it has computed nothing: it waits for something that does not come


def main() -> None:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    errors = os.fdopen(os.dup(2), "w", encoding="utf-8")
    asked = json.load(sys.stdin.buffer)
    with open(os.devnull) as null:
        os.dup2(null.fileno(), 0)
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 1), os.dup2(null.fileno(), 2)
    with contextlib.suppress(ImportError, ValueError, OSError):  # a list that only grows must not fill the machine's memory
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
    _stop(2 * asked["seconds"], errors)  # where it computes, but not in a loop of its own
    threading.Thread(target=_watch, args=(errors,), daemon=True).start()
    found = check(asked["program"].encode("latin-1"), asked["exercise"], asked["name"], asked["seconds"])
    print(json.dumps(found), file=out, flush=True)
    _stop(10 * asked["seconds"], errors)
    print(json.dumps(recognise(found, asked["exercise"], asked["name"])), file=out, flush=True)
    os._exit(0)  # whatever threads it has started


def _stop(seconds: float, errors: Any) -> None:
    """Stop this process, and say where it was, after seconds of computing (of the clock, where there is no other timer)."""
    if not hasattr(signal, "setitimer"):
        faulthandler.dump_traceback_later(seconds, exit=True, file=errors)
        return
    faulthandler.register(signal.SIGPROF, file=errors, chain=True)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _watch(errors: Any) -> None:
    """Stop this process if it does nothing."""
    before, since = time.process_time(), time.monotonic()
    while time.monotonic() - since < IDLE:
        time.sleep(1)
        now = time.process_time()
        if now - before > 0.01:
            before, since = now, time.monotonic()
    faulthandler.dump_traceback(errors)
    os._exit(1)


if __name__ == "__main__":
    main()
