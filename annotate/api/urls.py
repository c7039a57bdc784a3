"""Addresses of the `annotate` part of the API; the verbs of each stand beside it."""

from django.urls import path

from annotate.api.listed_pages import ListedPages
from annotate.api.viewsets.agreement import AgreementViewSet, MergedAgreementViewSet
from annotate.api.viewsets.appeals import AppealViewSet
from annotate.api.viewsets.arenas import ArenaViewSet, MeetingViewSet
from annotate.api.viewsets.bulk_changes import BulkChangeViewSet, SavedViewViewSet
from annotate.api.viewsets.comparisons import ComparisonViewSet, FlagViewSet
from annotate.api.viewsets.deliveries import DeliveryViewSet
from annotate.api.viewsets.endpoints import EndpointViewSet
from annotate.api.viewsets.generations import GenerationViewSet
from annotate.api.viewsets.invitations import InvitationViewSet
from annotate.api.viewsets.judging import (
    HistoryViewSet,
    JudgementViewSet,
    LeaseViewSet,
    NextViewSet,
    OfflineViewSet,
)
from annotate.api.viewsets.member_groups import MemberGroupViewSet
from annotate.api.viewsets.notices import NoticeViewSet
from annotate.api.viewsets.outcomes import PreferenceViewSet
from annotate.api.viewsets.projects import MemberViewSet, ProjectViewSet
from annotate.api.viewsets.protocols import ProtocolViewSet
from annotate.api.viewsets.quality import GoldViewSet, QualityViewSet
from annotate.api.viewsets.tokens import TokenViewSet
from annotate.api.viewsets.transfers import ExportViewSet, HubFetchViewSet, ImportViewSet
from annotate.api.viewsets.webhooks import WebhookViewSet

project = "projects/<slug:slug>/"

