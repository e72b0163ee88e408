"""What people may type about jobs."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.shopfloor.models import Job, JobStatus

COLUMNS = ("code", "part_name", "qty_total", "due_date", "priority", "line_hint", "cycle_seconds", "rank")


class JobForm(forms.ModelForm):
    """A job's data. seen: the version of the job that the person looked at, kept in the page."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Job
        fields = ["code", "part_name", "qty_total", "due_date", "priority", "line_hint", "cycle_seconds", "rank"]
        widgets = {
            "code": forms.TextInput(attrs={"autocomplete": "off"}),
            "part_name": forms.TextInput,
            "line_hint": forms.TextInput(attrs={"list": "lines"}),
            "due_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "qty_total": forms.NumberInput(attrs={"min": 1, "inputmode": "numeric"}),
        }
        help_texts = {
            "line_hint": gettext_lazy("Orders and filters; it does not forbid other lines."),
            "cycle_seconds": gettext_lazy("For the pace on the board; empty: no pace."),
            "rank": gettext_lazy("Pins the job in the queue: 1 comes first. Empty: by priority and due date."),
        }

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        if not self.instance._state.adding:
            self.initial["seen"] = self.instance.version

    def clean_code(self):
        code = self.cleaned_data["code"]
        others = Job.objects.for_tenant(self.tenant).filter(code=code).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("There is a job %s already; give it another code.") % code)
        return code

    @property
    def values(self) -> dict:
        """The fields for the service."""
        return {name: self.cleaned_data[name] for name in COLUMNS}

    @property
    def changes(self) -> dict:
        """Only what the person changed: what others changed meanwhile stays theirs."""
        return {name: self.cleaned_data[name] for name in COLUMNS if name in self.changed_data}


class RankForm(forms.Form):
    rank = forms.IntegerField(label=gettext_lazy("Rank"), min_value=0, max_value=2**31 - 1, required=False)
    seen = forms.IntegerField(required=False)


class EndForm(forms.Form):
    """Complete: missing units are booked, or the reason says why there are fewer."""

    missing = forms.ChoiceField(choices=[("fill", ""), ("short", "")], required=False)
    reason = forms.CharField(max_length=500, required=False)
    told = forms.IntegerField(required=False)  # how many the person was told are missing


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=500, required=False)
    seen = forms.IntegerField(required=False)


class JobFilterForm(forms.Form):
    """The filters of the list, from its address."""

    DUE = [
        ("", gettext_lazy("Any")),
        ("late", gettext_lazy("Late")),
        ("today", gettext_lazy("Today")),
        ("week", gettext_lazy("Within 7 days")),
        ("none", gettext_lazy("No due date")),
    ]
    q = forms.CharField(required=False, max_length=200, strip=True)
    status = forms.ChoiceField(choices=[("", ""), *JobStatus.choices], required=False)
    due = forms.ChoiceField(choices=DUE, required=False)
    line = forms.CharField(required=False, max_length=80)
    part = forms.CharField(required=False, max_length=200)
