"""Makes one preview in a process of its own; see `dashboard.steward.preview_process`.

It reads the number of a request from standard input, and writes to standard output what
`preview_process` reads: how far it is, and at last the preview. It ends when its input is closed,
so that it does not outlive the service.
"""

import os
import pickle
import signal
import struct
import sys
import threading
import traceback
from typing import BinaryIO

from data.model import SimaError
from data.pipeline import Sima
from data.release_making.progress import Step
from data.settings import Settings

LENGTH = struct.Struct("!Q")  # before each message: how many bytes it has


def main() -> None:
    """Make the preview of the request whose number is the first line of the input."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no message
    number = int(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        sima = Sima(Settings.from_environment(os.environ))
        made = sima.preview(number, lambda step, share: _tell(out, step, share))
    except SimaError as wrong:
        _send(out, ("refused", str(wrong)))
    except Exception as wrong:  # noqa: BLE001  # its text could quote a figure
        at = traceback.extract_tb(wrong.__traceback__)[-1]
        sys.stderr.write(f"preview: {type(wrong).__name__} in {at.name}, line {at.lineno}\n")
        sys.exit(1)
    else:
        _send(out, ("made", made))


def _end_with_parent() -> None:
    while os.read(0, 1024):  # no buffered reader, which the end of this process would wait for
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _tell(out: BinaryIO, step: Step, share: float) -> None:
    if step is Step.MAPS:  # from here on it writes, and nothing half may be left
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _send(out, ("at", (step.value, share)))


def _send(out: BinaryIO, message: tuple[str, object]) -> None:
    content = pickle.dumps(message)
    out.write(LENGTH.pack(len(content)) + content)
    out.flush()


if __name__ == "__main__":
    main()
