"""`python -m availability --config FILE [--once]`: run it; exit code 2 for a wrong configuration, 3 for what
is not granted, 4 for a node that does not answer (with --once)."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from availability.config import read_config
from availability.listener import Listener
from availability.trouble import Denied, Trouble, Unusable
from availability.work import Work, say


def main() -> int:
    parser = argparse.ArgumentParser(prog="availability", description="What is free now and soon.")
    parser.add_argument("--config", type=Path, required=True, help="a JSON file, see the README")
    parser.add_argument("--once", action="store_true", help="ask once, write the results, end")
    arguments = parser.parse_args()
    try:
        work = Work(read_config(arguments.config))
        if arguments.once:
            say("results", written=work.once(), incomplete=work.incomplete)
            return 0
        return _run(work)
    except Unusable as failure:
        say("unusable", reason=str(failure))
        return 2
    except Denied as failure:
        say("denied", reason=str(failure))
        return 3
    except Trouble as failure:
        say("trouble", reason=str(failure))
        return 4


def _run(work: Work) -> int:
    listener = None
    if work.config.listen:
        listener = Listener(work.config.listen, work.config.callback, work.status)
        listener.start()
        say("listening", address=listener.address)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    try:
        work.run(listener)
    except SystemExit:
        say("ended", written=work.written, error=work.memory.error())
        return 0
    finally:
        work.end()
        if listener is not None:
            listener.stop()
    return 0


def _end(_: int, __: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
