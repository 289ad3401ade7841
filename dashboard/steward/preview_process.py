"""Previews are made in processes of their own, so that other stewards' pages stay alive.

A preview holds true counts. It comes back through a pipe, and stands in no file, argument or log.
"""

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Hashable
from typing import IO

from dashboard.i18n.wording import _
from dashboard.steward.preview_child import LENGTH
from data.release_making.build import Preview
from data.settings import Settings

_CHILD = "dashboard.steward.preview_child"
_ONE_AT_A_TIME = threading.Lock()


class Making:
    """A preview that is being made, or was.

    ``step`` is a code of `data.release_making.progress.Step`, empty before the first; ``share`` is
    from 0 to 1. Once ``over`` there is either the ``preview``, or ``refused`` says why there is
    none, or it was ``stopped``, or the process died and there is nothing.
    """

    def __init__(self, rests_on: Hashable) -> None:
        """Begin with nothing; ``rests_on`` is what the preview is made of."""
        self.rests_on = rests_on
        self.step, self.share = "", 0.0
        self.preview: Preview | None = None
        self.refused, self.stopped, self.over = "", False, False

    def stop(self) -> None:
        """End it; nothing is left of it."""
        self.stopped = self.over = True

    def fault(self) -> str:
        """Return why there is no preview, in a sentence with its remedy; empty if there is none."""
        if not self.over or self.stopped or self.preview is not None:
            return ""
        return self.refused or _(
            "The program that makes the preview ended before it was finished. Perhaps the computer"
            " has too little memory. Try again. If it ends again, tell the people who run Sima."
        )


class _Process(Making):
    """A preview that a child process makes."""

    def __init__(self, settings: Settings, number: int, rests_on: Hashable) -> None:
        super().__init__(rests_on)
        self._child = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **settings.as_environment()},
            start_new_session=True,  # Ctrl-C in the service's terminal is for the service
        )
        stdin, stdout = self._child.stdin, self._child.stdout
        if stdin is None or stdout is None:
            raise AssertionError("both are pipes")
        with contextlib.suppress(BrokenPipeError):  # it died at once; then nothing can be read
            stdin.write(f"{number}\n".encode())
            stdin.flush()
        # The input stays open: the child ends when it is closed, as by the end of this process.
        threading.Thread(target=self._read, args=(stdout,), daemon=True).start()

    def _read(self, messages: IO[bytes]) -> None:
        """Take what the child tells until it ends."""
        try:
            while len(head := messages.read(LENGTH.size)) == LENGTH.size:
                (length,) = LENGTH.unpack(head)
                kind, told = pickle.loads(messages.read(length))  # noqa: S301  # of our own child
                if kind == "at":
                    self.step, self.share = told
                elif kind == "refused":
                    self.refused = str(told)
                elif isinstance(told, Preview) and not self.stopped:
                    self.preview = told
        except (EOFError, pickle.UnpicklingError):
            pass  # it was ended within a message
        finally:
            self._child.wait()
            for pipe in (self._child.stdin, messages):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            with _ONE_AT_A_TIME:  # who waits for it has it; nobody else is given true counts
                for key in [each for each, made in _RUNNING.items() if made is self]:
                    del _RUNNING[key]
            self.over = True

    def stop(self) -> None:
        """End the process at once, or when it has written the boundaries that it writes."""
        super().stop()
        self.preview = None
        self._child.terminate()


_RUNNING: dict[tuple[str, int], Making] = {}


def start(settings: Settings, number: int, rests_on: Hashable) -> Making:
    """Begin to make the preview of a request, unless this is being done already.

    There is one at a time of each request: everybody who waits for it waits for the same one. One
    that rests on something else by now is ended.

    Parameters
    ----------
    settings
        Where the stores are.
    number
        Number of the request.
    rests_on
        What the preview is made of: if it changes, a preview is out of date.
    """
    key = (settings.holdings or "", number)
    with _ONE_AT_A_TIME:
        running = _RUNNING.get(key)
        if running is not None and running.rests_on == rests_on and not running.stopped:
            return running
        if running is not None:
            running.stop()
        begun = _Process(settings, number, rests_on)
        _RUNNING[key] = begun
        return begun
