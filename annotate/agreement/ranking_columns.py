"""Rankings as columns out of the database, one entry a completion, of those that take part."""

from collections.abc import Container

import numpy as np
import numpy.typing as npt

from alignment_core.agreement.further.rank_orders import RankColumns
from annotate.agreement.taking_part import TAKES_PART
from annotate.models import Judgement, Project, RankingPlace

CHUNK = 5000
COLUMNS = [(name, "i8") for name in ("ranked_set", "prompt", "annotator", "completion", "rank")]


def read_rankings(project: Project) -> npt.NDArray[np.void]:
    """The places of live counted rankings; a ranking is there once, by what stands for it."""
    standing = Judgement.objects.filter(TAKES_PART, project=project, ranking__isnull=False)
    rows = (
        RankingPlace.objects.filter(ranking__in=standing.order_by().values("ranking"))
        .order_by()
        .values_list(
            "ranking__completion_set",
            "ranking__completion_set__prompt",
            "ranking__annotator",
            "member__completion",
            "rank",
        )
    )
    return np.fromiter(rows.iterator(chunk_size=CHUNK), dtype=COLUMNS)


def columns_by(rows: npt.NDArray[np.void], annotators: Container[int]) -> RankColumns:
    """The rankings of these annotators."""
    taken = np.array([who in annotators for who in rows["annotator"].tolist()], dtype=bool)
    return RankColumns(*(rows[name][taken] for name, _kind in COLUMNS))
