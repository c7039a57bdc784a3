"""Values that stand for nothing, and a small table to put them into."""

import math
from decimal import Decimal

import numpy as np
import pytest

from alignment_core.agreement import (
    JudgementTable,
)


class NotAvailable:
    """As pandas' NA: what it is compared with, nobody knows."""

    def __eq__(self, other):
        return self

    __ne__ = __eq__
    __hash__ = object.__hash__

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")


NA = NotAvailable()
MISSING = [
    pytest.param(value, id=name)
    for name, value in {
        "none": None,
        "nan": math.nan,
        "numpy nan": np.float32("nan"),
        "decimal nan": Decimal("NaN"),
        "signalling nan": Decimal("sNaN"),
        "not a time": np.datetime64("NaT"),
        "not available": NA,
        "masked": np.ma.masked,
    }.items()
]
COLUMNS = {
    "comparison": [1, 2, 1, 2],
    "annotator": ["ann", "ann", "bob", "bob"],
    "category": ["a", "b", "a", "a"],
}


def table_of(**changed):
    columns = COLUMNS | changed
    return JudgementTable.from_arrays(**columns)


def with_one(values, value, *, at=2):
    return [value if place == at else kept for place, kept in enumerate(values)]


def objects(values):
    return np.fromiter(values, dtype=object, count=len(values))