urlpatterns = [
    path(
        "projects/",
        ProjectViewSet.as_view({"get": "list", "post": "create"}),
        name="projects",
    ),
    path(
        project,
        ProjectViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="project",
    ),
    path(f"{project}progress/", ProjectViewSet.as_view({"get": "progress"}), name="progress"),
    path(f"{project}overview/", ProjectViewSet.as_view({"get": "overview"}), name="overview"),
    path(
        f"{project}protocols/",
        ProtocolViewSet.as_view({"get": "list", "post": "create"}),
        name="protocols",
    ),
    path(
        f"{project}members/",
        MemberViewSet.as_view({"get": "list", "post": "create"}),
        name="members",
    ),
    path(
        f"{project}members/<uuid:public_id>/",
        MemberViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="member",
    ),
    path(
        f"{project}groups/",
        MemberGroupViewSet.as_view(  # all in one list
            {"get": "groups", "post": "create"}, pagination_class=None
        ),
        name="member-groups",
    ),
    path(
        f"{project}groups/<uuid:public_id>/",
        MemberGroupViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
        ),
        name="member-group",
    ),
    path(
        f"{project}groups/<uuid:public_id>/members/",
        MemberGroupViewSet.as_view({"post": "fill"}),
        name="member-group-members",
    ),
    path(
        f"{project}invitations/",
        InvitationViewSet.as_view({"get": "list", "post": "create"}),
        name="invitations",
    ),
    path(
        f"{project}invitations/<uuid:public_id>/",
        InvitationViewSet.as_view({"delete": "destroy"}),
        name="invitation",
    ),
    path(
        f"{project}preview/",
        QualityViewSet.as_view({"post": "preview"}),
        name="preview",
    ),
    path(
        f"{project}quality/",
        QualityViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="quality",
    ),
    path(
        f"{project}quality/overlap/",
        QualityViewSet.as_view({"get": "overlap"}),
        name="quality-overlap",
    ),
    path(
        f"{project}quality/people/",
        QualityViewSet.as_view({"get": "people"}, pagination_class=None),  # all in one list
        name="quality-people",
    ),
    path(
        f"{project}members/<uuid:public_id>/go-on/",
        QualityViewSet.as_view({"post": "go_on"}),
        name="member-go-on",
    ),
    path(
        f"{project}members/<uuid:public_id>/judge-again/",
        QualityViewSet.as_view({"post": "judge_again"}),
        name="member-judge-again",
    ),
    path(
        f"{project}appeals/",
        AppealViewSet.as_view({"get": "waiting"}, pagination_class=None),
        name="appeals",
    ),
    path(
        "judgements/<uuid:public_id>/appeal/",
        AppealViewSet.as_view({"post": "make"}),
        name="appeal",
    ),
    path(
        "appeals/<uuid:public_id>/answer/",
        AppealViewSet.as_view({"post": "answer"}),
        name="appeal-answer",
    ),
    path(
        "comparisons/<uuid:public_id>/gold/",
        GoldViewSet.as_view({"put": "mark", "delete": "unmark"}),
        name="gold",
    ),
    path(
        f"{project}imports/",
        ImportViewSet.as_view({"get": "list", "post": "create"}),
        name="imports",
    ),
    path(
        f"{project}imports/preview/",
        ImportViewSet.as_view({"post": "preview"}),
        name="import-preview",
    ),
    path(f"{project}imports/hub/", HubFetchViewSet.as_view({"post": "create"}), name="hub-fetches"),
    path(
        "hub-fetches/<uuid:public_id>/",
        HubFetchViewSet.as_view({"get": "retrieve"}),
        name="hub-fetch",
    ),
    path("imports/<uuid:public_id>/", ImportViewSet.as_view({"get": "retrieve"}), name="import"),
    path(
        f"{project}exports/",
        ExportViewSet.as_view({"get": "list", "post": "create"}),
        name="exports",
    ),
    path("exports/<uuid:public_id>/", ExportViewSet.as_view({"get": "retrieve"}), name="export"),
    path(
        "endpoints/",
        EndpointViewSet.as_view({"get": "list", "post": "create"}),
        name="endpoints",
    ),
    path(
        "endpoints/<uuid:public_id>/",
        EndpointViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="endpoint",
    ),
    path(
        "endpoints/<uuid:public_id>/try/",
        EndpointViewSet.as_view({"post": "attempt"}),
        name="endpoint-try",
    ),
    path(
        f"{project}endpoints/",
        EndpointViewSet.as_view({"get": "list_usable"}),
        name="project-endpoints",
    ),
    path(
        f"{project}arenas/",
        ArenaViewSet.as_view({"get": "list", "post": "create"}),
        name="arenas",
    ),
    path("arenas/<uuid:public_id>/", ArenaViewSet.as_view({"get": "retrieve"}), name="arena"),
    path(
        "arenas/<uuid:public_id>/close/",
        ArenaViewSet.as_view({"post": "close"}),
        name="arena-close",
    ),
    path(
        "arenas/<uuid:public_id>/reopen/",
        ArenaViewSet.as_view({"post": "reopen"}),
        name="arena-reopen",
    ),
    path(
        "arenas/<uuid:public_id>/meetings/",
        MeetingViewSet.as_view({"get": "list"}),
        name="arena-meetings",
    ),
    path(
        f"{project}answers/",
        GenerationViewSet.as_view({"get": "list", "post": "create"}),
        name="generations",
    ),
    path(
        f"{project}answers/estimate/",
        GenerationViewSet.as_view({"post": "estimate"}),
        name="generation-estimate",
    ),
    path(
        "answers/<uuid:public_id>/",
        GenerationViewSet.as_view({"get": "retrieve"}),
        name="generation",
    ),
    path(
        "answers/<uuid:public_id>/cancel/",
        GenerationViewSet.as_view({"post": "cancel"}),
        name="generation-cancel",
    ),
    path(
        "answers/<uuid:public_id>/resume/",
        GenerationViewSet.as_view({"post": "resume"}),
        name="generation-resume",
    ),
    path(f"{project}next/", NextViewSet.as_view({"post": "create"}), name="next"),
    path(
        f"{project}offline/",
        OfflineViewSet.as_view({"get": "retrieve", "post": "create", "delete": "destroy"}),
        name="offline",
    ),
    path(
        f"{project}judgements/",
        JudgementViewSet.as_view({"get": "list", "post": "create"}),
        name="judgements",
    ),
    path(
        "judgements/<uuid:public_id>/",
        JudgementViewSet.as_view({"delete": "destroy"}),
        name="judgement",
    ),
    path(f"{project}history/", HistoryViewSet.as_view({"get": "list"}), name="history"),
    path(f"{project}history/gold/", HistoryViewSet.as_view({"get": "gold"}), name="history-gold"),
    path("leases/<uuid:public_id>/", LeaseViewSet.as_view({"delete": "destroy"}), name="lease"),
    path(
        "leases/<uuid:public_id>/skip/",
        LeaseViewSet.as_view({"post": "skip", "delete": "take_back_skip"}),
        name="skip",
    ),
    path("leases/<uuid:public_id>/flag/", LeaseViewSet.as_view({"post": "flag"}), name="flag"),
    path("leases/<uuid:public_id>/renew/", LeaseViewSet.as_view({"post": "renew"}), name="renew"),
    path(
        f"{project}comparisons/",
        ComparisonViewSet.as_view({"get": "list"}, pagination_class=ListedPages),
        name="comparisons",
    ),
    path(
        f"{project}bulk-changes/",
        BulkChangeViewSet.as_view({"get": "list", "post": "create"}),
        name="bulk-changes",
    ),
    path(
        f"{project}bulk-changes/preview/",
        BulkChangeViewSet.as_view({"post": "preview"}),
        name="bulk-change-preview",
    ),
    path(
        "bulk-changes/<uuid:public_id>/",
        BulkChangeViewSet.as_view({"get": "retrieve"}),
        name="bulk-change",
    ),
    path(
        "bulk-changes/<uuid:public_id>/cancel/",
        BulkChangeViewSet.as_view({"post": "cancel"}),
        name="bulk-change-cancel",
    ),
    path(
        "bulk-changes/<uuid:public_id>/undo/",
        BulkChangeViewSet.as_view({"post": "undo"}),
        name="bulk-change-undo",
    ),
    path(
        f"{project}saved-views/",
        SavedViewViewSet.as_view({"get": "list", "post": "create"}),
        name="saved-views",
    ),
    path(
        "saved-views/<uuid:public_id>/",
        SavedViewViewSet.as_view({"delete": "destroy"}),
        name="saved-view",
    ),
    path(
        "comparisons/<uuid:public_id>/",
        ComparisonViewSet.as_view({"get": "retrieve"}),
        name="comparison",
    ),
    path(
        "comparisons/<uuid:public_id>/adjudications/",
        ComparisonViewSet.as_view({"get": "list_adjudications", "post": "adjudicate"}),
        name="adjudications",
    ),
    path(
        "comparisons/<uuid:public_id>/triages/",
        ComparisonViewSet.as_view({"get": "list_triages", "post": "triage"}),
        name="triages",
    ),
    path(
        "flags/<uuid:public_id>/close/", FlagViewSet.as_view({"post": "close"}), name="flag-close"
    ),
    path(f"{project}agreement/", AgreementViewSet.as_view({"get": "retrieve"}), name="agreement"),
    path(
        "merged-agreements/",
        MergedAgreementViewSet.as_view({"post": "create"}),
        name="merged-agreements",
    ),
    path(
        "merged-agreements/<uuid:public_id>/",
        MergedAgreementViewSet.as_view({"get": "retrieve"}),
        name="merged-agreement",
    ),
    path(f"{project}preferences/", PreferenceViewSet.as_view({"get": "list"}), name="preferences"),
    path("notices/", NoticeViewSet.as_view({"get": "list"}), name="notices"),
    path(
        "notices/<uuid:public_id>/read/",
        NoticeViewSet.as_view({"post": "read"}),
        name="notice-read",
    ),
    path(
        f"{project}notice-rules/",
        NoticeViewSet.as_view({"get": "rules", "patch": "change_rule"}),
        name="notice-rules",
    ),
    path(
        f"{project}webhooks/",
        WebhookViewSet.as_view({"get": "list", "post": "create"}),
        name="webhooks",
    ),
    path(
        "webhooks/<uuid:public_id>/",
        WebhookViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="webhook",
    ),
    path(
        "webhooks/<uuid:public_id>/try/",
        WebhookViewSet.as_view({"post": "attempt"}),
        name="webhook-try",
    ),
    path(
        "webhooks/<uuid:public_id>/deliveries/",
        WebhookViewSet.as_view({"get": "list_deliveries"}),
        name="webhook-deliveries",
    ),
    path("deliveries/", DeliveryViewSet.as_view({"get": "list"}), name="deliveries"),
    path(
        "deliveries/<uuid:public_id>/",
        DeliveryViewSet.as_view({"get": "retrieve"}),
        name="delivery",
    ),
    path(
        "deliveries/<uuid:public_id>/send-again/",
        DeliveryViewSet.as_view({"post": "again"}),
        name="delivery-send-again",
    ),
    path("tokens/", TokenViewSet.as_view({"get": "list", "post": "create"}), name="tokens"),
    path("tokens/<uuid:public_id>/", TokenViewSet.as_view({"delete": "destroy"}), name="token"),
]
