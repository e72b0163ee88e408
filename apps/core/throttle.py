"""Guessing is slow: five wrong tries of a name from one address, twenty of a name in all, then fifteen minutes' rest.

A whole plant may sit behind one address, so an address alone is never shut out. django-axes keeps the book; names stand in
it, and in the server's log, as keyed hashes: people type passwords into the field for the name.

    if seconds := throttle.seconds_left(request, name):
        return throttle.too_many(request, seconds)
    ... check the secret ...
    throttle.failed(request, name)  or  throttle.passed(request, name)

An answer from 400 on is rolled back with all it wrote (middleware.TenantTransaction): one that counted a wrong try says
`response.keeps_writes = True`.
"""

import copy
import math

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.contrib.auth.signals import user_login_failed
from django.db import connection
from django.db.models import Max
from django.http import QueryDict
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

OF_MANY = "device:"  # names that stand for many people begin so
MANY_PER_PAIR = 6  # their limit: 30
NAME_PER_PAIR = 4  # a name's limit, in limits of a name from one address: 20 and 5


class ThrottleHandler(AxesDatabaseHandler):
    """axes' book with two limits in one: that of the pair, and four times that of the name alone."""

    def get_failures(self, request, credentials=None):
        pair, name = self.get_user_attempts(request, credentials)
        if str((credentials or {}).get("username")).startswith(OF_MANY):
            return _sum(name) // MANY_PER_PAIR
        return max(_sum(pair), _sum(name) // NAME_PER_PAIR)

    def reset_user_attempts(self, request, credentials=None):
        """Who gets in wipes off the own tries, not those of a guesser elsewhere."""
        return self.filter_user_attempts(request, credentials)[0].delete()[0]

    def user_login_failed(self, sender, credentials, request=None, **kwargs):
        if request is not None:
            request = copy.copy(request)
            request.GET = request.POST = QueryDict()  # what was typed is nobody's business
        return super().user_login_failed(sender, credentials, request, **kwargs)


def _sum(attempts) -> int:
    return sum(attempts.values_list("failures_since_start", flat=True))


def hashed_name(request, credentials) -> str:
    """AXES_USERNAME_CALLABLE: the name as it stands in the book."""
    name = str((credentials or {}).get("username") or "").strip().casefold()
    return salted_hmac("apps.core.throttle", name, algorithm="sha256").hexdigest()


def client_address(request) -> str | None:
    """AXES_CLIENT_IP_CALLABLE: the address of the connection, that uvicorn takes from a trusted proxy's header."""
    return request.META.get("REMOTE_ADDR") or None


def seconds_left(request, name: str) -> int:
    """How long this name has to wait, 0 if it may try now. Tries of one name wait for each other until they commit."""
    credentials = {"username": name}
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtext('throttle'), hashtext(%s))", [hashed_name(request, credentials)]
        )
    if AxesProxyHandler.is_allowed(request, credentials):
        return 0
    book = AxesProxyHandler.get_implementation()
    last = max(
        filter(
            None,
            (
                tries.aggregate(Max("attempt_time"))["attempt_time__max"]
                for tries in book.get_user_attempts(request, credentials)
            ),
        )
    )
    return max(1, math.ceil((last + get_cool_off(request) - request.axes_attempt_time).total_seconds()))


def failed(request, name: str) -> None:
    """Count a wrong try. (django.contrib.auth.authenticate does so by itself.)"""
    user_login_failed.send(sender=__name__, credentials={"username": name}, request=request)


def passed(request, name: str) -> None:
    """Forget the wrong tries of this name from this address."""
    AxesProxyHandler.update_request(request)
    AxesProxyHandler.get_implementation().reset_user_attempts(request, {"username": name})


def forget(name: str) -> None:
    """Forget the wrong tries of this name from everywhere: its secret is another one now."""
    AccessAttempt.objects.filter(username=hashed_name(None, {"username": name})).delete()


def sentence(seconds: int) -> str:
    """What to tell the person."""
    minutes = math.ceil(seconds / 60)
    return (
        ngettext(
            "Too many wrong tries. Wait %d minute, then try again.",
            "Too many wrong tries. Wait %d minutes, then try again.",
            minutes,
        )
        % minutes
    )


def too_many(request, seconds: int):
    """The answer 429 with a sentence and Retry-After."""
    from apps.core.middleware import refusal  # here: middleware loads models

    response = refusal(request, sentence(seconds), 429)
    response["Retry-After"] = str(seconds)
    return response
