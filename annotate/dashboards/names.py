"""Names for what stored figures know by pseudonym or id; for leads, who may know them."""

from django.urls import reverse

from annotate.models import Import, Project


def people_of(project: Project) -> dict[str, tuple[str, str]]:
    """User name, empty where there is none, and address of the page, by pseudonym."""
    members = project.memberships.select_related("annotator__user").only(
        "public_id", "project_id", "annotator__pseudonym", "annotator__user__username"
    )
    return {
        member.annotator.pseudonym: (
            member.annotator.user.username if member.annotator.user else "",
            reverse("annotate:quality_person", args=[project.slug, member.public_id]),
        )
        for member in members
    }


def imports_of(project: Project) -> dict[str, str]:
    """The file of each import; those of one name are numbered by when they came."""
    names: dict[str, str] = {}
    n_of: dict[str, int] = {}
    rows = Import.objects.filter(project=project).order_by("pk")
    for public_id, name in rows.values_list("public_id", "file_name"):
        n_of[name] = n_of.get(name, 0) + 1
        names[str(public_id)] = name if n_of[name] == 1 else f"{name} ({n_of[name]})"
    return names
