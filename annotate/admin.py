"""Site admins' view of people, projects and judging. What was judged is shown, never edited."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from annotate.access.signed_in import signed_in
from annotate.errors import AccordError
from annotate.models import (
    Adjudication,
    Annotator,
    ApiToken,
    Arena,
    AuditEvent,
    Comparison,
    Export,
    Flag,
    Import,
    Judgement,
    Lease,
    Meeting,
    Membership,
    Preference,
    Project,
    Protocol,
    RuleChange,
    Skip,
    User,
)
from annotate.people.accounts import CHANGEABLE, change_user
from annotate.people.members import create_user, revoke_token
from annotate.projects.projects import SETTINGS, change_project, create_project
from annotate.signing_in.second_factor import reset_second_factor

admin.site.unregister(Group)  # roles belong to projects: a group would grant nothing


class NeverDeletes(admin.ModelAdmin):
    """Rows leave by a service (erasure, archiving) or not at all."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(NeverDeletes):
    show_full_result_count = False  # counting a million judgements would be the slowest part
    list_select_related = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ThroughServices(NeverDeletes):
    """Saved by a service; what it refuses is shown, and nothing is changed."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except AccordError as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(request.get_full_path())


@admin.register(User)
class AccountAdmin(ThroughServices, UserAdmin):
    list_display = ["username", "email", "is_active", "is_superuser", "date_joined", "last_login"]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["username", "email"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    actions = ["take_second_factor_away"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("About them"), {"fields": ["email", "language"]}),
        (_("What they may do"), {"fields": ["is_active", "is_superuser"]}),
        (_("When"), {"fields": ["last_login", "date_joined"]}),
    ]

    @admin.action(description=_("Take the second factor away from the selected people"))
    def take_second_factor_away(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            reset_second_factor(user=user, reset_by=signed_in(request.user))

    def save_model(
        self, request: HttpRequest, obj: User, form: "ModelForm[Any]", change: bool
    ) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in _changed(form, CHANGEABLE)}
            stored = change_user(user=obj, changed_by=signed_in(request.user), **changes)
        else:
            given = form.cleaned_data
            stored = create_user(
                username=given["username"],
                password=given["password1"] if obj.has_usable_password() else None,
                created_by=signed_in(request.user),
            )
        obj.__dict__.update(stored.__dict__)


@admin.register(Project)
class ProjectAdmin(ThroughServices):
    list_display = ["name", "slug", "is_paused", "overlap", "guidelines_version", "created_at"]
    search_fields = ["name", "slug"]
    readonly_fields = ["guidelines_version", "is_demo", "created_at"]

    def get_fields(self, request: HttpRequest, obj: Project | None = None) -> list[Any]:
        return ["slug", *SETTINGS, *(self.readonly_fields if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> list[str]:
        return ["slug", *self.readonly_fields] if obj else []

    def save_model(
        self, request: HttpRequest, obj: Project, form: "ModelForm[Any]", change: bool
    ) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in _changed(form, SETTINGS)}
            stored = change_project(
                project=Project(pk=obj.pk), changed_by=signed_in(request.user), **changes
            )
        else:
            stored = create_project(created_by=signed_in(request.user), **form.cleaned_data)
        obj.__dict__.update(stored.__dict__)


@admin.register(Protocol)
class ProtocolAdmin(ReadOnly):
    list_display = ["project", "version", "declaration", "made_by", "made_at"]
    list_filter = ["project"]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    list_display = ["prefix", "name", "user", "last_used_at", "expires_at", "revoked_at"]
    exclude = ["digest"]
    actions = ["revoke"]

    @admin.action(description=_("Revoke the selected tokens"))
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        for token in tokens.select_related("user"):
            revoke_token(token=token, revoked_by=signed_in(request.user))


@admin.register(Annotator)
class AnnotatorAdmin(ReadOnly):
    list_display = ["pseudonym", "kind", "user", "created_at"]
    list_filter = ["kind"]
    search_fields = ["pseudonym", "user__username"]


@admin.register(Membership)
class MembershipAdmin(ReadOnly):
    list_display = ["annotator", "project", "role", "cohort", "is_active", "joined_at"]
    list_filter = ["role", "is_active", "project"]
    exclude = ["cursor", "queue_epoch", "n_sides_drawn"]


@admin.register(Comparison)
class ComparisonAdmin(ReadOnly):
    list_display = ["public_id", "project", "state", "wanted", "n_counted", "n_leased", "priority"]
    list_filter = ["state", "project"]
    search_fields = ["public_id"]


@admin.register(Lease)
class LeaseAdmin(ReadOnly):
    list_display = ["annotator", "comparison", "state", "claimed_at", "expires_at"]
    list_filter = ["state", "project"]


@admin.register(Judgement)
class JudgementAdmin(ReadOnly):
    list_display = ["annotator", "comparison", "verdict", "is_counted", "judged_at", "withdrawn_at"]
    list_filter = ["verdict", "is_counted", "annotator__kind", "project"]


@admin.register(Skip)
class SkipAdmin(ReadOnly):
    list_display = ["annotator", "comparison", "reason", "skipped_at"]
    list_filter = ["reason"]


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    list_display = ["annotator", "comparison", "reason", "flagged_at", "closed_at"]
    list_filter = ["reason"]


@admin.register(Adjudication)
class AdjudicationAdmin(ReadOnly):
    list_display = ["comparison", "reviewer", "verdict", "ruled_at", "superseded_at"]


@admin.register(Preference)
class PreferenceAdmin(ReadOnly):
    list_display = ["comparison", "outcome", "agreement", "resolved_by", "resolved_at"]
    list_filter = ["outcome", "resolved_by"]


@admin.register(Import)
class ImportAdmin(ReadOnly):
    list_display = ["file_name", "project", "state", "n_comparisons", "n_wrong", "requested_at"]
    list_filter = ["state"]


@admin.register(Export)
class ExportAdmin(ReadOnly):
    list_display = ["project", "format", "state", "size_bytes", "requested_at"]
    list_filter = ["state"]


@admin.register(Arena)
class ArenaAdmin(ReadOnly):
    list_display = ["name", "project", "state", "target", "n_drawn", "created_at", "closed_at"]
    list_filter = ["state", "project"]
    exclude = ["prompts", "standings"]


@admin.register(Meeting)
class MeetingAdmin(ReadOnly):
    list_display = ["arena", "number", "first", "second", "probability", "drawn_at"]
    list_filter = ["arena"]


@admin.register(RuleChange)
class RuleChangeAdmin(ReadOnly):
    list_display = ["project", "state", "n_done", "n_total", "n_changed", "requested_at"]
    list_filter = ["state"]


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ["happened_at", "actor", "action", "target", "project"]
    list_filter = ["action"]
    search_fields = ["actor", "target"]


def _changed(form: "ModelForm[Any]", changeable: tuple[str, ...]) -> list[str]:
    return [name for name in form.changed_data if name in changeable]
