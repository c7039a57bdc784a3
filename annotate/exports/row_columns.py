"""What an exported row has: the one declaration that tables, cards and documents are made from."""

from dataclasses import dataclass
from enum import StrEnum


class Holds(StrEnum):
    """The type of a column's values."""

    TEXT = "text"
    WHOLE = "whole"  # a whole number
    NUMBER = "number"
    TRUTH = "truth"
    MESSAGES = "messages"  # objects with role and content
    TEXTS = "texts"
    OBJECT = "object"  # anything else that JSON can say; JSON in a cell of a table


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    holds: Holds = Holds.TEXT


def texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def columns_of(holds: Holds, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, holds) for name in names)


SPLIT = Column("split")
IS_EDIT, EDITOR = Column("is_edit", Holds.TRUTH), Column("editor")  # their pseudonym
