"""What a page kept on a device says of itself."""

from django import forms


class OwnerForm(forms.Form):
    owner = forms.UUIDField()  # the annotator whose device it was when the pairs were taken along
