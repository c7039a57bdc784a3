"""A stored preference as the record that training and exports share."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from alignment_core.data.records import PreferenceRecord, VerdictCounts
from annotate.models import Preference, Verdict


def preference_record(preference: Preference) -> PreferenceRecord:
    """The record of a preference; fetch many through `trainable.with_judgements`."""
    comparison = preference.comparison
    prompt = comparison.prompt
    chosen_is_first = preference.chosen_id == comparison.first_id
    p_chosen = preference.p_first
    if p_chosen is not None and not chosen_is_first:
        p_chosen = 1 - p_chosen
    by_cohort: dict[str, Counter[str]] = defaultdict(Counter)
    # Fetched along by `with_judgements`, each with what the query added to it.
    used_judgements: Iterable[Any] = vars(preference)["used_judgements"]
    for used in used_judgements:
        by_cohort[used.cohort or ""][used.verdict] += 1
    return PreferenceRecord(
        id=str(preference.public_id),
        prompt=tuple(prompt.messages),
        outcome=preference.outcome,
        chosen=preference.chosen.text,
        rejected=preference.rejected.text,
        p_chosen=p_chosen,
        verdicts=_counts(
            {
                Verdict.FIRST: preference.n_first,
                Verdict.SECOND: preference.n_second,
                Verdict.TIE: preference.n_tie,
                Verdict.BOTH_BAD: preference.n_both_bad,
            },
            chosen_is_first,
        ),
        verdicts_by_cohort={
            cohort: _counts(counts, chosen_is_first) for cohort, counts in sorted(by_cohort.items())
        },
        strength=preference.strength,
        resolved_by=preference.resolved_by,
        origin_chosen=preference.chosen.origin or None,
        origin_rejected=preference.rejected.origin or None,
        tags=tuple(prompt.tags),
        language=prompt.language,
    )


def _counts(by_verdict: dict[str, int], chosen_is_first: bool) -> VerdictCounts:
    first, second = by_verdict.get(Verdict.FIRST, 0), by_verdict.get(Verdict.SECOND, 0)
    return VerdictCounts(
        chosen=first if chosen_is_first else second,
        rejected=second if chosen_is_first else first,
        tie=by_verdict.get(Verdict.TIE, 0),
        both_bad=by_verdict.get(Verdict.BOTH_BAD, 0),
    )
