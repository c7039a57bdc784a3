"""What a run of one kind always has, though the table allows it to lack it for the other kinds."""

from typing import TypeVar

from training.models import Checkpoint, Run

Value = TypeVar("Value")


def required(value: Value | None) -> Value:
    """Raises: LookupError where it is missing all the same."""
    if value is None:
        raise LookupError("a run of this kind always has it")
    return value


def base_before(run: Run) -> Checkpoint:
    """What the checkpoint that the run is about was itself trained from."""
    return required(required(required(run.base).run).base)
