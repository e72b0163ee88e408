"""Places: the sites, one place's page, and what managers do to it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.roles import EVERYONE, MANAGERS, roles_allowed
from apps.registry import queries, services
from apps.registry.forms import LocationForm, NewLocationForm, PlaceForm
from apps.registry.models import Location
from apps.registry.place_field import suggested
from apps.registry.views.assets import manages, posted

OPTIONS = 20


def location_or_404(request, pk) -> Location:
    return get_object_or_404(Location.objects.for_tenant(request.tenant).select_related("parent"), pk=pk)


@require_GET
@roles_allowed(*EVERYONE)
def locations(request):
    """All places that stand by themselves, each to be opened."""
    context = {"branch": queries.top_branch(queries.sites(request.tenant)), "manages": manages(request)}
    return render(request, "registry/location_list.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def location_detail(request, pk):
    place = location_or_404(request, pk)
    context = {
        "place": place,
        "above": place.get_ancestors(),
        "branch": queries.below_place(place),
        "count": queries.count_at(place),
        "manages": manages(request),
    }
    return render(request, "registry/location_detail.html", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def location_new(request):
    """A new place; the address may say below which: `?parent=`."""
    form = NewLocationForm(
        posted(request), tenant=request.tenant, initial={"parent": request.GET.get("parent")},
        instance=Location(tenant=request.tenant),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        place = services.save_location(form.instance, parent=form.cleaned_data["parent"])
        messages.success(request, _("%s is there.") % place)
        return redirect("registry:location_detail", pk=place.pk)
    return _form_page(request, form, title=_("New place"), button=_("Create the place"))


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def location_change(request, pk):
    place = location_or_404(request, pk)
    title, form = _("Change %s") % place.name, LocationForm(posted(request), instance=place)
    if request.method == "POST" and form.is_valid():
        services.save_location(form.instance)
        messages.success(request, _("%s is changed.") % place)
        return redirect("registry:location_detail", pk=place.pk)
    return _form_page(request, form, title=title, button=_("Save"), place=place)


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def location_move(request, pk):
    place = location_or_404(request, pk)
    form = PlaceForm(posted(request), tenant=request.tenant, initial={"parent": place.parent_id})
    if request.method == "POST" and form.is_valid():
        services.move_location(place, parent=form.cleaned_data["parent"])
        messages.success(request, _("%s has moved, with all below it.") % place)
        return redirect("registry:location_detail", pk=place.pk)
    return _form_page(request, form, title=_("Move %s") % place, button=_("Move"), place=place)


def _form_page(request, form, *, title, button, place=None):
    context = {"form": form, "title": title, "button": button, "place": place}
    return render(request, "registry/location_form.html", context, status=422 if form.errors else 200)


@require_POST
@roles_allowed(*MANAGERS)
def location_delete(request, pk):
    place = location_or_404(request, pk)
    services.delete_location(place)
    messages.success(request, _("%s is deleted.") % place)
    return redirect("registry:locations")


@require_GET
@roles_allowed(*EVERYONE)
def location_options(request):
    """Suggestions for a place's name, as one types it into a field of any form."""
    text = next((request.GET[name] for name in ("q", "place", "location", "parent") if request.GET.get(name)), "")
    paths = suggested(request.tenant, text.replace("\x00", "")[:200], most=OPTIONS)
    return render(request, "registry/_place_options.html", {"paths": paths})
