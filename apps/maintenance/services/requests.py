"""What was reported: taken in, made an order, put to one, or refused; each exactly once.

Locks: the request, then what lock_order takes.
"""

from base64 import urlsafe_b64encode
from secrets import compare_digest

from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.core import tokens
from apps.core.errors import BrokenRule, Conflict
from apps.core.moments import entered, reasoned
from apps.core.numbers import next_numbers
from apps.core.roles import Role
from apps.core.uploads import attach, attachments_of, copy_uploads, store_upload
from apps.maintenance.models import (
    OrderStatus,
    Origin,
    Priority,
    RequestStatus,
    ServiceRequest,
    WorkOrder,
)
from apps.maintenance.services.orders import create_order, start_order
from apps.maintenance.services.steps import lock_order, refuse_over, save_order, stands
from apps.maintenance.telling import tell_answered
from apps.registry.models import AssetStatus


@transaction.atomic
def report(request, *, by, photos=(), at=None):
    """Store a new request; in agile mode a person's own is a ready order at once. Returns it.

    by: None where it came from the public page: that waits for triage, whatever the mode. photos: Attachments. at: when
    it was seen, at most seven days back; now, if None.
    """
    if not (request.asset_id or request.location_id or request.station_id):
        raise BrokenRule(_("Say what it is about: an asset, a place or a station."))
    if request.asset_id and request.asset.status == AssetStatus.RETIRED:
        raise BrokenRule(_("%s is retired; nothing is done on it any more.") % request.asset)
    request.description = request.description.strip()
    request.number = next_numbers(request.tenant, "SR")[0]
    request.created_at = entered(at) if at else request.created_at
    request.reported_by = by
    request.photo_url = reverse("core:file", args=[photos[0].pk]) if photos else ""
    request.full_clean(exclude=["tenant", "asset", "location", "station", "reported_by"], validate_constraints=False)
    request.save()
    attach(photos, request)
    if by is not None and request.tenant.rules.agile_mode:
        return convert(request, by=by)
    return request


@transaction.atomic
def report_publicly(request, *, photos=(), key="") -> tuple[ServiceRequest, str]:
    """Store what somebody without an account reports of an asset, for the triage; in no mode is it an order by itself.

    photos: files as they were sent. key: of the form; sent again with it, it is the same request. Returns it with the
    text of the private link by which its reporter follows it, of which a hash is stored.
    """
    secret = _secret(request, key)
    former = ServiceRequest.objects.for_tenant(request.tenant).filter(public_token_hash=tokens.hashed(secret)).first()
    if former:
        return former, tokens.text_of(former, secret)
    request.public_token_hash = tokens.hashed(secret)
    kept = [store_upload(photo, tenant=request.tenant, by=None) for photo in photos]
    request = report(request, by=None, photos=kept)
    return request, tokens.text_of(request, secret)


def _secret(request, key) -> str:
    """The secret of a private link: of a form's key, and of what only the server knows; without a key, chance."""
    if not key:
        return tokens.new_secret()[0]
    digest = salted_hmac("apps.maintenance.report", f"{request.asset_id}:{key}", algorithm="sha256").digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def of_link(text) -> ServiceRequest | None:
    """The request that a private link tells of, read in its tenant's context; None for a link that opens nothing."""
    token = tokens.read(text)
    if token is None:
        return None
    rows = ServiceRequest.objects.for_tenant(token.tenant).select_related("work_order")
    found = rows.filter(pk=token.row).exclude(public_token_hash="").first()
    is_right = found and compare_digest(found.public_token_hash, tokens.hashed(token.secret))
    return found if is_right else None


@transaction.atomic
def convert(request, *, by, priority=None, assigned_to=None, title="", at=None, seen=None):
    """Make an order of a request; its photos go along. A supervisor's is ready to be started. Returns the request.

    at: when that was said, at most seven days back; now, if None. So of the others that answer.
    """
    request = _lock_pending(request, seen=seen)
    order = _make_order(request, by=by, priority=priority, assigned_to=assigned_to, title=title)
    if order.status == OrderStatus.DRAFT and (by is None or by.is_at_least(Role.SUPERVISOR)):
        order.move_to(OrderStatus.READY)
        order.approved_by = by
        save_order(order)
    return _answer(request, order, by=by, at=at)


@transaction.atomic
def take(request, *, by, at=None, seen=None):
    """Begin at once on what nobody has looked at yet: only in an emergency, marked so, until a supervisor confirms it.

    Returns the request. Raises BrokenRule where nothing stands and nothing is critical.
    """
    request = _lock_pending(request, seen=seen)
    order = _make_order(request, by=by, assigned_to=by)
    _answer(request, order, by=by, at=at)
    if order.status == OrderStatus.DRAFT and not is_urgent(request):
        raise BrokenRule(_("%s waits for a supervisor; only an emergency is begun without one.") % request)
    request.work_order = start_order(order, by=by, at=at)
    return request


def is_urgent(request) -> bool:
    """Whether a technician may begin at once."""
    return request.urgency == Priority.CRITICAL or request.is_down or stands(request)


@transaction.atomic
def reject(request, *, by, reason, at=None, seen=None):
    """Say why nothing is done about it; who reported it is told. Returns the request."""
    request = _lock_pending(request, seen=seen)
    request.rejection_reason = reasoned(reason)
    request.move_to(RequestStatus.REJECTED)
    return _answered(request, by=by, at=at)


@transaction.atomic
def merge(request, order, *, by, at=None, seen=None):
    """It is what an open order is about already: its photos go along, who reported it follows that order."""
    request = _lock_pending(request, seen=seen)
    if order.tenant_id != request.tenant_id:
        raise BrokenRule(_("%s belongs to another tenant.") % order)
    order = lock_order(order)
    refuse_over(order)
    return _answer(request, order, by=by, at=at)


def _make_order(request, *, by, priority=None, assigned_to=None, title="") -> WorkOrder:
    first = request.description.splitlines()[0]
    return create_order(
        WorkOrder(
            tenant=request.tenant, asset=request.asset, location=request.location, station=request.station,
            title=(title.strip() or first)[:200], description=request.description, origin=Origin.DEFECT,
            priority=priority or request.urgency, assigned_to=assigned_to, service_request=request,
            down_from=request.created_at if request.is_down else None,
        ),
        by=by,
    )  # fmt: skip


def _answer(request, order, *, by, at) -> ServiceRequest:
    copy_uploads(attachments_of([request]).get(request.pk, []), order)
    request.work_order = order
    request.move_to(RequestStatus.CONVERTED)
    return _answered(request, by=by, at=at)


def _answered(request, *, by, at) -> ServiceRequest:
    request.triaged_by, request.triaged_at = by, max(entered(at), request.created_at)
    request.version += 1
    request.save()
    if request.reported_by_id:
        tell_answered(request, by=by)
    return request


def _lock_pending(request, *, seen) -> ServiceRequest:
    # (The order is read after the lock: joined, one that was made meanwhile would not be seen.)
    rows = ServiceRequest.objects.locked().select_related("asset", "location", "station", "tenant")
    request = rows.get(pk=request.pk)
    if seen not in (None, request.version):
        raise Conflict(_("%s has changed meanwhile; nothing was done. Look at it again.") % request, current=request)
    if request.status == RequestStatus.CONVERTED:
        raise BrokenRule(_("%(request)s is %(order)s already.") % {"request": request, "order": request.work_order})
    if request.status == RequestStatus.REJECTED:
        raise BrokenRule(_("%s was rejected already.") % request)
    return request
