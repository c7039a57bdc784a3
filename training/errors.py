"""What training refuses, in words people understand; pages and the API only translate these.

AccordError
├── SnapshotRefused     nothing to learn from, or a selection that cannot be used
├── BaseRefused         a model directory or hub id that cannot be registered
├── ConditionRefused    a condition with an unknown word, or a value that a fact cannot have
├── ScheduleRefused     a trigger, rule or time zone that cannot be used
├── HookRefused         a webhook's call with a wrong token, or for no schedule
├── TooManyCalls        of one webhook within an hour
├── RunRefused          settings, snapshot and base that do not go together
├── CompareRefused      too many, or something that did not train
├── RecipeRefused       a chain of steps that cannot work
├── BudgetRefused       a limit or a priority out of range
├── RecipePaused        it starts no round until somebody lets it go on
├── RoundUnderWay       a recipe has one round at a time
├── RoundOver           the round has already ended
├── RoundNotResumable   the round has not ended, or has succeeded
├── NotCancellable      the run has already ended
├── NotResumable        the run has not ended, or has succeeded
├── AliasRefused        a name that cannot be given, or not like this
├── AliasMoved          somebody else has changed what the name means meanwhile
├── GateShut            the evidence does not allow it
├── EvidenceChanged     a decision on what no longer stands
├── ProposalDecided     it was decided already, or by this person
└── NotFound            no such run, checkpoint or snapshot
"""

from django.utils.translation import gettext_lazy as _

from annotate.errors import AccordError, InvalidInput


class SnapshotRefused(InvalidInput):
    code = "snapshot_refused"
    default_message = _("This selection cannot be frozen.")


class BaseRefused(InvalidInput):
    code = "base_refused"
    default_message = _("This model cannot be used as a base.")


class RunRefused(InvalidInput):
    code = "run_refused"
    default_message = _("This run cannot be queued.")


class ConditionRefused(InvalidInput):
    code = "condition_refused"
    default_message = _("This condition cannot be used.")


class ScheduleRefused(InvalidInput):
    code = "schedule_refused"
    default_message = _("This schedule cannot be used.")


class HookRefused(AccordError):
    code = "hook_refused"
    status = 401
    default_message = _("There is no such webhook, or its token is another.")


class TooManyCalls(AccordError):
    code = "too_many_calls"
    status = 429
    default_message = _("This webhook was called too often. Try again within the hour.")


class CompareRefused(InvalidInput):
    code = "compare_refused"
    default_message = _("These cannot be compared.")


class RecipeRefused(InvalidInput):
    code = "recipe_refused"
    default_message = _("This recipe cannot work.")


class BudgetRefused(InvalidInput):
    code = "budget_refused"
    default_message = _("This budget cannot be set.")


class RecipePaused(AccordError):
    code = "recipe_paused"
    status = 409
    default_message = _("This recipe is paused: it starts no round.")


class RoundUnderWay(AccordError):
    code = "round_under_way"
    status = 409
    default_message = _("A round of this recipe is under way; the next can start after it.")


class RoundOver(AccordError):
    code = "round_over"
    status = 409
    default_message = _("This round has already ended.")


class RoundNotResumable(AccordError):
    code = "round_not_resumable"
    status = 409
    default_message = _("Only a round that failed or was cancelled can go on.")


class NotCancellable(AccordError):
    code = "not_cancellable"
    status = 409
    default_message = _("This run has already ended.")


class NotResumable(AccordError):
    code = "not_resumable"
    status = 409
    default_message = _("Only a run that failed or was cancelled can be resumed.")


class AliasRefused(InvalidInput):
    code = "alias_refused"
    default_message = _("This name cannot be given.")


class AliasMoved(AccordError):
    code = "alias_moved"
    status = 409
    default_message = _("Somebody else has changed this name meanwhile. Nothing was changed.")


class GateShut(AccordError):
    code = "gate_shut"
    status = 409
    default_message = _("The evidence does not allow it yet.")


class EvidenceChanged(AccordError):
    code = "evidence_changed"
    status = 409
    default_message = _("The evidence has changed since you saw it. Look at it again.")


class ProposalDecided(AccordError):
    code = "proposal_decided"
    status = 409
    default_message = _("This proposal has been decided already.")


class NotFound(AccordError):
    code = "not_found"
    status = 404
    default_message = _("There is no such thing here.")
