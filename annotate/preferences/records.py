"""A stored preference as the record that training and exports share."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from alignment_core.data.records import PreferenceRecord, VerdictCounts
from annotate.models import Preference, ResolvedBy, Verdict


def preference_record(preference: Preference, *, cohorts: Collection[str] = ()) -> PreferenceRecord:
    """The record of a preference; fetch many through `trainable.with_judgements`.

    Args: cohorts, that were selected: what was triaged for cohorts alone is told by their votes.
    """
    record = _record(preference, cohorts)
    if preference.resolved_by == ResolvedBy.COHORTS and cohorts:
        return _of_cohorts(record)
    return record


def _of_cohorts(record: PreferenceRecord) -> PreferenceRecord:
    """As those cohorts had it alone whose votes the record has."""
    votes = Counter[str]()
    for counts in record.verdicts_by_cohort.values():
        votes.update(counts.as_json())
    verdicts = VerdictCounts(**votes)
    told = replace(
        record, verdicts=verdicts, p_chosen=_p_chosen(verdicts), outcome="tie", strength=None
    )
    if verdicts.chosen == verdicts.rejected:
        return told
    told = replace(told, outcome="preference")
    return told if verdicts.chosen > verdicts.rejected else _turned(told)


def _p_chosen(votes: VerdictCounts) -> float | None:
    if not votes.n_relative:
        return None
    return (votes.chosen + votes.tie / 2) / votes.n_relative


def _turned(record: PreferenceRecord) -> PreferenceRecord:
    """The same votes, with the other answer for the chosen one."""
    return replace(
        record,
        chosen=record.rejected,
        rejected=record.chosen,
        origin_chosen=record.origin_rejected,
        origin_rejected=record.origin_chosen,
        p_chosen=None if record.p_chosen is None else 1 - record.p_chosen,
        verdicts=_exchanged(record.verdicts),
        verdicts_by_cohort={
            cohort: _exchanged(counts) for cohort, counts in record.verdicts_by_cohort.items()
        },
    )


def _exchanged(counts: VerdictCounts) -> VerdictCounts:
    return replace(counts, chosen=counts.rejected, rejected=counts.chosen)


def _record(preference: Preference, cohorts: Collection[str]) -> PreferenceRecord:
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
        if preference.resolved_by == ResolvedBy.COHORTS and cohorts and used.cohort not in cohorts:
            continue
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
