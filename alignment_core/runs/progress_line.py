"""How far a run has come: one line kept up to date on a terminal, some plain lines in a log."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

SECONDS_BETWEEN_LINES = 30.0  # of a log, which somebody reads later
MEASURED = {  # what is shown of a held-out measurement, where it is there
    "loss": "loss",
    "rewards/accuracies": "accuracy",
    "accuracy": "accuracy",
    "rewards/margins": "margin",
    "reward": "reward",
}


class ProgressLine:
    """Shows the lines of a run's metrics as they are logged."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream = stream
        self.clock = clock
        self.is_terminal = stream.isatty()
        self._phase: str | None = None
        self._began = (0, 0.0)  # the first step of the phase that was seen, and when
        self._tokens: float | None = None  # by then
        self._shown_at = 0.0
        self._is_open = False  # whether the cursor stands in a line that will be written over

    def show(self, line: Mapping[str, Any]) -> None:
        """Show one line of the metrics, if it is time."""
        phase, now = str(line["phase"]), self.clock()
        if phase in ("eval", "dry"):
            self._write(_measurement(line), is_kept=True)
            return
        is_new = phase != self._phase
        if is_new:
            self._phase, self._began = phase, (_done(line), now)
            self._tokens = line.get("num_tokens")
        is_time = now - self._shown_at >= SECONDS_BETWEEN_LINES
        if self.is_terminal or is_new or is_time or _done(line) == _total(line):
            self._shown_at = now
            self._write(self._words(line, now), is_kept=not self.is_terminal)

    def end(self) -> None:
        """Leave the last line where it is."""
        if self._is_open:
            self.stream.write("\n")
            self.stream.flush()
            self._is_open = False

    def _words(self, line: Mapping[str, Any], now: float) -> str:
        done, total = _done(line), _total(line)
        words = [f"{line['phase']} {done}/{total}"]
        if line.get("loss") is not None:
            words.append(f"loss {line['loss']:.4f}")
        n_steps, seconds = done - self._began[0], now - self._began[1]
        if n_steps > 0 and seconds > 0:
            words.append(_speed(n_steps / seconds))
            if line.get("num_tokens") is not None and self._tokens is not None:
                words.append(f"{(line['num_tokens'] - self._tokens) / seconds:,.0f} tokens/s")
            if done < total:
                words.append(f"{duration((total - done) * seconds / n_steps)} left")
        return "  ".join(words)

    def _write(self, text: str, *, is_kept: bool) -> None:
        if self.is_terminal:
            width = shutil.get_terminal_size().columns
            self.stream.write(f"\r\033[K{text[: width - 1]}")
            self._is_open = not is_kept
            if is_kept:
                self.stream.write("\n")
        else:
            self.stream.write(f"{text}\n")
        self.stream.flush()


def duration(seconds: float) -> str:
    """A time as people say it: 42 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _speed(per_second: float) -> str:
    return f"{per_second:.1f} steps/s" if per_second >= 1 else f"{1 / per_second:.1f} s a step"


def _done(line: Mapping[str, Any]) -> int:
    return int(line.get("samples/done", line["step"]))


def _total(line: Mapping[str, Any]) -> int:
    return int(line.get("samples/total", line["total_steps"]))


def _measurement(line: Mapping[str, Any]) -> str:
    if line["phase"] == "dry":
        return f"step {line['step']}: no prompt is left whose samples earn differently"
    figures = {
        word: line[name] for name, word in MEASURED.items() if isinstance(line.get(name), float)
    }
    shown = "  ".join(f"{word} {value:.4g}" for word, value in figures.items())
    return f"held out, step {line['step']}/{line['total_steps']}  {shown}".rstrip()
