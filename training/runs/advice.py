"""Which method to begin with on a snapshot, by what is stored of it and of the workers."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from alignment_core.advice import FEW_PAIRS, recommend
from annotate.models import Outcome
from training.models import Checkpoint, CheckpointKind, Evaluation, Snapshot
from training.runs.workers import live_workers
from training.words.advice import REASONS
from training.words.methods import METHODS_IN_WORDS


@dataclass(frozen=True, kw_only=True)
class Advice:
    snapshot: Snapshot
    method: str
    settings: dict[str, Any]  # those that differ from the method's defaults
    reasons: list[str]
    n_pairs: int
    votes_per_pair: float
    tie_share: float

    @property
    def title(self) -> str | Promise:
        return METHODS_IN_WORDS[self.method].title

    @property
    def query(self) -> str:
        """What fills the form in as advised."""
        wanted = {"method": self.method, "snapshot": self.snapshot.public_id}
        return urlencode(wanted | self.settings)


def advice_on(snapshot: Snapshot) -> Advice:
    kept = snapshot.pairs.filter(state="kept")
    votes = F("preference__n_first") + F("preference__n_second") + F("preference__n_tie")
    decided = Q(preference__outcome=Outcome.PREFERENCE)
    counts = kept.aggregate(
        n=Count("pk"),
        n_pairs=Count("pk", filter=decided),
        n_votes=Sum(votes, filter=decided),
        n_ties=Count("pk", filter=Q(preference__outcome=Outcome.TIE)),
        n_both_bad=Count("pk", filter=Q(preference__outcome=Outcome.BOTH_BAD)),
    )
    n, n_pairs = max(1, counts["n"]), counts["n_pairs"]
    facts = {
        "n_pairs": n_pairs,
        "votes_per_pair": (counts["n_votes"] or 0) / max(1, n_pairs),
        "tie_share": counts["n_ties"] / n,
        "both_bad_share": counts["n_both_bad"] / n,
        "longer_wins": _longer_wins(snapshot),
    }
    advised = recommend(**facts, reward=_reward(), has_gpu=_has_gpu())
    figures = {
        "few": FEW_PAIRS,
        "n_pairs": n_pairs,
        "votes": facts["votes_per_pair"],
        "ties": _percent(facts["tie_share"]),
        "both_bad": _percent(facts["both_bad_share"]),
        "longer": _percent(facts["longer_wins"] or 0.0),
    }
    return Advice(
        snapshot=snapshot,
        method=advised.method,
        settings=advised.settings,
        reasons=[str(REASONS[reason.name]) % figures for reason in advised.reasons],
        n_pairs=n_pairs,
        votes_per_pair=facts["votes_per_pair"],
        tie_share=facts["tie_share"],
    )


def _longer_wins(snapshot: Snapshot) -> float | None:
    """How often the longer answer was preferred, where a run has measured it."""
    baselines = Evaluation.objects.filter(snapshot=snapshot).values_list("baselines", flat=True)
    newest = baselines.order_by("-recorded_at").first() or {}
    value = (newest.get("longer_wins") or {}).get("value")
    return None if value is None else float(value)


def _reward() -> str:
    trained = Checkpoint.objects.filter(kind=CheckpointKind.REWARD_MODEL, is_final=True)
    return "model" if trained.exists() else "none"


def _has_gpu() -> bool:
    devices = live_workers().values_list("devices", flat=True)
    return any(device.get("kind") == "cuda" for found in devices for device in found)


def _percent(share: float) -> str:
    return _("%(number)s %%") % {"number": f"{100 * share:.0f}"}
