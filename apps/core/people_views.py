"""People and their PINs, for supervisors and for oneself; and what leavers still hold."""

from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import pins as pin_rules
from apps.core import services, terminals, throttle
from apps.core.forms import OwnPinForm
from apps.core.hooks import held_by
from apps.core.list_files import list_file
from apps.core.models import User
from apps.core.roles import EVERYONE, SUPERVISORS, roles_allowed
from apps.core.terminals import on_terminal

SHOWN = 100


@require_GET
@roles_allowed(*SUPERVISORS)
def pins(request):
    """Who has a PIN, and a new one for whom it was forgotten."""
    words, people = _people(request)
    found = list(people[: SHOWN + 1])
    rows = [(person, pin_rules.may_give(request.user, person)) for person in found[:SHOWN]]
    query = urlencode({"q": words}) if words else ""
    context = {"rows": rows, "words": words, "query": query, "are_more": len(found) > SHOWN}
    return render(request, "core/pins.html", context)


@require_GET
@roles_allowed(*SUPERVISORS)
def pins_file(request, kind):
    columns = ["name", "staff_number", "role", "has_pin"]

    def cells(people):
        return [[str(one), one.staff_number or "", one.get_role_display(), bool(one.pin_hash)] for one in people]

    return list_file(request, kind, name="pins", rows=_people(request)[1], columns=columns, cells=cells, filters=("q",))


def _people(request):
    """(the words that are looked for, the active people who are found)."""
    people = User.objects.for_tenant(request.tenant).filter(is_active=True).order_by("display_name", "pk")
    return pin_rules.found_by(people, request)


@require_POST
@never_cache  # the new PIN is not kept by request keys either
@roles_allowed(*SUPERVISORS)
def person_pin(request, pk):
    """Give a person a new PIN, and show it once."""
    person = get_object_or_404(User.objects.for_tenant(request.tenant), pk=pk)
    if not pin_rules.may_give(request.user, person):
        raise PermissionDenied
    pin = pin_rules.give_pin(person, by=request.user)
    return render(request, "core/pin_given.html", {"person": person, "pin": pin})


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@never_cache
@on_terminal
@roles_allowed(*EVERYONE)
def own_pin(request):
    """A person's own PIN. At a terminal the former one is asked for, elsewhere a password typed a moment ago."""
    if request.user.is_superuser:
        raise PermissionDenied  # platform people belong to no plant, and to none of its terminals
    return _own_pin(request)


@reauthentication_required(enabled=lambda request: not request.at_terminal)
def _own_pin(request):
    form = OwnPinForm(request.POST or None, person=request.user, asks_old=request.at_terminal)
    book_name = pin_rules.book_name(request.user.pk)
    if request.method == "POST" and request.at_terminal and (seconds := throttle.seconds_left(request, book_name)):
        return throttle.too_many(request, seconds)
    if request.method == "POST" and form.is_valid():
        person = pin_rules.set_pin(request.user, form.cleaned_data["new_pin"], by=request.user)
        messages.success(request, _("Your PIN is changed."))
        if request.at_terminal:
            terminals.bind(request, person)
        return redirect("core:home" if request.at_terminal else "core:my_settings")
    response = render(request, "core/own_pin.html", {"form": form}, status=422 if form.errors else 200)
    if form.is_wrong:
        services.wrong_secret(request, response, request.user, name=book_name, by="pin")
    return response


@require_GET
@roles_allowed(*SUPERVISORS)
def leavers(request):
    """People who were switched off and still hold something: to be returned, handed over or ended."""
    people = _leavers(request)
    held = held_by(request.tenant, people)
    rows = [(person, held[person.pk]) for person in people.filter(pk__in=held)]
    return render(request, "core/leavers.html", {"rows": rows})


@require_GET
@roles_allowed(*SUPERVISORS)
def leavers_file(request, kind):
    """A line for each thing that is held."""
    tenant, people = request.tenant, _leavers(request)

    def cells(found):
        held = held_by(tenant, people.filter(pk__in=[person.pk for person in found]))
        return [[str(person), str(thing.what), thing.url] for person in found for thing in held.get(person.pk, ())]

    columns = ["name", "holds", "address"]
    return list_file(
        request, kind, name="leavers", rows=people.order_by("display_name", "pk"), columns=columns, cells=cells
    )


def _leavers(request):
    return User.objects.for_tenant(request.tenant).filter(is_active=False)
