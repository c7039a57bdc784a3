"""The pages of a project in a few groups, for the navigation that every one of them shows.

A new page is a line here; it goes into the group where somebody would look for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotate.demo.loader import language_of_replies
from annotate.models import Project, Role

register = template.Library()


@dataclass(frozen=True)
class Page:
    """One page, who may open it, and the pages below it, on which one is still there."""

    name: str | Promise
    view: str
    least: Role = Role.ANNOTATOR
    below: tuple[str, ...] = ()
    is_of_replies: bool = False  # of the demonstration of customer replies alone


@dataclass(frozen=True)
class Group:
    name: str | Promise
    pages: tuple[Page, ...]


GROUPS = (
    Group(
        pgettext_lazy("part of a project", "Project"),
        (
            Page(_("Overview"), "annotate:project"),
            Page(_("Guidelines"), "annotate:guidelines"),
            Page(_("Your model"), "training:trial", is_of_replies=True),
            Page(_("My judgements"), "annotate:history"),
        ),
    ),
    Group(
        pgettext_lazy("part of a project", "Results"),
        (
            Page(
                _("Comparisons"),
                "annotate:comparisons",
                Role.REVIEWER,
                (
                    "annotate:comparison",
                    "annotate:rulings",
                    "annotate:bulk_change_preview",
                    "annotate:bulk_changes",
                    "annotate:bulk_change",
                ),
            ),
            Page(_("Agreement"), "annotate:agreement", Role.REVIEWER),
            Page(
                _("Quality"),
                "annotate:quality",
                Role.LEAD,
                ("annotate:quality_proposals", "annotate:quality_person"),
            ),
            Page(_("Arenas"), "annotate:arenas", Role.LEAD, ("annotate:arena",)),
        ),
    ),
    Group(
        pgettext_lazy("part of a project", "Data"),
        (
            Page(
                _("Imports"),
                "annotate:imports",
                Role.LEAD,
                (
                    "annotate:import",
                    "annotate:import_formats",
                    "annotate:upload",
                    "annotate:hub_files",
                    "annotate:hub_fetch",
                ),
            ),
            Page(
                _("Answers"),
                "annotate:answers",
                Role.LEAD,
                ("annotate:generation", "annotate:project_endpoint_new"),
            ),
            Page(_("Exports"), "annotate:exports", Role.LEAD),
        ),
    ),
    Group(
        pgettext_lazy("part of a project", "Set-up"),
        (
            Page(
                _("Members"),
                "annotate:members",
                Role.LEAD,
                (
                    "annotate:member",
                    "annotate:add_members",
                    "annotate:add_member_list",
                    "annotate:invitations",
                    "annotate:member_groups",
                ),
            ),
            Page(_("What is asked"), "annotate:protocol", Role.LEAD),
            Page(
                _("Notices"),
                "annotate:project_notices",
                Role.LEAD,
                ("annotate:webhook_new", "annotate:webhook", "annotate:delivery"),
            ),
            Page(_("Settings"), "annotate:settings", Role.LEAD),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    name: str | Promise
    url: str
    is_here: bool


@dataclass(frozen=True)
class ShownGroup:
    """What the reader may open of a group; its link opens the first of its pages."""

    name: str | Promise
    pages: list[Link] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.pages[0].url

    @property
    def is_here(self) -> bool:
        return any(page.is_here for page in self.pages)


@register.inclusion_tag("annotate/_project_pages.html", takes_context=True)
def project_pages(context: template.Context) -> dict[str, Any]:
    """The groups that the reader may open, and the pages of the one that is open."""
    project: Project = context["project"]
    role: Role = context["role"]  # as the page has found out
    groups = list(_shown(project, role, _view(context)))
    here = next((group for group in groups if group.is_here), groups[0])
    return {
        "project": project,
        "groups": groups if len(groups) > 1 else [],
        "pages": here.pages,
    }


def _shown(project: Project, role: Role, view: str) -> Iterator[ShownGroup]:
    for group in GROUPS:
        pages = [
            Link(page.name, url, view == page.view or view in page.below)
            for page in group.pages
            if role.rank >= page.least.rank and (url := _url(page, project))
        ]
        if pages:
            yield ShownGroup(group.name, pages)


def _url(page: Page, project: Project) -> str:
    """Empty where this project has no such page, or the app of the page is not installed."""
    if page.is_of_replies and language_of_replies(project) is None:
        return ""
    try:
        return reverse(page.view, args=[project.slug])
    except NoReverseMatch:
        return ""


def _view(context: template.Context) -> str:
    request = context.get("request")
    match = request.resolver_match if request else None
    return match.view_name if match else ""
