"""What a long command says of itself while it works, and how it is stopped."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from dashboard.i18n import labels
from data.release_making.progress import Report, Step

STOPPED = "Stopped. Nothing was published."
EXIT_STOPPED = 130  # as a shell's own for Ctrl-C
_SILENT_S = 2.0  # a step that is shorter is not told
_LINE_S = 10.0  # between two lines, where a line cannot be written over
_TICK_S = 0.5


class _Teller:
    """Writes the step and the share to a stream: one line in place, or a line now and then."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._terminal = stream.isatty()
        self._names = labels.release_steps()
        self._begun = self._step_begun = clock()
        self._told = self._begun - _LINE_S
        self.step: Step | None = None
        self._share = 0.0
        self._width = 0

    def report(self, step: Step, share: float) -> None:
        """Take the step and the share."""
        if step is not self.step:
            self.step, self._step_begun = step, self._clock()
        self._share = share

    def tell(self) -> None:
        """Write a line if it is time for one."""
        now = self._clock()
        if self.step is None or now - self._step_begun < _SILENT_S:
            return
        said = f"{self._names[self.step]}: {self._share:.0%} ({now - self._begun:.0f} s)"
        if self._terminal:
            self._stream.write("\r" + said.ljust(self._width))
            self._width = len(said)
        elif now - self._told >= _LINE_S:
            self._stream.write(said + "\n")
            self._told = now
        self._stream.flush()

    def clear(self) -> None:
        """Take away the line that was written in place."""
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0


@contextmanager
def long_work(stopped: str = STOPPED) -> Iterator[Report]:
    """Yield a report of progress that is shown on standard error while the block runs.

    Ctrl-C ends the process with one sentence, at once: the threads of a solver would otherwise be
    waited for. While something is written, from `Step.MAPS` on, it ends it after that.
    """
    teller = _Teller(sys.stderr)
    over, wanted = threading.Event(), threading.Event()

    def leave() -> None:
        teller.clear()
        sys.stdout.flush()
        os.write(2, f"{stopped}\n".encode())
        os._exit(EXIT_STOPPED)

    def stop(_number: int, _frame: FrameType | None) -> None:
        wanted.set()
        if teller.step is not Step.MAPS:
            leave()

    def tell() -> None:
        while not over.wait(_TICK_S):
            teller.tell()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        with _handled(stop):
            yield teller.report
    finally:
        over.set()
        thread.join()
        teller.clear()
    if wanted.is_set():
        leave()


@contextmanager
def finished_once_begun() -> Iterator[None]:
    """Let the block come to its end, although somebody types Ctrl-C: it stores a decision."""
    with _handled(signal.SIG_IGN):
        yield


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is told of signals
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
