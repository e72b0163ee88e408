"""What people may type when they sign in, change their password and choose how their pages look."""

from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.utils.translation import gettext_lazy as _

from apps.core import passwords, pins, throttle
from apps.core.models import Tenant, User


class SignInForm(AuthenticationForm):
    """E-mail and password. Who was switched off is told so, but only with the right password."""

    error_messages = {
        "invalid_login": _("This e-mail and password do not go together. Mind capital letters."),
        "inactive": _("Your account is switched off. Your admin can switch it on again."),
        "demo_password": _(
            "Everybody knows the demo plant's password, and there is a plant of your own here. "
            "Whoever runs the server gives you another: manage.py changepassword."
        ),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = None  # whose address it is, also where the password was wrong
        self.seconds_left = 0  # how long this address has to wait
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254, "inputmode": "email"}
        )
        self.fields["password"].widget.attrs["autocomplete"] = "current-password"

    def clean(self):
        address = self.cleaned_data.get("username")
        if address:
            self.seconds_left = throttle.seconds_left(self.request, address)
            if self.seconds_left:
                raise forms.ValidationError(throttle.sentence(self.seconds_left), code="too_many")
            self.person = User.objects.select_related("tenant").filter(email__iexact=address).first()
        return super().clean()

    def confirm_login_allowed(self, user):
        super().confirm_login_allowed(user)
        if passwords.opens_too_much(user, self.cleaned_data["password"]):
            raise forms.ValidationError(self.error_messages["demo_password"], code="demo_password")

    def get_invalid_login_error(self):
        person = self.person
        if person and not person.is_active and person.check_password(self.cleaned_data["password"]):
            return forms.ValidationError(self.error_messages["inactive"], code="inactive")
        return forms.ValidationError(self.error_messages["invalid_login"], code="invalid_login")


class OwnPasswordForm(PasswordChangeForm):
    """The password known so far, and a new one twice."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.user.must_change_password:
            self.fields["old_password"].label = _("One-time password")

    def clean_new_password1(self):
        password = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise forms.ValidationError(_("Choose another one than you have now."))
        return password


class PinField(forms.RegexField):
    """Four digits, typed unseen, on a keypad where the screen has one."""

    def __init__(self, **kwargs):
        attrs = {"inputmode": "numeric", "autocomplete": "off", "maxlength": pins.DIGITS}
        super().__init__(
            rf"^[0-9]{{{pins.DIGITS}}}\Z",
            error_messages={"invalid": _("A PIN has four digits.")},
            widget=forms.PasswordInput(attrs=attrs),
            strip=False,
            **kwargs,
        )


class PinForm(forms.Form):
    """The PIN that opens a session at a terminal."""

    pin = PinField(label=_("PIN"))


class OwnPinForm(forms.Form):
    """A person's new PIN, twice; where it is asked for, the former one first."""

    old_pin = PinField(label=_("Your PIN so far"))
    new_pin = PinField(label=_("New PIN"), help_text=_("Four digits, no run like 1234, not all alike."))
    again = PinField(label=_("The new PIN again"))

    def __init__(self, *args, person, asks_old, **kwargs):
        super().__init__(*args, **kwargs)
        self.person, self.is_wrong = person, False
        if not asks_old:
            del self.fields["old_pin"]

    def clean_old_pin(self):
        self.is_wrong = not pins.is_right(self.person, self.cleaned_data["old_pin"])
        if self.is_wrong:
            raise forms.ValidationError(_("That was not your PIN."))

    def clean_new_pin(self):
        if sentence := pins.refused(self.person, pin := self.cleaned_data["new_pin"]):
            raise forms.ValidationError(sentence)
        return pin

    def clean(self):
        found = super().clean()
        if "new_pin" in found and "again" in found and found["again"] != found["new_pin"]:
            self.add_error("again", _("The two are not alike."))
        return found


class ForgottenForm(forms.Form):
    """The address that a link for a new password goes to."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True})
    )


class ResetPasswordForm(SetPasswordForm):
    """A new password, twice; the view has it stored."""


class PlacesField(forms.TypedMultipleChoiceField):
    """Places of the registry, by their keys; with each comes all that is below it."""

    def __init__(self, **kwargs):
        super().__init__(coerce=UUID, required=False, widget=forms.CheckboxSelectMultiple, **kwargs)

    def offer(self, places, chosen) -> bool:
        """Give the places to choose from; whether there are any. A chosen one that is gone stays until it is unticked."""
        known = dict(places)
        known |= {key: _("A place that is not in use any more") for key in chosen if key not in known}
        self.choices = list(known.items())
        return bool(known)


class MySettingsForm(forms.ModelForm):
    """How a person's pages look: which lines and places, light or dark, and the language where there is a choice."""

    lines = forms.MultipleChoiceField(
        label=_("Lines on my pages"),
        help_text=_(
            "Choose none to see them all. Others can still be looked up. Calls of these lines come to your inbox first."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    locations = PlacesField(
        label=_("Places on my pages"),
        help_text=_("With all that is below them. Choose none to see them all. Others can still be looked up."),
    )

    class Meta:
        model = User
        fields = ["lines", "locations", "theme", "language"]
        widgets = {"theme": forms.RadioSelect}

    def __init__(self, *args, lines, places, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.fields["locations"].offer(places, self.instance.locations):
            del self.fields["locations"]
        # Lines that are gone stay ticked until the person unticks them.
        known = sorted({*lines, *self.instance.lines})
        self.fields["lines"].choices = [(line, line) for line in known]
        if not known:
            del self.fields["lines"]
        if len(settings.LANGUAGES) < 2:
            del self.fields["language"]


class NewTenantForm(forms.ModelForm):
    """A new client organisation; its rules are set in the admin later."""

    timezone = forms.ChoiceField(label=_("Time zone"), choices=lambda: [(z, z) for z in sorted(available_timezones())])

    class Meta:
        model = Tenant
        fields = ["name", "slug", "timezone"]
        widgets = {"name": forms.TextInput}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **({"initial": {"timezone": "UTC"}} | kwargs))


class ChooseTenantForm(forms.Form):
    """Which tenant a platform superuser works in now."""

    tenant = forms.ModelChoiceField(queryset=Tenant.objects.all())
