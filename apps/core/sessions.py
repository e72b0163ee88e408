"""How long a session lasts: it ends when nothing is done for hours, and after days in any case."""

import time

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.utils import timezone

from apps.core import throttle

TOUCH = 300  # seconds between two notes of when a session was used
LONGEST = UserSession._meta.get_field("user_agent").max_length
BEGAN, SEEN = "began", "seen"  # in the session: moments, seconds since 1970


@receiver(user_logged_in)
def begin(sender, *, request, user, **kwargs) -> None:
    """Start counting, and list the session under the person, whichever way the person came in."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())
    note(request, user)


def note(request, user, *, former: str = "") -> None:
    """List a session, under its new key if it had another: django-allauth does so for its own ways in only."""
    if not request.session.session_key:
        request.session.save()
    UserSession.objects.update_or_create(
        session_key=former or request.session.session_key,
        defaults={
            "session_key": request.session.session_key,
            "user": user,
            "ip": throttle.client_address(request) or "::",
            "user_agent": request.META.get("HTTP_USER_AGENT", "")[:LONGEST],
        },
    )


def is_over(session) -> bool:
    """Whether the session has been idle, or has lasted, too long. One from before this was counted is over."""
    now = time.time()
    return (
        now - session.get(SEEN, 0) > settings.SESSION_IDLE_SECONDS
        or now - session.get(BEGAN, 0) > settings.SESSION_COOKIE_AGE
    )


class SessionLifetime:
    """Ends sessions that are over, and notes when one was used; after AuthenticationMiddleware."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and is_over(request.session):
            logout(request)
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        by_itself = request.htmx and request.method == "GET"  # a board reading its tiles again is nobody at work
        if (
            request.user.is_authenticated
            and not request.api_token
            and not by_itself
            and time.time() - request.session[SEEN] > TOUCH
        ):
            request.session[SEEN] = int(time.time())


def forget_ended() -> None:
    """Delete sessions past their time, what django-allauth keeps of them, and wrong tries that no longer count."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - settings.AXES_COOLOFF_TIME).delete()
