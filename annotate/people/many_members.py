"""Many people at once: a list that is added, a change to all that were chosen. All, or nothing."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.models import Membership, Project, Role, User
from annotate.people.member_groups import SEPARATOR, fill_group, group_named, group_to_fill, tidy
from annotate.people.members import add_member, change_member, members_of, remove_member

MOST_ROWS = 2000
COLUMNS = ("username", "role", "cohort", "groups")
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class WrongRow:
    row: int  # the line of the list, from 1
    field: str
    value: str
    message: str


@dataclass
class AddedMembers:
    n_added: int = 0
    n_there: int = 0  # in already: they stay as they are
    errors: list[WrongRow] = field(default_factory=list)  # where there are any, nobody was added


class _Wrong(Exception):
    """Nothing of the list stays."""


def add_members(*, project: Project, text: str, added_by: User) -> AddedMembers:
    """Add everybody on a list: user name, role, cohort and groups, as CSV, with or without a
    heading. A group that is not there is made.

    Raises: InvalidInput for a list that cannot be read; what is wrong in a row is in the answer.
    """
    known = {user.username: user for user in User.objects.filter(is_active=True)}
    there = set(
        members_of(project)
        .exclude(annotator__user=None)
        .values_list("annotator__user__username", flat=True)
    )
    added = AddedMembers()
    try:
        with transaction.atomic():
            for number, row in _rows(text):
                name = row["username"]
                if name in there:
                    added.n_there += 1
                    continue
                try:
                    _add(project, known.get(name), row, added_by)
                except InvalidInput as error:
                    found = error.field if error.field in COLUMNS else "username"
                    wrong = WrongRow(number, found, row[found][:80], str(error))
                    added.errors.append(wrong)
                there.add(name)
                added.n_added += 1
            if added.errors:
                raise _Wrong
    except _Wrong:
        added.n_added = 0
    return added


def _add(project: Project, user: User | None, row: dict[str, str], added_by: User) -> None:
    if user is None:
        says = _("Nobody with an account here has this name. Send them an invitation.")
        raise InvalidInput(says, field="username")
    role = row["role"].lower() or Role.ANNOTATOR
    membership = add_member(
        project=project, user=user, role=role, cohort=row["cohort"], added_by=added_by
    )
    for name in filter(None, map(tidy, row["groups"].split(SEPARATOR))):
        try:
            group = group_to_fill(project=project, name=name, made_by=added_by)
        except InvalidInput as error:
            raise InvalidInput(str(error), field="groups") from error
        fill_group(group=group, add=[membership.public_id], filled_by=added_by)


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with their line. Raises: InvalidInput."""
    lines = text.removeprefix("\ufeff")
    first = lines.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter, strict=True)
    columns: Sequence[str] = COLUMNS
    n_rows = 0
    try:
        for cells in reader:
            values = [cell.strip() for cell in cells]
            if not any(values):
                continue
            if n_rows == 0 and "username" in [value.lower() for value in values]:
                columns = [value.lower() for value in values]
                _check_columns(columns)
                n_rows = 1
                continue
            n_rows += 1
            if n_rows > MOST_ROWS:
                says = _("A list may have %(most)d rows.") % {"most": MOST_ROWS}
                raise InvalidInput(says, field="text", value=n_rows)
            if len(values) > len(columns):
                says = _("Row %(row)d has more cells than there are columns.")
                raise InvalidInput(says % {"row": reader.line_num}, field="text", value=values[-1])
            yield (
                reader.line_num,
                dict.fromkeys(COLUMNS, "") | dict(zip(columns, values, strict=False)),
            )
    except csv.Error as error:
        says = _("The list could not be read as CSV in line %(row)d: %(reason)s")
        raise InvalidInput(
            says % {"row": reader.line_num, "reason": error}, field="text"
        ) from error


def _check_columns(columns: Sequence[str]) -> None:
    for name in columns:
        if name not in COLUMNS:
            says = _("The columns are username, role, cohort and groups.")
            raise InvalidInput(says, field="text", value=name)
        if columns.count(name) > 1:
            raise InvalidInput(_("This column stands twice."), field="text", value=name)


@transaction.atomic
def change_members(
    *, project: Project, members: Sequence[UUID], changed_by: User, **fields: object
) -> int:
    """Change role, cohort or is_active of all of them; how many there were.

    Raises: InvalidInput, and nobody is changed.
    """
    chosen = _chosen(project, members)
    for membership in chosen:
        change_member(membership=membership, changed_by=changed_by, **fields)
    return len(chosen)


@transaction.atomic
def remove_members(*, project: Project, members: Sequence[UUID], removed_by: User) -> int:
    """End the part of all of them. Raises: InvalidInput, and everybody stays."""
    chosen = _chosen(project, members)
    for membership in chosen:
        remove_member(membership=membership, removed_by=removed_by)
    return len(chosen)


@transaction.atomic
def move_members(
    *, project: Project, members: Sequence[UUID], moved_by: User, into: str = "", out_of: str = ""
) -> int:
    """Put all of them into a group, made if it is new, and take them out of another one.

    Raises: InvalidInput, and everybody stays where they were.
    """
    chosen = [member.public_id for member in _chosen(project, members)]
    if into:
        group = group_to_fill(project=project, name=into, made_by=moved_by)
        fill_group(group=group, add=chosen, filled_by=moved_by)
    if out_of:
        left = group_named(project, out_of)
        if left is None:
            raise InvalidInput(_("There is no group of this name."), field="group", value=out_of)
        fill_group(group=left, remove=chosen, filled_by=moved_by)
    return len(chosen)


def _chosen(project: Project, members: Sequence[UUID]) -> list[Membership]:
    wanted = set(members)
    if not wanted:
        raise InvalidInput(_("Choose somebody first."), field="members")
    found = list(members_of(project).filter(public_id__in=wanted).order_by("pk"))
    if len(found) < len(wanted):
        says = _("Somebody you chose is no longer a member. Nobody was changed.")
        raise InvalidInput(says, field="members")
    return found
