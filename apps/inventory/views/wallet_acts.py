"""What is done with what people carry: ask for more, return, hand over, write off."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.core.doing import done
from apps.core.errors import BrokenRule
from apps.core.request_keys import key_of
from apps.core.roles import EVERYONE, MANAGERS, SUPERVISORS, Role, roles_allowed
from apps.inventory import services
from apps.inventory.models import Handover, HandoverStatus
from apps.inventory.views.wallets import part_or_404, part_page, person_or_404, wallet_context
from apps.inventory.wallet_forms import AnswerForm, AskForm, HandOverForm, ReturnForm, WriteOffAllForm, WriteOffForm

TECHNICIANS = (Role.TECHNICIAN, *SUPERVISORS)


def _act(request, pk, part, form, act, said):
    """Do what a form says with a part of a wallet, and tell it; else show the form again. act: told person, part and form."""
    person, part = person_or_404(request, pk), part_or_404(request, part)
    form = form(request.POST, part=part, person=person)
    found = done(form, lambda form: act(person, part, **form.cleaned_data))
    if found is None:
        return part_page(request, person, part, refused=form)
    messages.success(request, said(part, form.cleaned_data, found))
    return redirect("inventory:wallet_part", pk=person.pk, part=part.pk)


@require_POST
@roles_allowed(*TECHNICIANS)
def wallet_part_ask(request, pk, part):
    """Ask the store for more: who runs it is told, with the page where it is issued."""

    def act(person, part, quantity, note):
        return services.ask_store(part, quantity, user=person, note=note, by=request.user, key=key_of(request))

    def said(part, told, count):
        words = {"amount": part.amount(told["quantity"]), "part": part, "count": count}
        return ngettext(
            "The store is asked for %(amount)s of %(part)s: %(count)d person is told.",
            "The store is asked for %(amount)s of %(part)s: %(count)d people are told.",
            count,
        ) % words  # fmt: skip

    return _act(request, pk, part, AskForm, act, said)


@require_POST
@roles_allowed(*TECHNICIANS)
def wallet_part_return(request, pk, part):
    """Bring some of it back to a store."""

    def act(person, part, quantity, warehouse, bin):
        told = {"warehouse": warehouse, "bin": bin, "by": request.user, "key": key_of(request)}
        return services.return_from_wallet(part, quantity, user=person, **told)

    def said(part, told, move):
        words = {"amount": part.amount(told["quantity"]), "part": part, "place": told["warehouse"]}
        return _("%(amount)s of %(part)s are back in %(place)s.") % words

    return _act(request, pk, part, ReturnForm, act, said)


@require_POST
@roles_allowed(*TECHNICIANS)
def wallet_part_hand_over(request, pk, part):
    """Offer some of it to somebody, who confirms."""

    def act(person, part, quantity, receiver, note):
        told = {"receiver": receiver, "note": note, "by": request.user, "key": key_of(request)}
        return services.hand_over(part, quantity, giver=person, **told)

    def said(part, told, handover):
        words = {"amount": part.amount(told["quantity"]), "part": part, "who": told["receiver"]}
        return _("%(who)s is asked to confirm %(amount)s of %(part)s; until then they are still here.") % words

    return _act(request, pk, part, HandOverForm, act, said)


@require_POST
@roles_allowed(*MANAGERS)
def wallet_part_write_off(request, pk, part):
    """Some of it is lost or worn out."""

    def act(person, part, quantity, reason):
        return services.write_off(part, quantity, user=person, reason=reason, by=request.user, key=key_of(request))

    def said(part, told, move):
        return _("%(amount)s of %(part)s are written off.") % {"amount": part.amount(told["quantity"]), "part": part}

    return _act(request, pk, part, WriteOffForm, act, said)


@require_POST
@roles_allowed(*MANAGERS)
def wallet_write_off(request, pk):
    """All that somebody carries: who left and took it along."""
    person, form = person_or_404(request, pk), WriteOffAllForm(request.POST)
    moves = done(
        form, lambda form: services.write_off_wallet(person, reason=form.cleaned_data["reason"], by=request.user)
    )
    if moves is None:
        return render(
            request, "inventory/wallet.html", wallet_context(request, person) | {"write_off": form}, status=422
        )
    words = {"count": len(moves), "who": person}
    messages.success(
        request,
        ngettext(
            "%(count)d part of the wallet of %(who)s is written off.",
            "%(count)d parts of the wallet of %(who)s are written off.",
            len(moves),
        )
        % words,
    )
    return redirect("inventory:wallet", pk=person.pk)


@require_POST
@roles_allowed(*EVERYONE)
def handover_end(request, pk):
    """The receiver confirms or refuses; the giver, or a supervisor, takes it back. Leads to the wallet it is looked at in."""
    handover = get_object_or_404(Handover.objects.for_tenant(request.tenant).select_related("from_user"), pk=pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise BrokenRule(_("Say whether you have it, or take it back."))
    answer = form.cleaned_data["answer"]
    if answer == "withdraw":
        person_or_404(request, handover.from_user_id)
    end = {
        "confirm": services.confirm_handover,
        "refuse": services.refuse_handover,
        "withdraw": services.withdraw_handover,
    }[answer]
    handover = end(handover, by=request.user)
    said = {
        HandoverStatus.CONFIRMED: _("%(amount)s of %(part)s are in your wallet now."),
        HandoverStatus.REFUSED: _("%(amount)s of %(part)s stay with %(giver)s."),
        HandoverStatus.WITHDRAWN: _("%(amount)s of %(part)s stay with %(giver)s."),
    }[handover.status]
    words = {"amount": handover.part.amount(handover.quantity), "part": handover.part, "giver": handover.from_user}
    messages.success(request, said % words)
    return redirect("inventory:wallet", pk=handover.from_user_id if answer == "withdraw" else request.user.pk)
