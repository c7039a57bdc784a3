"""What is stored of people deciding: fields and constraints, no workflow."""

from annotate.models.arena import Arena, ArenaState, Contestant, Entry, Meeting
from annotate.models.audit import AuditEvent
from annotate.models.base import UNFINISHED, PublicModel, WorkState
from annotate.models.bell import Bell
from annotate.models.bulk_change import BulkChange, BulkChangeRow
from annotate.models.corpus import (
    FEWEST_RANKED,
    MOST_RANKED,
    Comparison,
    ComparisonState,
    Completion,
    CompletionSet,
    Prompt,
    SetMember,
)
from annotate.models.delivery import Channel, Delivery, DeliveryTry
from annotate.models.endpoint import (
    CallState,
    Endpoint,
    EndpointCall,
    EndpointMonth,
    LengthField,
)
from annotate.models.generation import (
    CutCompletions,
    Generation,
    GenerationSource,
    GenerationState,
    WantedCompletion,
    WantedState,
)
from annotate.models.gold import Appeal, GoldAnswer
from annotate.models.identity import Identity
from annotate.models.invitation import MOST_INVITED, Invitation, InvitationUse
from annotate.models.labelling import (
    Exposure,
    Flag,
    FlagReason,
    Judgement,
    Lease,
    LeaseState,
    Skip,
    SkipReason,
)
from annotate.models.member_group import LONGEST_GROUP_NAME, MemberGroup
from annotate.models.notice import (
    Notice,
    NoticeChoice,
    NoticeKind,
    NoticeReading,
    NoticeRule,
)
from annotate.models.outcome import (
    Adjudication,
    EditOver,
    Outcome,
    Preference,
    PreferenceJudgement,
    ResolvedBy,
)
from annotate.models.people import (
    HUMAN_KINDS,
    Annotator,
    AnnotatorKind,
    ApiToken,
    Membership,
    Role,
    Standing,
    User,
)
from annotate.models.project import Project, ResolutionRule
from annotate.models.protocol import Protocol
from annotate.models.quality_plan import (
    OVERLAP_SETTINGS,
    QUALITY_SETTINGS,
    AfterGold,
    QualityPlan,
)
from annotate.models.ranking import Ranking, RankingPlace
from annotate.models.report import AgreementReport, MergedReport
from annotate.models.rule_change import RuleChange
from annotate.models.saved_view import SavedView
from annotate.models.search_entry import SearchEntry, SearchProgress
from annotate.models.second_factor import RecoveryCode, SecondFactor
from annotate.models.transfer import (
    AlikePairs,
    ColumnMapping,
    Export,
    HubFetch,
    Import,
    RecordedUse,
    Upload,
    WrongRows,
)
from annotate.models.triage import EntersAs, Triage, WhyContested
from annotate.models.verdict import Verdict
from annotate.models.webhook import Webhook, WebhookFormat

__all__ = [
    "FEWEST_RANKED",
    "HUMAN_KINDS",
    "LONGEST_GROUP_NAME",
    "MOST_INVITED",
    "MOST_RANKED",
    "OVERLAP_SETTINGS",
    "QUALITY_SETTINGS",
    "UNFINISHED",
    "Adjudication",
    "AfterGold",
    "AgreementReport",
    "AlikePairs",
    "Annotator",
    "AnnotatorKind",
    "ApiToken",
    "Appeal",
    "Arena",
    "ArenaState",
    "AuditEvent",
    "Bell",
    "BulkChange",
    "BulkChangeRow",
    "CallState",
    "Channel",
    "ColumnMapping",
    "Comparison",
    "ComparisonState",
    "Completion",
    "CompletionSet",
    "Contestant",
    "CutCompletions",
    "Delivery",
    "DeliveryTry",
    "EditOver",
    "Endpoint",
    "EndpointCall",
    "EndpointMonth",
    "EntersAs",
    "Entry",
    "Export",
    "Exposure",
    "Flag",
    "FlagReason",
    "Generation",
    "GenerationSource",
    "GenerationState",
    "GoldAnswer",
    "HubFetch",
    "Identity",
    "Import",
    "Invitation",
    "InvitationUse",
    "Judgement",
    "Lease",
    "LeaseState",
    "LengthField",
    "Meeting",
    "MemberGroup",
    "Membership",
    "MergedReport",
    "Notice",
    "NoticeChoice",
    "NoticeKind",
    "NoticeReading",
    "NoticeRule",
    "Outcome",
    "Preference",
    "PreferenceJudgement",
    "Project",
    "Prompt",
    "Protocol",
    "PublicModel",
    "QualityPlan",
    "Ranking",
    "RankingPlace",
    "RecordedUse",
    "RecoveryCode",
    "ResolutionRule",
    "ResolvedBy",
    "Role",
    "RuleChange",
    "SavedView",
    "SearchEntry",
    "SearchProgress",
    "SecondFactor",
    "SetMember",
    "Skip",
    "SkipReason",
    "Standing",
    "Triage",
    "Upload",
    "User",
    "Verdict",
    "WantedCompletion",
    "WantedState",
    "Webhook",
    "WebhookFormat",
    "WhyContested",
    "WorkState",
    "WrongRows",
]
