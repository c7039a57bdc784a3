"""What an annotator sends and sees: sides of a screen, never completions, origins or votes."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotate.api.strict import FlagFilter, Query, StrictSerializer
from annotate.judging.gold_feedback import expected_side
from annotate.judging.protocols.criteria import HIGHEST, LOWEST
from annotate.judging.protocols.versions import shown_under
from annotate.judging.screen_order import as_shown
from annotate.judging.sides import side_of
from annotate.models import MOST_RANKED, FlagReason, Judgement, Lease, SkipReason, Verdict

SIDES = [
    ("left", _("left is better")),
    ("right", _("right is better")),
    ("tie", _("about the same")),
    ("both_bad", _("both bad")),
]
MAX_TEXT = 200_000


class LeaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    expires_at = serializers.DateTimeField()


class HeldSerializer(LeaseSerializer):
    protocol = serializers.IntegerField(
        help_text=_("The version of the project's protocol that its answer is checked against.")
    )


class MessageSerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    content = serializers.JSONField(help_text=_("A string, or a list of parts."))


class BlindComparisonSerializer(serializers.Serializer[Any]):
    """Two answers by their sides, or those of a set in the order of the screen."""

    prompt = MessageSerializer(many=True)
    left = serializers.CharField(required=False)
    right = serializers.CharField(required=False)
    answers = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text=_("Of a set that is to be ranked, instead of left and right."),
    )


class LeasedSerializer(serializers.Serializer[Any]):
    lease = HeldSerializer()
    comparison = BlindComparisonSerializer()


class NextSerializer(LeasedSerializer):
    ahead = LeasedSerializer(allow_null=True)


class TakenSerializer(serializers.Serializer[Any]):
    results = LeasedSerializer(many=True)


class NextBody(StrictSerializer):
    ahead = serializers.BooleanField(
        default=False, help_text=_("Hold a second comparison too, to show after this one.")
    )


class RatingsBody(StrictSerializer):
    left = serializers.IntegerField(min_value=LOWEST, max_value=HIGHEST, required=False)
    right = serializers.IntegerField(min_value=LOWEST, max_value=HIGHEST, required=False)


class AcceptableBody(StrictSerializer):
    left = serializers.BooleanField(required=False)
    right = serializers.BooleanField(required=False)


class JudgementBody(StrictSerializer):
    """Which of these are taken, and which must be there, the project's protocol says."""

    lease = serializers.UUIDField()
    verdict = serializers.ChoiceField(
        choices=SIDES, required=False, default="", help_text=_("Unless a ranking is asked for.")
    )
    ranks = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST_RANKED),
        max_length=MOST_RANKED,
        allow_null=True,
        default=None,
        help_text=_("A place for each answer in the order shown, 1 the best; ties share a place."),
    )
    key = serializers.CharField(
        max_length=64,
        help_text=_("Yours, new for each judgement: sent again, it has no second effect."),
    )
    strength = serializers.IntegerField(min_value=0, max_value=3, allow_null=True, default=None)
    criteria = serializers.DictField(
        child=RatingsBody(),
        allow_null=True,
        default=None,
        help_text=_("By the names of the criteria."),
    )
    acceptable = AcceptableBody(
        allow_null=True, default=None, help_text=_("Whether each answer is good enough by itself.")
    )
    reasons = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=50, allow_null=True, default=None
    )
    note = serializers.CharField(
        allow_blank=True, default="", max_length=MAX_TEXT, trim_whitespace=False
    )
    edited = serializers.CharField(
        allow_blank=True, default="", max_length=MAX_TEXT, trim_whitespace=False
    )
    seconds = serializers.FloatField(
        min_value=0, max_value=86_400 * 7, allow_null=True, default=None
    )
    ahead = serializers.BooleanField(default=False)
    next = serializers.BooleanField(
        default=True, help_text=_("false: hold nothing afterwards, as for what was taken along.")
    )


class OwnJudgementSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    verdict = serializers.ChoiceField(choices=SIDES, allow_null=True)
    ranks = serializers.ListField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text=_("Of a set that was ranked, in the order shown; it has no verdict."),
    )
    expected = serializers.ChoiceField(
        choices=SIDES,
        allow_null=True,
        help_text=_("Of gold, where the project tells what was expected; else null."),
    )
    judged_at = serializers.DateTimeField()


