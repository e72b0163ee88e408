"""What is done to a movement: each act has a page of its own, a form, and the service that does it."""

from functools import wraps

from django.contrib import messages
from django.db import transaction
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import BrokenRule, Conflict, NotAllowed
from apps.core.http import lasting_address, own_address
from apps.core.middleware import whole_page
from apps.core.roles import SUPERVISORS, roles_allowed
from apps.core.uploads import store_upload
from apps.logistics import movement_forms as forms
from apps.logistics import services
from apps.logistics.models import GatePass
from apps.logistics.views.movements import movement_or_404

addresses: list = []


def act(slug, form, *, title, button=None, said, danger=False, goes_back=False):
    """Make a view of a function that does something to a movement, by a valid form.

    slug: the end of its address. It returns what `said` is filled with, or a response of its own. goes_back: to the page
    that the person came from, not to the movement's.
    """

    def decorate(function):
        @require_http_methods(["GET", "POST"])
        @roles_allowed(*SUPERVISORS)
        @wraps(function)
        def view(request, pk):
            row = movement_or_404(request, pk)
            sent = (request.POST, request.FILES) if request.method == "POST" else ()
            back = reverse("logistics:movement_detail", args=[row.pk])
            if goes_back:
                came = own_address(request, request.POST.get("next") or request.headers.get("Referer", ""))
                back = back if came in ("", "/") else came  # browsers make "/" of an address that is very long
            typed = form(*sent, row=row, initial={"next": back})
            if typed.is_bound and typed.is_valid():
                try:
                    with transaction.atomic():
                        words = function(request, row, typed.cleaned_data)
                except (Conflict, NotAllowed):
                    raise
                except BrokenRule as refused:
                    typed.add_error(None, str(refused))
                else:
                    messages.success(request, str(said) % (words or {"row": row}))
                    return whole_page(request, back)
            context = {
                "heading": row, "form": typed, "title": title, "button": button or title, "is_danger": danger,
                "most": forms.MOST_PHOTOS, "back": back,
            }  # fmt: skip
            return render(request, "logistics/act.html", context, status=422 if typed.errors else 200)

        addresses.append(path(f"movements/<uuid:pk>/{slug}/", view, name=function.__name__))
        return view

    return decorate


def kept_photos(request, row, said) -> dict:
    """{key of the movement: what was photographed}, as the services take it."""
    return {row.pk: [store_upload(file, tenant=request.tenant, by=request.user) for file in said["photos"]]}


def seen_of(row, said) -> dict:
    return {row.pk: said["seen"]}


@act("dispatch", forms.DispatchForm, title=_("Dispatch"), said=_("%(row)s: dispatched."))
def movement_dispatch(request, row, said):
    services.dispatch_movements(
        [row], by=request.user, gate_pass_ref=said.get("gate_pass_ref", ""), condition=said["condition"],
        photos=kept_photos(request, row, said), at=said["occurred_at"], take_off=said["take_off"],
        seen=seen_of(row, said),
    )  # fmt: skip


@act("receive", forms.ReceiveForm, title=_("Receive"), said=_("%(row)s: received."))
def movement_receive(request, row, said):
    services.receive_movements(
        [row], by=request.user, location=said["location"], condition=said["condition"],
        photos=kept_photos(request, row, said), at=said["occurred_at"], seen=seen_of(row, said),
    )  # fmt: skip


@act("sign", forms.SignForm, title=_("Receive with a signature"), button=_("Receive"), said=_("%(row)s: received."))
def movement_sign(request, row, said):
    services.sign_over(
        row, by=request.user, signer_name=said["signer_name"],
        signature=store_upload(said["signature"], tenant=request.tenant, by=request.user), location=said["location"],
        condition=said["condition"], photos=kept_photos(request, row, said), at=said["occurred_at"],
    )  # fmt: skip


@act(
    "condition",
    forms.ConditionForm,
    title=_("Note its condition"),
    button=_("Save"),
    said=_("%(row)s: noted."),
    goes_back=True,
)
def movement_condition(request, row, said):
    photos = kept_photos(request, row, said)[row.pk]
    services.note_condition(row, by=request.user, condition=said["condition"], photos=photos, seen=said["seen"])


@act("cancel", forms.GiveUpForm, title=_("Cancel the movement"), said=_("%(row)s: cancelled."), danger=True)
def movement_cancel(request, row, said):
    services.cancel_movements([row], by=request.user, reason=said["reason"], seen=seen_of(row, said))


@act("lose", forms.ReasonForm, title=_("Report it lost"), said=_("%(row)s: reported lost."), danger=True)
def movement_lose(request, row, said):
    services.lose_movements([row], by=request.user, reason=said["reason"], seen=seen_of(row, said))


@act("change", forms.ChangeForm, title=_("Change the movement"), button=_("Save"), said=_("%(row)s: saved."))
def movement_change(request, row, said):
    fields = {name: value for name, value in said.items() if name not in ("seen", "photos")}
    services.change_movement(row, by=request.user, seen=said["seen"], **fields)


@act(
    "return",
    forms.ReturnForm,
    title=_("Bring it back"),
    button=_("Prepare"),
    said=_("%(row)s: the way back is prepared."),
)
def movement_return(request, row, said):
    (back,) = services.return_movements([row], by=request.user, to_location=said["to_location"], notes=said["notes"])
    return {"row": back}


@act("pass", forms.PassForm, title=_("Gate pass"), button=_("Issue"), said=_("The gate pass %(pass)s is issued."))
def movement_pass(request, row, said):
    issued = services.issue_gate_pass(
        [row], by=request.user, address=lambda path: lasting_address(request, path), number=said.get("number", ""),
        bearer=said["bearer"], vehicle=said["vehicle"], valid_until=said["valid_until"],
    )  # fmt: skip
    return {"pass": issued}


@act(
    "revoke",
    forms.ReasonForm,
    title=_("Revoke the gate pass"),
    said=_("%(row)s: its gate pass is revoked."),
    danger=True,
)
def movement_revoke(request, row, said):
    gate_pass = GatePass.objects.for_tenant(request.tenant).filter(number=row.gate_pass_ref).first()
    if gate_pass is None or not row.gate_pass_ref:
        raise BrokenRule(_("No gate pass of ours was issued for it."))
    services.revoke_gate_pass(gate_pass, by=request.user, reason=said["reason"])
