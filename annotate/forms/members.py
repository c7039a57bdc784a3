"""Who has a part in a project: one, many, or whoever has a link."""

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotate.errors import InvalidInput
from annotate.models import (
    LONGEST_GROUP_NAME,
    MOST_INVITED,
    MemberGroup,
    Membership,
    Role,
    User,
)
from annotate.people.invitations import MOST_DAYS
from annotate.people.member_list import BY_NAME, ORDERS, STATES

LIST_BYTES = 1_000_000
COHORT_HELP = _("A group to compare with others, such as “experts”.")
ROLE, COHORT, PAUSE, RESUME, REMOVE = "role", "cohort", "pause", "resume", "remove"
INTO_GROUP, OUT_OF_GROUP = "into_group", "out_of_group"
CHANGES = {
    ROLE: _("give them a role"),
    COHORT: _("put them into a cohort"),
    INTO_GROUP: _("put them into a group"),
    OUT_OF_GROUP: _("take them out of a group"),
    PAUSE: _("pause them"),
    RESUME: _("let paused ones go on"),
    REMOVE: _("remove them from the project"),
}


class MemberSearchForm(forms.Form):
    q = forms.CharField(
        label=_("Name, pseudonym or cohort"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("any")), *Role.choices]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("any")), *STATES.items()]
    )
    group = forms.ChoiceField(label=_("Group"), required=False)
    order = forms.ChoiceField(
        label=_("Sorted by"), required=False, choices=list(ORDERS.items()), initial=BY_NAME
    )

    def __init__(self, data: QueryDict | None, groups: Iterable[MemberGroup]) -> None:
        super().__init__(data)
        named = [(str(group.public_id), group.name) for group in groups]
        if named:
            self.fields["group"].choices = [("", _("any")), *named]  # type: ignore[attr-defined]
        else:
            del self.fields["group"]


class MemberChangesForm(forms.Form):
    """What is to become of the members that were ticked."""

    change = forms.ChoiceField(label=_("With those chosen"), choices=list(CHANGES.items()))
    role = forms.ChoiceField(label=_("Role"), required=False, choices=Role)
    cohort = forms.CharField(label=_("Cohort"), required=False, max_length=60)
    group = forms.CharField(
        label=_("Group, or a name for a new one"),
        required=False,
        max_length=LONGEST_GROUP_NAME,
        widget=forms.TextInput(attrs={"list": "groups-there", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        if given.get("change") == ROLE and not given.get("role"):
            raise ValidationError({"role": _("Choose a role.")})
        if given.get("change") in (INTO_GROUP, OUT_OF_GROUP) and not given.get("group"):
            raise ValidationError({"group": _("Say which group.")})
        return given


class NewMemberForm(forms.Form):
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("Somebody who has an account here."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role)
    cohort = forms.CharField(
        label=_("Cohort"), required=False, max_length=60, help_text=COHORT_HELP
    )

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise ValidationError(
                _("Nobody here is called “%(name)s”. Send them an invitation."),
                params={"name": username},
            )
        self.user = user
        return username


class MemberListForm(forms.Form):
    """A list of people, pasted or as a file."""

    text = forms.CharField(
        label=_("A list, one person a line"),
        required=False,
        strip=False,
        max_length=LIST_BYTES,
        widget=forms.Textarea(
            attrs={"rows": 6, "placeholder": "username,role,cohort,groups", "spellcheck": "false"}
        ),
        help_text=_(
            "User name, role, cohort and groups, with commas, semicolons or tabs between them; "
            "several groups with “|”. Groups that are not there are made."
        ),
    )
    file = forms.FileField(label=_("or a CSV file"), required=False, allow_empty_file=True)

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        file = given.get("file")
        if file is not None:
            given["text"] = _decoded(file)
        if not str(given.get("text", "")).strip():
            raise ValidationError(_("The list is empty."))
        return given


def _decoded(file: UploadedFile) -> str:
    if (file.size or 0) > LIST_BYTES:
        raise ValidationError({"file": _("This file is too large for a list of people.")})
    try:
        text: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError({"file": _("This file is not UTF-8.")}) from error
    return text


class MemberForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ("role", "cohort", "is_active")
        labels = {"role": _("Role")}
        help_texts = {
            "cohort": COHORT_HELP,
            "is_active": _("Whoever is paused judges nothing, and gives back what they hold."),
        }


class InvitationForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role, initial=Role.ANNOTATOR)
    cohort = forms.CharField(
        label=_("Cohort"), required=False, max_length=60, help_text=COHORT_HELP
    )
    most_uses = forms.IntegerField(
        label=_("For how many people"), min_value=1, max_value=MOST_INVITED, initial=1
    )
    days = forms.IntegerField(
        label=_("Valid for, in days"), min_value=1, max_value=MOST_DAYS, initial=7
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=80,
        help_text=_("Whom it is for; leads alone see it."),
    )


class SignUpForm(forms.Form):
    """An account for somebody with an invitation."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("Others of the project may see it. Letters, digits and @.+-_"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The password again"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise ValidationError(_("The two passwords differ."))
        return again


def field_of(error: InvalidInput, form: forms.Form) -> str | None:
    """The field of a form that a refusal is about; None: the form as a whole."""
    return error.field if error.field in form.fields else None