class JudgedSerializer(serializers.Serializer[Any]):
    judgement = OwnJudgementSerializer()
    next = LeasedSerializer(allow_null=True)
    ahead = LeasedSerializer(allow_null=True)


class HistorySerializer(OwnJudgementSerializer):
    comparison = BlindComparisonSerializer()


class HistoryQuery(Query):
    gold = FlagFilter(
        default=False, help_text=_("Only those of which you are told what was expected.")
    )


class GoldShareSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField(help_text=_("Judgements of gold."))
    n_as_expected = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text=_("By Wilson's interval."))
    high = serializers.FloatField(allow_null=True)
    level = serializers.FloatField()


class SkipBody(StrictSerializer):
    reason = serializers.ChoiceField(choices=list(SkipReason))
    note = serializers.CharField(allow_blank=True, default="", max_length=MAX_TEXT)


class FlagBody(StrictSerializer):
    reason = serializers.ChoiceField(choices=list(FlagReason))
    note = serializers.CharField(allow_blank=True, default="", max_length=MAX_TEXT)


class JudgementSerializer(serializers.ModelSerializer[Judgement]):
    """For leads: the verdict by completion, and who gave it under their pseudonym."""

    id = serializers.UUIDField(source="public_id")
    comparison = serializers.UUIDField(source="comparison.public_id")
    annotator = serializers.CharField(source="annotator.pseudonym")
    annotator_kind = serializers.CharField(source="annotator.kind")
    ranking = serializers.UUIDField(
        source="ranking.public_id",
        allow_null=True,
        default=None,
        help_text=_("The ranking that implies this judgement, if one does."),
    )

    class Meta:
        model = Judgement
        fields = [
            "id",
            "comparison",
            "annotator",
            "annotator_kind",
            "ranking",
            "is_derived",
            "verdict",
            "strength",
            "criteria",
            "reasons",
            "note",
            "first_acceptable",
            "second_acceptable",
            "edited_text",
            "seconds",
            "first_was_left",
            "guidelines_version",
            "protocol_version",
            "is_counted",
            "judged_at",
            "withdrawn_at",
        ]
        read_only_fields = fields


class JudgementQuery(Query):
    annotator = serializers.CharField(required=False, help_text=_("A pseudonym."))
    comparison = serializers.UUIDField(required=False)
    verdict = serializers.ChoiceField(choices=list(Verdict), required=False)
    is_counted = FlagFilter(required=False, default=None)
    since = serializers.DateTimeField(required=False)


def leased(lease: Lease | None) -> dict[str, Any] | None:
    """A held comparison as its annotator may see it; by hand, as this is the busiest answer."""
    if lease is None:
        return None
    return {
        "lease": {
            "id": lease.public_id,
            "expires_at": lease.expires_at,
            "protocol": shown_under(lease).version,
        },
        "comparison": blind_set(lease)
        or blind(lease.comparison, first_is_left=lease.first_is_left),
    }


def blind(comparison: Any, *, first_is_left: bool) -> dict[str, Any]:
    first, second = comparison.first.text, comparison.second.text
    left, right = (first, second) if first_is_left else (second, first)
    return {"prompt": comparison.prompt.messages, "left": left, "right": right}


def blind_set(lease: Lease) -> dict[str, Any] | None:
    """A leased set as it is shown, if it is one."""
    if lease.comparison.completion_set_id is None:
        return None
    return {
        "prompt": lease.comparison.prompt.messages,
        "answers": [member.completion.text for member in as_shown(lease)],
    }


def own_judgement(judgement: Judgement, *, is_told: bool) -> dict[str, Any]:
    """What somebody said by the sides or the order that they saw; and what was expected of them."""
    ranks = None
    if judgement.ranking is not None:
        places = judgement.ranking.places.order_by("shown_at")
        ranks = list(places.values_list("rank", flat=True))
    said = side_of(judgement.verdict, first_is_left=bool(judgement.first_was_left))
    return {
        "id": judgement.public_id,
        "verdict": said if ranks is None else None,
        "ranks": ranks,
        "expected": expected_side(judgement) if is_told else None,
        "judged_at": judgement.judged_at,
    }
