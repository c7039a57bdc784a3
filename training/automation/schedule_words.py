"""A schedule, what was found of it and what it would have done, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from annotate.text.moments import moment_elsewhere, moments_elsewhere
from training.automation.back_test import BackTest
from training.automation.calendar_rules import CalendarRule
from training.automation.calendar_words import rule_in_words, time_in_words
from training.automation.chain import KINDS
from training.automation.condition_words import finding_in_words, in_words, joined
from training.automation.conditions import parsed
from training.automation.dry_run import DryRun
from training.automation.evaluating import JudgedClause
from training.automation.schedules import ScheduleSettings
from training.automation.stored_clauses import clause_from_json
from training.automation.stored_reasons import in_readers_language
from training.automation.vocabulary import FACTS
from training.models import (
    Round,
    Schedule,
    ScheduleCheck,
    ScheduleOutcome,
    ScheduleTrigger,
    StepState,
)

MOST_NAMED = 12  # dates in one sentence

VERDICTS: dict[str, str | Promise] = {
    ScheduleOutcome.STARTED: gettext_lazy("It would start now."),
    ScheduleOutcome.WAITS_FOR_ROUND: gettext_lazy(
        "It would not start now: a round of its recipe is under way."
    ),
    ScheduleOutcome.WAITS_FOR_QUIET: gettext_lazy(
        "It would not start now: these are its quiet hours."
    ),
    ScheduleOutcome.WAITS_FOR_COOLDOWN: gettext_lazy(
        "It would not start now: too little time has passed since the last round."
    ),
    ScheduleOutcome.WAITS_FOR_CONDITIONS: gettext_lazy(
        "It would not start now: its conditions do not hold."
    ),
    ScheduleOutcome.LAPSED: gettext_lazy("It would not start now, and would not wait."),
    ScheduleOutcome.REFUSED: gettext_lazy("It would not start now: its recipe is paused."),
}


@dataclass(frozen=True)
class ShownClause:
    holds: bool | None
    sentence: str


def schedule_in_words(schedule: Schedule) -> str:
    """Everything that decides, as sentences."""
    sentences = [_when(schedule)]
    condition = in_words(parsed(schedule.conditions))
    if condition:
        sentences.append(_("It starts only if %(condition)s.") % {"condition": condition})
    if schedule.patience_hours and schedule.trigger != ScheduleTrigger.PREFERENCES:
        sentences.append(
            ngettext(
                "Once due, it waits for that up to %(n)d hour.",
                "Once due, it waits for that up to %(n)d hours.",
                schedule.patience_hours,
            )
            % {"n": schedule.patience_hours}
        )
    if schedule.cooldown_hours:
        sentences.append(
            ngettext(
                "From one round to the next, %(n)d hour passes at least.",
                "From one round to the next, %(n)d hours pass at least.",
                schedule.cooldown_hours,
            )
            % {"n": schedule.cooldown_hours}
        )
    if schedule.quiet_from is not None and schedule.quiet_until is not None:
        sentences.append(
            _("Nothing starts from %(start)s until %(end)s (%(zone)s).")
            % {
                "start": time_in_words(schedule.quiet_from),
                "end": time_in_words(schedule.quiet_until),
                "zone": schedule.time_zone,
            }
        )
    return joined(sentences)


def settings_in_words(settings: ScheduleSettings) -> str:
    """Of a schedule that nobody has made yet."""
    return schedule_in_words(Schedule(**settings.values()))


def _when(schedule: Schedule) -> str:
    if schedule.trigger == ScheduleTrigger.PREFERENCES:
        n = schedule.every_n or 1
        return ngettext(
            "It comes due after every new preference since the last round.",
            "It comes due after every %(n)d new preferences since the last round.",
            n,
        ) % {"n": n}
    if schedule.trigger == ScheduleTrigger.CALENDAR:
        rule = CalendarRule.stored(schedule.rule, schedule.time_zone)
        return _("It comes due %(when)s.") % {"when": rule_in_words(rule)}
    if schedule.trigger == ScheduleTrigger.WEBHOOK:
        return _("It comes due when another system calls its address.")
    return _("It starts when somebody presses “Run now”.")


def shown_clauses(clauses: Sequence[JudgedClause]) -> list[ShownClause]:
    return [ShownClause(one.truth, finding_in_words(one)) for one in clauses]


def stored_clauses(stored: Sequence[dict[str, Any]]) -> list[ShownClause]:
    return shown_clauses([clause_from_json(one) for one in stored])


def check_in_words(check: ScheduleCheck) -> str:
    """One line: what came of it, and the clauses that stood in the way."""
    words = _("%(sentence)s.") % {"sentence": capfirst(check.get_outcome_display())}
    if check.reason:
        return joined([words, in_readers_language(check.reason)])
    if check.holds:
        return words
    missing = [one.sentence for one in stored_clauses(check.clauses) if not one.holds]
    return joined([words, *missing])


def round_in_words(begun: Round) -> list[str]:
    """What came of a round, where it is not the usual: why it failed, and what it left out."""
    if begun.reason:
        return [in_readers_language(begun.reason)]
    skipped = [step for step in begun.steps.all() if step.state == StepState.SKIPPED]
    return [
        _("Step %(n)d (%(step)s): %(reason)s")
        % {
            "n": step.number,
            "step": KINDS[step.kind].title,
            "reason": in_readers_language(step.reason),
        }
        for step in sorted(skipped, key=lambda step: step.number)
    ]


def dry_run_in_words(run: DryRun) -> list[str]:
    """What would become of it now, why, and when it comes due."""
    sentences = [str(VERDICTS[run.outcome])]
    if run.schedule.is_paused:
        sentences.append(_("It is paused, so nothing of it starts by itself."))
    elif run.due_at is None:
        sentences.append(_not_due_in_words(run))
    if run.cools_until is not None:
        at = moment_elsewhere(run.cools_until, run.schedule.own_zone)
        sentences.append(_("The cool-down ends on %(date)s.") % {"date": at})
    return sentences


def _not_due_in_words(run: DryRun) -> str:
    schedule = run.schedule
    if schedule.trigger == ScheduleTrigger.PREFERENCES:
        return _("It is not due: %(n)d of %(every)d new preferences are there.") % {
            "n": schedule.n_since_round,
            "every": schedule.every_n or 1,
        }
    if run.coming:
        at = moment_elsewhere(run.coming[0], schedule.own_zone)
        return _("It is not due before %(date)s.") % {"date": at}
    return _("It is not due: nobody has asked for it.")


def back_test_in_words(found: BackTest, zone: tzinfo | None) -> list[str]:
    """What it would have done, then what cannot be known; in the schedule's own zone."""
    sentences = []
    if found.comes_due_by_itself:
        sentences.append(_starts_in_words(found, zone))
        sentences.append(
            ngettext("It came due %(n)d time.", "It came due %(n)d times.", found.n_due)
            % {"n": found.n_due}
        )
    else:
        sentences.append(_("It comes due only when it is asked to, so nobody can say when."))
    if found.hours_known:
        sentences.append(
            _("Its conditions held in %(held)d of the %(known)d hours of which all is known.")
            % {"held": found.hours_held, "known": found.hours_known}
        )
    sentences += _unknown_in_words(found, zone)
    return sentences


