"""What a scanned gate pass shows to anybody: valid or not, number, items, until when; nothing else."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.logistics.public import shown_pass


@require_GET
@never_cache  # it may be revoked any minute
@login_not_required
def public_pass(request, token):
    """The pass of that token."""
    found = shown_pass(request.tenant, token) if request.tenant else None
    if found is None:
        raise Http404
    return render(request, "logistics/public_pass.html", {"found": found})
