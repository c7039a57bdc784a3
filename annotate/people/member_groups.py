"""Groups of people in a project: made, named, filled and given up by its leads."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from annotate.access.audit import record_event
from annotate.access.permissions import annotator_for
from annotate.errors import InvalidInput
from annotate.models import LONGEST_GROUP_NAME, MemberGroup, Membership, Project, User
from annotate.people.members import Facts, members_of

MOST_GROUPS = 200  # of a project: every list of them is shown whole
SEPARATOR = "|"  # between the groups of one person, where they stand in one cell


def groups_of(project: Project) -> QuerySet[MemberGroup]:
    """The project's groups by name, each with `n_members`: those who have not left."""
    here = Count("members", filter=Q(members__left_at=None))
    return (
        MemberGroup.objects.filter(project=project)
        .annotate(n_members=here)
        .order_by(Lower("name"), "pk")
    )


@transaction.atomic
def make_group(*, project: Project, name: str, made_by: User) -> MemberGroup:
    """An empty group. Raises: InvalidInput for a name that is taken, or cannot be one."""
    if MemberGroup.objects.filter(project=project).count() >= MOST_GROUPS:
        says = _("A project has %(most)d groups at most.") % {"most": MOST_GROUPS}
        raise InvalidInput(says, field="name", value=name)
    group = MemberGroup(project=project, name=_checked(name))
    _save(group)
    _record(group, "group.made", by=made_by, after={"name": group.name})
    return group


@transaction.atomic
def rename_group(*, group: MemberGroup, name: str, renamed_by: User) -> MemberGroup:
    """Raises: InvalidInput for a name that is taken, or cannot be one."""
    group = MemberGroup.objects.select_for_update().get(pk=group.pk)
    before: Facts = {"name": group.name}
    group.name = _checked(name)
    _save(group)
    _record(group, "group.renamed", by=renamed_by, before=before, after={"name": group.name})
    return group


@transaction.atomic
def give_up_group(*, group: MemberGroup, given_up_by: User) -> None:
    """The group goes, the people stay."""
    _record(group, "group.given_up", by=given_up_by, before={"name": group.name})
    group.delete()


@transaction.atomic
def fill_group(
    *,
    group: MemberGroup,
    filled_by: User,
    add: Collection[UUID] = (),
    remove: Collection[UUID] = (),
) -> None:
    """Put members of the project in and take others out; who is there, or not, stays so.

    Raises: InvalidInput for somebody who is no member, or is to go in and out; nobody is moved.
    """
    if both := set(add) & set(remove):
        says = _("Nobody can be added and removed at once.")
        raise InvalidInput(says, field="remove", value=str(next(iter(both))))
    coming = _chosen(group.project, add, "add")
    going = _chosen(group.project, remove, "remove")
    inside = set(group.members.values_list("pk", flat=True))
    coming = [member for member in coming if member.pk not in inside]
    going = [member for member in going if member.pk in inside]
    if not coming and not going:
        return
    group.members.add(*coming)
    group.members.remove(*going)
    _record(group, "group.filled", by=filled_by, after=_moved(coming, going))


@transaction.atomic
def put_into_groups(
    *, membership: Membership, groups: Collection[MemberGroup], changed_by: User
) -> None:
    """Let somebody be in these groups of their project and in no other."""
    held = {group.pk: group for group in membership.groups.all()}
    wanted = {group.pk: group for group in groups}
    for key, group in sorted(wanted.items()):
        if key not in held:
            fill_group(group=group, add=[membership.public_id], filled_by=changed_by)
    for key, group in sorted(held.items()):
        if key not in wanted:
            fill_group(group=group, remove=[membership.public_id], filled_by=changed_by)


def group_named(project: Project, name: str) -> MemberGroup | None:
    """By its name, however it is written."""
    return MemberGroup.objects.filter(project=project, name__iexact=tidy(name)).first()


def group_to_fill(*, project: Project, name: str, made_by: User) -> MemberGroup:
    """The group of this name, made if there is none. Raises: InvalidInput."""
    found = group_named(project, name)
    return found or make_group(project=project, name=name, made_by=made_by)


def tidy(name: str) -> str:
    return " ".join(name.split())


def _checked(name: str) -> str:
    tidied = tidy(name)
    if not tidied:
        raise InvalidInput(_("Give the group a name."), field="name", value=name)
    if len(tidied) > LONGEST_GROUP_NAME:
        says = _("A group's name has %(most)d characters at most.") % {"most": LONGEST_GROUP_NAME}
        raise InvalidInput(says, field="name", value=name)
    if SEPARATOR in tidied or not tidied.isprintable():
        says = _("A group's name has no “|” and no control characters.")
        raise InvalidInput(says, field="name", value=name)
    return tidied


def _save(group: MemberGroup) -> None:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        says = _("There is a group of this name.")
        raise InvalidInput(says, field="name", value=group.name) from error


def _chosen(project: Project, members: Collection[UUID], field: str) -> list[Membership]:
    wanted = set(members)
    found = list(
        members_of(project).filter(public_id__in=wanted).select_related("annotator").order_by("pk")
    )
    if len(found) < len(wanted):
        missing = wanted - {member.public_id for member in found}
        says = _("Somebody you chose is no longer a member. Nobody was changed.")
        raise InvalidInput(says, field=field, value=str(next(iter(missing))))
    return found


def _moved(coming: Iterable[Membership], going: Iterable[Membership]) -> Facts:
    return {
        "added": [member.annotator.pseudonym for member in coming],
        "removed": [member.annotator.pseudonym for member in going],
    }


def _record(
    group: MemberGroup,
    action: str,
    *,
    by: User,
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    record_event(
        actor=annotator_for(by),
        action=action,
        target=f"group:{group.public_id}",
        project=group.project,
        before=before,
        after=after,
    )
