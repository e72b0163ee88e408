"""PINs: four digits that open a person's session at a paired terminal, and nothing anywhere else.

Four digits alone would be found from a stolen table in seconds: what is hashed is an HMAC of them under the
installation's secret key, which is not in the database. Guessing at a terminal is throttled (apps/core/throttle.py).
"""

import secrets
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.core import services, throttle
from apps.core.errors import BrokenRule
from apps.core.models import User
from apps.core.roles import Role

DIGITS = 4


def is_easy(pin: str) -> bool:
    """Whether a PIN is among the first that anybody tries: fewer than three different digits, or a straight run."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return len(set(pin)) < 3 or steps in ({1}, {9})


def hashed(person_id, pin: str) -> str:
    """A person's PIN as it is stored."""
    return make_password(_peppered(person_id, pin))


def _peppered(person_id, pin):
    return salted_hmac("apps.core.pins", f"{person_id}:{pin}", algorithm="sha256").hexdigest()


def is_right(person: User | None, pin: str) -> bool:
    """Whether it is the PIN of a person who has one. Takes as long for nobody."""
    if person is None:
        hashed("", pin)
        return False
    return check_password(_peppered(person.pk, pin), person.pin_hash)


def holders(tenant):
    """Those who can come in by PIN: active people of the tenant that have one."""
    return User.objects.for_tenant(tenant).filter(is_active=True).exclude(pin_hash="")


def found_by(people, request):
    """(what the address asks for, the people whose name has it, or whose staff number it is)."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:120]
    return words, people.filter(Q(display_name__icontains=words) | Q(staff_number=words)) if words else people


def may_give(by, person) -> bool:
    """A PIN is given to oneself, and to those of lower rank."""
    return by.pk == person.pk or (by.is_at_least(Role.SUPERVISOR) and not person.is_at_least(Role(by.role)))


def book_name(person_id) -> str:
    """The name under which wrong PINs of a person are counted."""
    return f"pin:{person_id}"


def device_name(device_id) -> str:
    """The name under which wrong PINs of everybody at one terminal are counted: nobody tries a few of each name."""
    return f"{throttle.OF_MANY}{device_id}"


def refused(person, pin: str) -> str:
    """Why a person may not have this PIN, in words; empty where nothing speaks against it."""
    return _("This PIN is easily guessed; choose another.") if is_easy(pin) or pin == person.staff_number else ""


@transaction.atomic
def set_pin(person, pin, *, by) -> User:
    """Store a person's new PIN; sessions that the former one opened end. Returns the person.

    Raises BrokenRule for a PIN that anybody would guess, and for whom cannot sign in.
    """
    person = User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    if not person.is_active:
        raise BrokenRule(_("%s is not active; activate the person first.") % person)
    if sentence := refused(person, pin):
        raise BrokenRule(sentence)
    person.pin_hash = hashed(person.pk, pin)
    person.save()
    throttle.forget(book_name(person.pk))
    services.tell_streams(person)
    return person


def give_pin(person, *, by) -> str:
    """Give a person a new PIN by chance. Returns it, to be told: it stands nowhere else."""
    while refused(person, pin := f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"):
        pass
    set_pin(person, pin, by=by)
    return pin
