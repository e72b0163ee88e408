"""Webhooks on pages, for admins: the list, one of them, and what was sent."""

import json
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.list_files import as_moment, list_file
from apps.core.paging import newest_first
from apps.core.roles import Role, roles_allowed
from apps.core.webhooks import kinds, services
from apps.core.webhooks.forms import DeliveryFilterForm, WebhookForm
from apps.core.webhooks.models import DeliveryStatus, Webhook, WebhookDelivery

PAGE = 50


def _webhook(request, pk):
    return get_object_or_404(Webhook.objects.for_tenant(request.tenant), pk=pk)


@require_GET
@roles_allowed(Role.ADMIN)
def webhooks(request):
    rows = _with_counts(request.tenant, Webhook.objects.for_tenant(request.tenant))
    return render(request, "core/webhooks/list.html", {"rows": rows, "most": services.MOST})


def _with_counts(tenant, webhooks) -> list[tuple]:
    """(webhook, deliveries that wait, that failed) of each."""
    of_tenant = WebhookDelivery.objects.for_tenant(tenant).order_by().values_list("webhook")
    # each by the index of its status: what was delivered is not counted
    waiting = dict(of_tenant.filter(status=DeliveryStatus.WAITING).annotate(Count("id")))
    failed = dict(of_tenant.filter(status=DeliveryStatus.FAILED).annotate(Count("id")))
    return [(row, waiting.get(row.pk, 0), failed.get(row.pk, 0)) for row in webhooks]


@require_GET
@roles_allowed(Role.ADMIN)
def webhooks_file(request, kind):
    tenant, columns = (
        request.tenant,
        ["name", "leads_to", "format", "events", "is_active", "off_reason", "waiting", "failed"],
    )

    def cells(webhooks):
        return [
            [
                row.name,
                row.short_address,
                row.format,
                ", ".join(row.kinds),
                row.is_active,
                row.off_reason,
                waiting,
                failed,
            ]
            for row, waiting, failed in _with_counts(tenant, webhooks)
        ]

    rows = Webhook.objects.for_tenant(tenant)
    return list_file(request, kind, name="webhooks", rows=rows, columns=columns, cells=cells)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@never_cache  # the secret is not kept by request keys either
@roles_allowed(Role.ADMIN)
def webhook_new(request):
    form = WebhookForm(request.POST or None, tenant=request.tenant, instance=Webhook(tenant=request.tenant))
    if request.method == "POST" and form.is_valid():
        webhook = services.save_webhook(form.instance, address=form.cleaned_data["new_address"])
        return _secret_shown(request, webhook)
    context = {"form": form, "title": _("New webhook"), "button": _("Register")}
    return render(request, "core/webhooks/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
@roles_allowed(Role.ADMIN)
def webhook_change(request, pk):
    webhook = _webhook(request, pk)
    title = webhook.name
    form = WebhookForm(request.POST or None, tenant=request.tenant, instance=webhook)
    if request.method == "POST" and form.is_valid():
        services.save_webhook(form.instance, address=form.cleaned_data["new_address"])
        messages.success(request, _("%s is changed.") % webhook)
        return redirect("core:webhook_change", pk)
    has_failed = webhook.deliveries.filter(status=DeliveryStatus.FAILED).exists()
    context = {"form": form, "title": title, "button": _("Save"), "webhook": webhook, "has_failed": has_failed}
    return render(request, "core/webhooks/form.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
@roles_allowed(Role.ADMIN)
def webhook_secret(request, pk):
    """A new secret, shown once."""
    return _secret_shown(request, services.renew_secret(_webhook(request, pk)))


def _secret_shown(request, webhook):
    return render(request, "core/webhooks/secret.html", {"webhook": webhook})


@require_POST
@roles_allowed(Role.ADMIN)
def webhook_test(request, pk):
    delivery = services.send_test(_webhook(request, pk), by=request.user)
    return redirect("core:delivery_detail", delivery.pk)


@require_POST
@roles_allowed(Role.ADMIN)
def webhook_switch(request, pk):
    on = request.POST.get("on") == "1"
    webhook = services.switch_webhook(_webhook(request, pk), on=on)
    messages.success(request, (_("%s is switched on.") if on else _("%s is switched off.")) % webhook)
    return redirect("core:webhook_change", pk)


@require_POST
@roles_allowed(Role.ADMIN)
def webhook_delete(request, pk):
    webhook = _webhook(request, pk)
    services.delete_webhook(webhook)
    messages.success(request, _("%s is deleted.") % webhook)
    return redirect("core:webhooks")


@require_POST
@roles_allowed(Role.ADMIN)
def webhook_again(request, pk):
    """Send again all that failed."""
    count = services.send_failed_again(_webhook(request, pk))
    done = ngettext("%d delivery is sent again.", "%d deliveries are sent again.", count) % count
    messages.success(request, done)
    return redirect(f"{reverse('core:deliveries')}?webhook={pk}")


@require_GET
@roles_allowed(Role.ADMIN)
def deliveries(request):
    form, look, rows = _deliveries(request)
    after = request.GET.get("after", "")
    page = newest_first(rows, moment="created_at", tie="id", after=after, size=PAGE)
    asked = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context = {
        "rows": [(row, kinds.label_of(row.kind)) for row in page.rows],
        "look": look,
        "asked": asked,
        "webhooks": form.fields["webhook"].queryset,
        "statuses": DeliveryStatus.choices,
        "kinds": form.fields["kind"].choices[1:],
        "query": urlencode(asked),
        "next_query": urlencode(asked | {"after": page.next}) if page.next else "",
        "is_first": not after,
    }
    return render(request, "core/webhooks/deliveries.html", context)


@require_GET
@roles_allowed(Role.ADMIN)
def deliveries_file(request, kind):
    columns = ["created_at", "webhook", "kind", "status", "attempts", "response_code", "problem", "sent_at"]

    def cells(rows):
        return [
            [
                as_moment(row.created_at),
                str(row.webhook),
                row.kind,
                row.status,
                row.attempts,
                row.response_code,
                row.problem,
            ]
            + [as_moment(row.sent_at)]
            for row in rows
        ]

    form, _look, rows = _deliveries(request)
    rows, filters = rows.order_by("-created_at", "-id"), tuple(form.fields)
    return list_file(request, kind, name="deliveries", rows=rows, columns=columns, cells=cells, filters=filters)


def _deliveries(request):
    """The filters' form, what they say, and the deliveries they find."""
    form = DeliveryFilterForm(request.GET, tenant=request.tenant)
    form.is_valid()
    look = {name: value for name, value in form.cleaned_data.items() if value}
    rows = WebhookDelivery.objects.for_tenant(request.tenant).select_related("webhook").defer("event", "response_start")
    return form, look, rows.none() if form.errors else rows.filter(**look)


@require_GET
@roles_allowed(Role.ADMIN)
def delivery_detail(request, pk):
    rows = WebhookDelivery.objects.for_tenant(request.tenant).select_related("webhook")
    delivery = get_object_or_404(rows, pk=pk)
    context = {
        "delivery": delivery,
        "kind": kinds.label_of(delivery.kind),
        "event": json.dumps(delivery.event, ensure_ascii=False, indent=2),
    }
    return render(request, "core/webhooks/delivery.html", context)


@require_POST
@roles_allowed(Role.ADMIN)
def delivery_again(request, pk):
    rows = WebhookDelivery.objects.for_tenant(request.tenant).select_related("webhook")
    services.send_again(get_object_or_404(rows, pk=pk))
    messages.success(request, _("It is sent again."))
    return redirect("core:delivery_detail", pk)
