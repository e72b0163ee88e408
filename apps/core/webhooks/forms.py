"""What an admin types about a webhook, and what the list of deliveries is asked for."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.webhooks import formats, gate, kinds
from apps.core.webhooks.models import TEST, DeliveryStatus, Format, Problem, Webhook


class WebhookForm(forms.ModelForm):
    """A webhook. The address that it has is not shown: whoever knows it may post there, too."""

    new_address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"}),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        help_text=gettext_lazy("Choose none to be told of all, of those that come later too."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Webhook
        fields = ["name", "new_address", "format", "chat", "text", "kinds"]
        widgets = {"name": forms.TextInput, "chat": forms.TextInput, "text": forms.Textarea(attrs={"rows": 3})}
        labels = {"text": gettext_lazy("Text"), "chat": gettext_lazy("Chat (Telegram only)")}

    field_order = Meta.fields

    def __init__(self, *args, tenant=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.tenant = tenant or self.tenant
        webhook = self.instance
        # Kinds that are no longer known stay ticked until somebody unticks them.
        known = dict(kinds.choices())
        unknown = [(kind, kind) for kind in webhook.kinds if kind not in known]
        self.fields["kinds"].choices = [*known.items(), *unknown]
        self.fields["text"].help_text = self._words()
        if not webhook._state.adding:
            self.fields["new_address"].required = False
            self.fields["new_address"].help_text = _("Leave it empty to keep: %s") % webhook.short_address

    tenant = None

    def _words(self):
        words = ", ".join(f"{{{name}}}: {meaning}" for name, meaning in kinds.all_words().items())
        return _(
            "For Slack, Teams and Telegram, empty: %(text)s. With JSON it is added as “text”. Words: %(words)s."
        ) % {
            "text": formats.DEFAULT_TEXT,
            "words": words,
        }

    def clean_name(self):
        name = self.cleaned_data["name"]
        if Webhook.objects.for_tenant(self.tenant).filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("There is a webhook of this name already."))
        return name

    def clean_new_address(self):
        address = self.cleaned_data["new_address"]
        problem = gate.check_address(address) if address else None
        if problem == Problem.REFUSED:
            raise ValidationError(
                _("This leads to this machine or into a private network, which the installation does not allow.")
            )
        if problem:
            raise ValidationError(_("Write an address like https://hooks.example.com/…, without a name and password."))
        return address

    def clean_text(self):
        formats.check_text(self.cleaned_data["text"])
        return self.cleaned_data["text"]

    def clean(self):
        found = super().clean()
        if found.get("format") == Format.TELEGRAM and not found.get("chat"):
            self.add_error("chat", _("Telegram wants to know which chat: its id, or @name of a channel."))
        return found


class DeliveryFilterForm(forms.Form):
    """The filters of the deliveries, from the address."""

    webhook = forms.ModelChoiceField(Webhook.objects.none(), required=False)
    status = forms.ChoiceField(choices=[("", ""), *DeliveryStatus.choices], required=False)
    kind = forms.ChoiceField(required=False)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["webhook"].queryset = Webhook.objects.for_tenant(tenant)
        self.fields["kind"].choices = [("", ""), *kinds.choices(), (TEST, kinds.label_of(TEST))]
