"""What a person chooses about being told."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.models import User
from apps.core.notifications.kinds import Mail, all_kinds, choice_of


class NotificationSettingsForm(forms.ModelForm):
    """Mail for each kind, the hour of the digest, and whose shifts are one's own. No mail without an address."""

    digest_hour = forms.TypedChoiceField(
        label=_("Hour of the daily mail"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)]
    )
    shifts = forms.MultipleChoiceField(
        label=_("My shifts"),
        help_text=_("Choose none for all shifts of your lines. Outside them only what is critical is mailed."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = User
        fields = ["digest_hour", "shifts"]

    def __init__(self, *args, shifts, **kwargs):
        super().__init__(*args, **kwargs)
        person = self.instance
        self.kinds = {f"kind_{key}": kind for key, kind in all_kinds().items()} if person.email else {}
        for name, kind in self.kinds.items():
            words = _("Critical: mailed outside your shifts too.") if kind.is_critical else ""
            self.fields[name] = forms.ChoiceField(
                label=kind.name, help_text=words, choices=Mail, initial=choice_of(person, kind), required=False
            )
        # Shifts that are gone stay ticked until the person unticks them.
        known = [*shifts, *(name for name in person.shifts if name not in shifts)]
        self.fields["shifts"].choices = [(name, name) for name in known]
        if not known:
            del self.fields["shifts"]
        if not person.email:
            del self.fields["digest_hour"]
        self.order_fields([*self.kinds, "digest_hour", "shifts"])

    def choices(self) -> dict:
        """What was chosen, as fields of the person."""
        found = {name: value for name, value in self.cleaned_data.items() if name not in self.kinds}
        if self.kinds:
            # What was not sent, as by a page from before an update, stays as it is.
            chosen = {kind.key: self.cleaned_data[name] for name, kind in self.kinds.items() if self.cleaned_data[name]}
            found["mail_choices"] = self.instance.mail_choices | chosen
        return found
