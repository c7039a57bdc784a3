"""Which checkpoint a project uses, and what was proposed."""

from django.contrib import admin
from django.urls import reverse

from training.admin.read_only import ReadOnly
from training.models import Alias, Gate, Proposal


@admin.register(Alias)
class AliasAdmin(ReadOnly):
    list_display = ["name", "project", "role", "number", "checkpoint", "origin", "set_by", "set_at"]
    list_filter = ["project", "role", "name", "origin"]


@admin.register(Proposal)
class ProposalAdmin(ReadOnly):
    list_display = ["checkpoint", "project", "role", "state", "proposed_by", "proposed_at"]
    list_filter = ["state", "project", "role"]

    def view_on_site(self, obj: Proposal) -> str:
        return reverse("training:proposal", args=[obj.public_id])


@admin.register(Gate)
class GateAdmin(ReadOnly):
    list_display = ["project", "min_prompts", "better_on", "needs_second"]
