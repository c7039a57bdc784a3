"""What a run is asked for with: one body for each kind."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import StrictSerializer
from training.api.serializers.runs import SettingsField
from training.models import RunKind
from training.words.methods import METHOD_CHOICES


class KindBody(StrictSerializer):
    """The kind decides which other fields there are."""

    kind = serializers.ChoiceField(choices=list(RunKind), default=RunKind.TRAIN)
    name = serializers.CharField(max_length=120, allow_blank=True, default="")
    dry_run = serializers.BooleanField(
        default=False, help_text=_("Answer what would be queued, and queue nothing.")
    )


class TrainBody(KindBody):
    kind = serializers.ChoiceField(choices=[RunKind.TRAIN.value], default=RunKind.TRAIN.value)
    method = serializers.ChoiceField(choices=METHOD_CHOICES)
    snapshot = serializers.UUIDField()
    base = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("A checkpoint to start from.")
    )
    after = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Or a run to start after.")
    )
    settings = SettingsField(required=False, default=dict)


class SampleBody(KindBody):
    kind = serializers.ChoiceField(choices=[RunKind.SAMPLE.value])
    project = serializers.SlugField()
    checkpoint = serializers.UUIDField()
    against_base = serializers.BooleanField(default=False)
    n_prompts = serializers.IntegerField(default=50)
    unanswered_only = serializers.BooleanField(default=False)
    reward_model = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Keeps the best candidates.")
    )
    n_candidates = serializers.IntegerField(default=4)
    settings = SettingsField(required=False, default=dict)


class EvaluateBody(KindBody):
    kind = serializers.ChoiceField(choices=[RunKind.EVALUATE.value])
    checkpoint = serializers.UUIDField()
    snapshot = serializers.UUIDField()
    reward_model = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Judges what it writes.")
    )
    against = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=_("Another policy, compared.")
    )
    settings = SettingsField(required=False, default=dict)


class MergeBody(KindBody):
    kind = serializers.ChoiceField(choices=[RunKind.MERGE.value])
    checkpoint = serializers.UUIDField(help_text=_("An adapter that was brought along."))
