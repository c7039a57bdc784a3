"""What a project does for quality, and how its people stand: for leads alone."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from annotate.models import QUALITY_SETTINGS, Appeal, Project, Standing, Verdict
from annotate.projects.outcome_settings import DECISIVE


class QualitySerializer(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = QUALITY_SETTINGS
        read_only_fields = fields


class QualityBody(StrictSerializer, serializers.ModelSerializer[Project]):
    """What a lead may set; the limits are those of the model."""

    class Meta:
        model = Project
        fields = QUALITY_SETTINGS


class ConsequencesBody(StrictSerializer, serializers.ModelSerializer[Project]):
    """Settings as they would be; those left out stay as they are."""

    class Meta:
        model = Project
        fields = DECISIVE


class ConsequencesSerializer(serializers.Serializer[Any]):
    """How many comparisons would fare otherwise."""

    to_ruling = serializers.IntegerField(help_text=_("They lose their outcome, and wait for one."))
    from_ruling = serializers.IntegerField(help_text=_("They wait for a ruling no longer."))
    undone = serializers.IntegerField(
        help_text=_("They lose their outcome, and wait for more judgements.")
    )
    decided = serializers.IntegerField(help_text=_("They get an outcome."))
    other = serializers.IntegerField(help_text=_("They get another outcome."))
    opened = serializers.IntegerField(help_text=_("Judged ones that are asked about again."))
    closed = serializers.IntegerField(help_text=_("Nobody more is asked about them."))
    surplus = serializers.IntegerField(help_text=_("Judgements that would count no longer."))


class ShareSerializer(serializers.Serializer[Any]):
    """So many of so many, with Wilson's interval at 95 %; of none there is no share."""

    n_hits = serializers.IntegerField()
    n = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class ControlShareSerializer(serializers.Serializer[Any]):
    """What closing comparisons early saves and costs, as the control comparisons show."""

    n_controls = serializers.IntegerField(help_text=_("Controls that have all their judgements."))
    n_full = serializers.IntegerField(help_text=_("Their judgements."))
    n_enough = serializers.IntegerField(
        help_text=_("Those that would have been asked for, had they closed early.")
    )
    saved = serializers.FloatField(
        allow_null=True,
        help_text=_("Share saved, with its interval (95 %, bootstrap over prompts)."),
    )
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    early = ShareSerializer(
        help_text=_(
            "Of the controls that would have closed early, those that came to the same by all "
            "their judgements."
        )
    )
    promised = serializers.FloatField(help_text=_("How many of these are to, at least."))
    saves_something = serializers.BooleanField(
        allow_null=True, help_text=_("Whether the interval leaves out nought.")
    )
    costs_accuracy = serializers.BooleanField(
        help_text=_("Whether fewer came to the same than was promised, beyond doubt.")
    )


class StandingSerializer(serializers.Serializer[Any]):
    member = serializers.UUIDField(source="membership.public_id")
    annotator = serializers.CharField(source="membership.annotator.pseudonym")
    standing = serializers.ChoiceField(choices=Standing.choices, source="membership.standing")
    standing_since = serializers.DateTimeField(source="membership.standing_since", allow_null=True)
    quiz_passed_at = serializers.DateTimeField(source="membership.quiz_passed_at", allow_null=True)
    gold_since = serializers.DateTimeField(
        source="membership.gold_since",
        allow_null=True,
        help_text=_("When a lead let them go on: gold is counted from then."),
    )
    gold = ShareSerializer(help_text=_("Of their gold, what they judged as expected."))
    surely_at_most = serializers.FloatField(
        allow_null=True,
        help_text=_("The highest share that is not ruled out at 95 %, at all times at once."),
    )
    repeats = ShareSerializer(help_text=_("Of their silent repeats, what they judged as before."))


class GoldBody(StrictSerializer):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    also = serializers.ChoiceField(choices=[("", ""), *Verdict.choices], default="")


class GoldSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=Verdict.choices, source="gold_verdict")
    also = serializers.ChoiceField(choices=[("", ""), *Verdict.choices], source="gold_also")


class JudgeAgainBody(StrictSerializer):
    since = serializers.DateTimeField(help_text=_("Judged then or later."))
    reason = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        help_text=_("It stands in the record of changes."),
    )


class WithdrawnSerializer(serializers.Serializer[Any]):
    n_judgements = serializers.IntegerField()


class AppealBody(StrictSerializer):
    text = serializers.CharField(max_length=2000, help_text=_("Why you hold that you were right."))


class AppealAnswerBody(StrictSerializer):
    is_granted = serializers.BooleanField()
    text = serializers.CharField(max_length=2000, allow_blank=True, default="")


class AppealSerializer(serializers.ModelSerializer[Appeal]):
    """An appeal as its maker may read it."""

    id = serializers.UUIDField(source="public_id")
    judgement = serializers.UUIDField(source="judgement.public_id")

    class Meta:
        model = Appeal
        fields = ["id", "judgement", "text", "made_at", "is_granted", "answer", "answered_at"]
        read_only_fields = fields


class AppealDetailSerializer(AppealSerializer):
    """As a lead reads it: who reads this may no longer judge the comparison."""

    comparison = serializers.UUIDField(source="judgement.comparison.public_id")
    annotator = serializers.CharField(source="judgement.annotator.pseudonym")
    verdict = serializers.ChoiceField(choices=Verdict.choices, source="judgement.verdict")

    class Meta:
        model = Appeal
        fields = [*AppealSerializer.Meta.fields, "comparison", "annotator", "verdict"]
        read_only_fields = fields
