"""Two people at a handover: the giver shows a code, the taker scans it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.doing import done, posted
from apps.core.label_sheets import qr_svg
from apps.core.roles import SUPERVISORS, roles_allowed
from apps.logistics import services
from apps.logistics.handover_forms import TakeForm
from apps.logistics.views.movements import movement_or_404
from apps.logistics.views.shipments import shipment_or_404


@require_POST
@never_cache  # the code is not kept by request keys either
@roles_allowed(*SUPERVISORS)
def movement_hand_over(request, pk):
    """Make a code for what is on its way, and show it once."""
    return _code(request, movement_or_404(request, pk), "logistics:movement_detail")


@require_POST
@never_cache
@roles_allowed(*SUPERVISORS)
def shipment_hand_over(request, pk):
    """The same for all of a shipment that is on its way."""
    return _code(request, shipment_or_404(request, pk), "logistics:shipment_detail")


def _code(request, given, back):
    handover, text = services.offer_handover(given, by=request.user)
    context = {"given": given, "handover": handover, "text": text, "qr": qr_svg(text), "back": back}
    return render(request, "logistics/handover_code.html", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def take_over(request):
    """Scan the code that somebody shows: what it hands over is received."""
    form = TakeForm(posted(request))
    if form.is_bound:
        receipt = done(
            form, lambda form: services.take_over(request.tenant, form.cleaned_data["code"], by=request.user, condition=form.cleaned_data["condition"])
        )  # fmt: skip
        if receipt:
            messages.success(request, receipt.words)
            row = receipt.received[0] if receipt.received else None
            if row is None:
                return redirect("logistics:movements")
            if row.shipment_id:
                return redirect("logistics:shipment_detail", pk=row.shipment_id)
            return redirect("logistics:movement_detail", pk=row.pk)
    return render(request, "logistics/take_over.html", {"form": form}, status=422 if form.errors else 200)