def _starts_in_words(found: BackTest, zone: tzinfo | None) -> str:
    n = len(found.starts)
    if not n:
        return _("In the last 90 days it would not have started.")
    named = moments_elsewhere(found.starts[:MOST_NAMED], zone)
    if n > MOST_NAMED:
        named = pgettext("between items", "; ").join([named, _("and so on")])
    return ngettext(
        "In the last 90 days it would have started once, on %(dates)s.",
        "In the last 90 days it would have started %(n)d times, on %(dates)s.",
        n,
    ) % {"n": n, "dates": named}


def _unknown_in_words(found: BackTest, zone: tzinfo | None) -> list[str]:
    sentences = []
    if found.n_unclear:
        sentences.append(
            ngettext(
                "%(n)d further time, nobody can say: what its conditions ask for was not known.",
                "%(n)d further times, nobody can say: what its conditions ask for was not known.",
                found.n_unclear,
            )
            % {"n": found.n_unclear}
        )
    if found.known_since is None:
        sentences.append(_("Nothing of the project has been written down yet."))
    elif found.known_since > found.since:
        sentences.append(
            _("What stood before %(date)s was not written down.")
            % {"date": moment_elsewhere(found.known_since, zone)}
        )
    if found.taken_for_granted:
        names = pgettext("between items", "; ").join(
            str(FACTS[name].words) for name in found.taken_for_granted
        )
        sentences.append(
            _("Never kept, and taken to have allowed it: %(facts)s.") % {"facts": names}
        )
    sentences.append(
        _(
            "Facts are kept by the hour; a round is taken to have succeeded at once; preferences "
            "are counted that stand today."
        )
    )
    return sentences
