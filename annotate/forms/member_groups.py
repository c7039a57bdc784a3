"""Groups of people: named, and chosen for one person."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotate.models import LONGEST_GROUP_NAME, MemberGroup


class GroupNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the group"),
        max_length=LONGEST_GROUP_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class GroupsOfMemberForm(forms.Form):
    groups = forms.ModelMultipleChoiceField(
        MemberGroup.objects.none(),
        label=_("Groups"),
        required=False,
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("People who are found, and given work, together."),
    )

    def __init__(
        self, data: object = None, *, groups: QuerySet[MemberGroup], **options: object
    ) -> None:
        super().__init__(data, **options)  # type: ignore[arg-type]
        self.fields["groups"].queryset = groups  # type: ignore[attr-defined]
