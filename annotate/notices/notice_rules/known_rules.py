"""The rules that measure, by kind; what merely happens has none."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotate.models import NoticeKind, Project
from annotate.notices.notice_rules.agreement_rules import ALPHA, HASTE, PEOPLE, POSITION
from annotate.notices.notice_rules.queue_rule import QUEUE
from annotate.notices.notice_rules.rule import Rule

RULES: Mapping[str, Rule] = {
    NoticeKind.ALPHA_LOW: ALPHA,
    NoticeKind.PERSON_LOW: PEOPLE,
    NoticeKind.POSITION: POSITION,
    NoticeKind.HASTE: HASTE,
    NoticeKind.QUEUE: QUEUE,
}
OF_PROJECTS = tuple(kind for kind in NoticeKind if kind != NoticeKind.DISK)
TOLD_CHOICES = [(kind.value, kind.label) for kind in OF_PROJECTS]


@dataclass(frozen=True)
class InForce:
    """What holds for a kind in a project: its own word, or the usual."""

    kind: NoticeKind
    is_on: bool
    bound: float | None


def rules_in_force(project: Project) -> dict[str, InForce]:
    own = {row.kind: row for row in project.notice_rules.all()}
    in_force = {}
    for kind in OF_PROJECTS:
        row, rule = own.get(kind), RULES.get(kind)
        bound = row.bound if row is not None else None
        if bound is None and rule is not None:
            bound = rule.usual
        in_force[str(kind)] = InForce(kind, row is None or row.is_on, bound)
    return in_force
