"""How far people agree on what a protocol asks beside the verdict, as a section of the report."""

from collections.abc import Mapping, Sequence
from typing import Any

from alignment_core.agreement import Figure, JudgementTable, measure_asked
from alignment_core.agreement.reading import read_alpha, read_kappa, read_nothing, with_reading
from annotate.agreement.asked_answers import NOWHERE, Answers

READ = {
    "percent_agreement_by_comparison": read_nothing,
    "specific_agreement": read_nothing,
    "krippendorff_alpha": read_alpha,
    "alpha_ordinal": read_alpha,
    "alpha_interval": read_alpha,
    "gwet_ac1": read_kappa,
}


def asked_section(answers: Sequence[Answers], table: JudgementTable) -> dict[str, Any]:
    """Args: table, the judgements that take part: what `without_selected` keeps."""
    return {"questions": [_entry(one.of(table)) for one in answers]}


def _entry(answers: Answers) -> dict[str, Any]:
    question = answers.question
    figures = measure_asked(answers.table(), question.kind)
    return {
        "part": question.part,
        "name": question.name,
        "kind": question.kind,
        "scale": list(question.scale),
        "is_of_each": question.is_of_each,
        "asked_in": [form.to_dict() for form in answers.forms],
        "n_asked": len(answers.comparison),
        "n_answered": int((answers.place != NOWHERE).all(axis=1).sum()),
        "figures": _read(figures),
    }


def _read(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: with_reading(figure, READ[name]) for name, figure in figures.items()}
