"""What came of one try at sending something."""

from dataclasses import dataclass

LONGEST_SAID = 300


@dataclass(frozen=True)
class Sent:
    """Whether it arrived, and what the other side said.

    may_pass: another try may go better. is_of_server: it would be no better with another message.
    wait_seconds: how long the server asks to be left alone.
    """

    is_good: bool
    said: str
    status: int | None = None
    may_pass: bool = True
    is_of_server: bool = False
    wait_seconds: float | None = None


def shortened(text: str) -> str:
    """One line of what a server says, and not more of it than a table can hold."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= LONGEST_SAID else f"{line[: LONGEST_SAID - 1]}…"
