"""On which prompts models may be measured: those that nothing behind them was trained on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db.models import Q

from training.lineage.behind import learnt_from
from training.models import Checkpoint, Snapshot


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """A share of all prompts, drawn by one salt: a smaller share is a part of a larger one."""

    share: float = 1.0
    salt: str = ""  # empty where nothing was trained here

    @classmethod
    def by(cls, *checkpoints: Checkpoint) -> Self:
        """What all training behind these held out, and that of the models that rewarded it."""
        return cls.of(learnt_from(*checkpoints))

    @classmethod
    def of(cls, snapshots: Iterable[Snapshot]) -> Self:
        """What all of these hold out: nothing where they were drawn by different salts."""
        drawn = {(snapshot.split_salt, snapshot.eval_share) for snapshot in snapshots}
        salts = {salt for salt, _share in drawn}
        if not salts:
            return cls()
        share = min(share for _salt, share in drawn) if len(salts) == 1 else 0.0
        return cls(share=share, salt=min(salts))

    def covers(self, snapshot: Snapshot | None) -> bool:
        """Whether all that a snapshot holds out was held out from them, too."""
        if not self.salt:
            return True
        if snapshot is None:
            return False
        return snapshot.split_salt == self.salt and snapshot.eval_share <= self.share

    def snapshots(self, prefix: str = "") -> Q:
        """Those that it covers, as a condition on rows that `prefix` leads to a snapshot from."""
        if not self.salt:
            return Q()
        return Q(**{f"{prefix}split_salt": self.salt, f"{prefix}eval_share__lte": self.share})
