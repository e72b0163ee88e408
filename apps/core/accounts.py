"""Where django-allauth meets the plant: second factor, passkeys, OpenID Connect and lists of sessions are the library's;
who gets in, and what is recorded of it, is ours."""

import logging

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django import forms
from django.db.models.functions import Lower
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.core import services, throttle
from apps.core.encryption import safe
from apps.core.models import User

log = logging.getLogger("leanops.accounts")

# What the library says and the page shows anyhow.
OBVIOUS = {
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
    "mfa/messages/recovery_codes_generated.txt",
}
GIVEN = "password_given"  # in the session, between password and code: whose, and which
SECOND_FACTOR = "second_factor"  # in the session: the person has one, as far as the tenant asks for it


def password_given(request, person, *, then: str):
    """The answer to a right password: in, or on to the second factor. then: the address the person wanted."""
    # Typed this moment, it need not be typed again for what asks for it anew.
    record_authentication(request, person, method="password", reauthenticated=True)
    request.session[GIVEN] = {"person": str(person.pk), "mark": person.get_session_auth_hash()}
    return perform_login(request, person, redirect_url=then)


def lacks_second_factor(user, tenant, session) -> bool:
    """Whether the tenant asks this person's role for a second factor and the person has none yet."""
    if tenant is None or user.role not in tenant.rules.second_factor_roles or session.get(SECOND_FACTOR):
        return False
    if not is_mfa_enabled(user):
        return True
    session[SECOND_FACTOR] = True
    return False


def must_have_second_factor(request) -> dict:
    """Context of every page: tells the pages of the second factor that the person is held there."""
    if (
        not request.path.startswith("/second-factor/")
        or not hasattr(request, "tenant")
        or not request.user.is_authenticated
    ):
        return {}
    return {"must_have_second_factor": lacks_second_factor(request.user, request.tenant, request.session)}


def _ways(request, person) -> str:
    """How the person has shown who it is, for the record: "password, totp"."""
    records = get_authentication_records(request, person)
    return ", ".join(dict.fromkeys(record.get("type") or record["method"] for record in records))


class AccountAdapter(DefaultAccountAdapter):
    """Signing in by our service; nobody signs up, no word of praise for signing in."""

    def login(self, request, user):
        """The end of signing in. A password that was changed since it was given, before the code, opens nothing."""
        given = request.session.pop(GIVEN, None)
        if given and given["person"] == str(user.pk) and given["mark"] != user.get_session_auth_hash():
            raise ImmediateHttpResponse(redirect("core:sign_in"))
        services.sign_in(request, user, by=_ways(request, user))

    def reauthenticate(self, user, password):
        """The password again, before something delicate; guessed no faster than at the door."""
        request = context.request
        if seconds := throttle.seconds_left(request, user.email):
            raise forms.ValidationError(throttle.sentence(seconds), code="too_many")
        if user.check_password(password):
            throttle.passed(request, user.email)
            return True
        throttle.failed(request, user.email)
        services.record_access(user, "login_failed", request=request, changes={"by": [None, "password"]})
        return False

    def is_open_for_signup(self, request):
        return False

    def get_client_ip(self, request):
        return throttle.client_address(request) or "::"

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        if message_template not in OBVIOUS:
            super().add_message(request, level, message_template, message_context, extra_tags, message)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps lie encrypted under the installation's key: a dump alone does not open them."""

    def encrypt(self, text):
        return safe("apps.core.accounts", "second factor").encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return safe("apps.core.accounts", "second factor").decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self):
        return "LeanOps"


class ThrottledCode:
    """A code is guessed no faster than a password. seconds_left: how long to wait, where it was not looked at."""

    seconds_left = 0

    def clean_code(self):
        name = f"code:{self.user.pk}"
        if seconds := throttle.seconds_left(context.request, name):
            self.seconds_left = seconds
            raise forms.ValidationError(throttle.sentence(seconds), code="too_many")
        try:
            code = super().clean_code()
        except forms.ValidationError:
            throttle.failed(context.request, name)
            raise
        throttle.passed(context.request, name)
        return code


class CodeForm(ThrottledCode, mfa_forms.AuthenticateForm):
    """The second factor at sign-in: a code of the app, or a recovery code."""


class CodeAgainForm(ThrottledCode, mfa_forms.ReauthenticateForm):
    """The same before something delicate."""


class ProviderAdapter(DefaultSocialAccountAdapter):
    """OpenID Connect opens the account of the same address; it makes none."""

    def is_open_for_signup(self, request, sociallogin):
        return False

    def pre_social_login(self, request, sociallogin):
        """A first sign-in finds the person by the address that the provider has verified."""
        if sociallogin.is_existing:
            return
        verified = [address.email.lower() for address in sociallogin.email_addresses if address.verified]
        people = User.objects.alias(address=Lower("email")).filter(address__in=verified, is_active=True)
        person = people.first() if verified else None
        if person is None:
            log.warning("OpenID Connect: nobody has the verified address of %s", sociallogin.account.uid)
            sentence = _("Nobody here has your address. Ask your admin to enter you with the e-mail you sign in with.")
            raise ImmediateHttpResponse(_refused(request, sentence))
        # (The library's own `connect` would save the person, and that is our service's.)
        sociallogin.user = sociallogin.account.user = person
        sociallogin.account.save()
        services.note_account_change(person, "tied to OpenID Connect", by=person, request_id=request.id)

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None):
        raise ImmediateHttpResponse(provider_failed(request, exception or error))


def provider_failed(request, reason):
    """The answer when the provider says no, or nothing."""
    log.warning("OpenID Connect: %s", reason)
    return _refused(request, _("The sign-in service did not let you in. Try again, or sign in with your password."))


def _refused(request, sentence):
    from apps.core.middleware import refusal  # here: middleware asks this module

    return refusal(request, sentence, 403)


class SessionsAdapter(DefaultUserSessionsAdapter):
    """Ending sessions is recorded, and ends their live pages."""

    def end_sessions(self, sessions):
        for person in {session.user for session in sessions}:
            services.note_account_change(person, "sessions ended", by=person)
            services.tell_streams(person)
        super().end_sessions(sessions)


# -- what the library does, for the record ------------------------------------------------------------------------------


@receiver(post_save, sender=Authenticator)
@receiver(post_delete, sender=Authenticator)
def record_second_factor(sender, *, instance, created=None, **kwargs):
    """A second factor came or went. (The library's own signals come after the commit, and could be lost.)"""
    if created is not False:  # (None: deleted)
        request = context.request
        if request is not None:
            request.session.pop(SECOND_FACTOR, None)  # looked for again at the next page
        by = request.user if request is not None and request.user.is_authenticated else None
        what = "added" if created else "removed"
        services.note_account_change(instance.user, f"second factor {what}: {instance.type}", by=by)
        if created is None and instance.type != Authenticator.Type.RECOVERY_CODES:
            # sessions elsewhere may have passed the tenant's wall by it
            here = request.session.session_key if by == instance.user else ""
            services.end_sessions(instance.user, but=here)


@receiver(signals.authentication_failed)
def record_wrong_code(sender, *, request, user, authenticator, **kwargs):
    services.record_access(user, "login_failed", request=request, changes={"by": [None, authenticator.type]})
