"""How the REST interface behaves and describes itself; part of the settings."""

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": [  # the first one answers 401 to strangers
        "annotate.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PARSER_CLASSES": ["annotate.api.parsers.ShallowJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would list what a caller may not even see
    "DEFAULT_SCHEMA_CLASS": "annotate.api.schema.ProblemSchema",
    "EXCEPTION_HANDLER": "annotate.api.problems.answer_problem",
    "URL_FORMAT_OVERRIDE": None,  # `format` is a field of ours
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Accord",
    "DESCRIPTION": "Collect human preferences, measure their agreement, train on them.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "annotate.models.Role",
        "VerdictEnum": "annotate.models.Verdict",
        "SideEnum": "annotate.api.serializers.judging.SIDES",
        "AnnotatorKindEnum": "annotate.models.AnnotatorKind",
        "WorkStateEnum": "annotate.models.WorkState",
        "ComparisonStateEnum": "annotate.models.ComparisonState",
        "ArenaStateEnum": "annotate.models.ArenaState",
        "MethodEnum": "training.words.methods.METHOD_CHOICES",
        "RunKindEnum": "training.models.RunKind",
        "RunStateEnum": "training.models.RunState",
        "CheckpointKindEnum": "training.models.CheckpointKind",
        "NoticeKindEnum": "annotate.models.NoticeKind",
        "ToldKindEnum": "annotate.notices.notice_rules.known_rules.TOLD_CHOICES",
        "OutcomeEnum": "annotate.models.Outcome",
        "ScheduleOutcomeEnum": "training.models.ScheduleOutcome",
        "RoundTriggerEnum": "training.models.RoundTrigger",
        "ScheduleTriggerEnum": "training.models.ScheduleTrigger",
        "ModelRoleEnum": "training.models.ModelRole",
        "ProposalStateEnum": "training.models.ProposalState",
    },
}
