from collections.abc import Iterator

import pytest
from django.db.models import ForeignKey, Model

from annotate.models import Comparison, Completion, Judgement, PreferenceJudgement, Prompt
from training.models import RunMetric, SnapshotPair

LARGE = (
    Prompt,
    Completion,
    Comparison,
    Judgement,
    PreferenceJudgement,
    SnapshotPair,
    RunMetric,
)


@pytest.mark.parametrize("model", LARGE)
def test_no_index_of_a_large_table_is_the_beginning_of_another(model: type[Model]):
    begun = {fields[0] for fields in _whole_indexes(model)}
    indexed = {
        field.name
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey) and field.db_index and not field.unique
    }

    assert not indexed & begun


def _whole_indexes(model: type[Model]) -> Iterator[tuple[str, ...]]:
    """Of every row, by the fields in their order."""
    for constraint in model._meta.total_unique_constraints:
        yield tuple(constraint.fields)
    for index in model._meta.indexes:
        if index.condition is None and index.fields:
            yield tuple(name.lstrip("-") for name in index.fields)
