"""Views that are kept under a name, for everybody who may see what they show."""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotate.errors import InvalidInput
from annotate.listing.filters import FILTERS
from annotate.listing.read_views import wanted_of
from annotate.listing.view_words import query_of
from annotate.models import Annotator, Project, Role, SavedView
from annotate.text.free_text import refuse_unstorable

LONGEST_NAME = 80
MOST_VIEWS = 200  # of a project


def saved_views(project: Project, *, role: Role) -> QuerySet[SavedView]:
    """Those that somebody of this role may see: some filters are for leads alone."""
    views = SavedView.objects.filter(project=project).order_by("name")
    return views if role.rank >= Role.LEAD.rank else views.filter(is_for_leads=False)


def save_view(
    *, project: Project, name: str, query: str, role: Role, saved_by: Annotator | None
) -> SavedView:
    """Raises: InvalidInput."""
    refuse_unstorable(name, field="name")
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInput(
            _("“%(value)s” is no name for a view: give it 1 to %(most)d characters.")
            % {"value": name, "most": LONGEST_NAME},
            field="name",
            value=name,
        )
    wanted = wanted_of(query, role=role)
    if SavedView.objects.filter(project=project).count() >= MOST_VIEWS:
        raise InvalidInput(
            _("The project has %(n)d views already: delete one first.") % {"n": MOST_VIEWS},
            field="name",
            value=name,
        )
    try:
        with transaction.atomic():
            return SavedView.objects.create(
                project=project,
                name=name,
                query=query_of(wanted),
                is_for_leads=any(FILTERS[one].role == Role.LEAD for one in wanted.values),
                saved_by=saved_by,
            )
    except IntegrityError as error:
        raise InvalidInput(
            _("There is a view called “%(name)s” already.") % {"name": name},
            field="name",
            value=name,
        ) from error


def may_delete(view: SavedView, *, annotator: Annotator, role: Role) -> bool:
    return role.rank >= Role.LEAD.rank or view.saved_by_id == annotator.pk
