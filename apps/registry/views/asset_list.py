"""The tree of places and assets, opened branch by branch, and the list that filters and searches find."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as EXPORT_PAGE
from apps.core.paging import in_order
from apps.core.roles import EVERYONE, Role, roles_allowed
from apps.registry import queries
from apps.registry.forms import AssetFilterForm
from apps.registry.models import AssetStatus, Criticality, Location
from apps.registry.sheets import AssetSheet
from apps.registry.views.assets import asset_or_404, manages

PAGE = 50


@require_GET
@roles_allowed(*EVERYONE)
def assets(request):
    """The tree; or, where the address asks for something, the list of what it finds."""
    form, look = _look(request)
    is_filtered = any(look.values())
    own = [] if "all" in request.GET or look.get("location") else queries.own_places(request.user, request.tenant)
    context = {
        "look": look,
        "place_field": form["location"],
        "is_filtered": is_filtered,
        "is_list": is_filtered or request.GET.get("view") == "list",
        "own": own,
        "categories": queries.categories(request.tenant),
        "statuses": AssetStatus.choices,
        "criticalities": Criticality.choices,
        "manages": manages(request),
        "supervises": request.user.is_at_least(Role.SUPERVISOR),
        "labels_of": _labels_of(look),
    }
    if context["is_list"]:
        found = queries.filtered(queries.narrowed(queries.listed(request.tenant), own), look, tenant=request.tenant)
        page = in_order(found, field="name", after=request.GET.get("after", ""), size=PAGE)
        context |= {"rows": page.rows, "next": page.next, "is_first": not request.GET.get("after")}
    else:
        top = queries.with_below(Location.objects.for_tenant(request.tenant).filter(pk__in=[p.pk for p in own]))
        context["branch"] = queries.top_branch(top.order_by("name", "pk") if own else queries.sites(request.tenant))
    return render(request, "registry/asset_list.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def assets_file(request, kind):
    """All that the filters find, by name, with the columns that an import takes, and a few more."""
    _form, look = _look(request)
    sheet = AssetSheet(request.tenant)
    found = queries.filtered(sheet.rows(), look, tenant=request.tenant)

    def page(after):
        rows = in_order(found, field="name", after=after, size=EXPORT_PAGE)
        return sheet.cells(rows.rows), rows.next

    asked = {name: str(getattr(value, "pk", value)) for name, value in look.items() if value}
    return EXPORTS[kind](
        request, name="assets", table="assets", asked=asked, found=found, columns=sheet.headings(), page=page
    )


def _labels_of(look) -> str:
    """As the page of labels is asked for the same assets, as far as it knows these filters."""
    asked = {"place": look.get("location") and look["location"].pk, "category": look.get("category")}
    return urlencode({name: value for name, value in asked.items() if value})


def _look(request):
    form = AssetFilterForm(request.GET, tenant=request.tenant)
    form.is_valid()  # what cannot be read filters nothing
    return form, form.cleaned_data


@require_GET
@roles_allowed(*EVERYONE)
def location_branch(request, pk):
    """What is directly below a place, as a part of the tree."""
    place = get_object_or_404(Location.objects.for_tenant(request.tenant), pk=pk)
    branch = queries.below_place(place, after=request.GET.get("after", ""))
    return _branch(request, branch, reverse("registry:location_branch", args=[place.pk]))


@require_GET
@roles_allowed(*EVERYONE)
def asset_branch(request, pk):
    """The components directly in a unit, as a part of the tree."""
    asset = asset_or_404(request, pk)
    branch = queries.below_asset(asset, after=request.GET.get("after", ""))
    return _branch(request, branch, reverse("registry:asset_branch", args=[asset.pk]))


def _branch(request, branch, address):
    context = {"branch": branch, "address": address, "manages": manages(request)}
    return render(request, "registry/_branch.html", context)
