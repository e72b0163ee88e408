"""Mails that the house sends, in the person's language."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _


def send_reset_link(person) -> bool:
    """Mail the link by which a person chooses a new password; False without LEANOPS_ADDRESS or the person's address."""
    if not settings.ADDRESS or not person.email:
        return False
    key = urlsafe_base64_encode(force_bytes(person.pk))
    link = settings.ADDRESS + reverse("core:password_reset", args=[key, default_token_generator.make_token(person)])
    with translation.override(person.language):
        text = render_to_string("core/mail_reset.txt", {"person": person, "link": link})
        send_mail(_("LeanOps: a new password"), text, None, [person.email])
    return True
