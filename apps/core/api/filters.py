"""Filters, search and order of a list. What is not known is refused: a filter that is passed over lies about its answer."""

import re

import django_filters
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.filters import OrderingFilter, SearchFilter

from apps.core.api.errors import Refused

Filters = django_filters.FilterSet


class ByKey(django_filters.ModelChoiceFilter):
    """Rows that refer to one of the own tenant's, by the key that people know it by."""

    def __init__(self, model, key="code", **kwargs):
        def rows(request):  # the API's description is made for nobody's tenant
            return model.objects.for_tenant(request.tenant) if request else model.objects.none()

        super().__init__(queryset=rows, to_field_name=key, **kwargs)


@extend_schema_field(OpenApiTypes.BOOL)
class Flag(django_filters.TypedChoiceFilter):
    def __init__(self, **kwargs):
        super().__init__(choices=[("true", "true"), ("false", "false")], coerce=lambda text: text == "true", **kwargs)


class MomentField(IsoDateTimeField):
    default_error_messages = {"invalid": _lazy("A moment reads like 2026-03-01T06:00:00+01:00, with its offset.")}

    def to_python(self, value):
        """A plus that was not written as %2B has come as a space: our own answers have one."""
        return super().to_python(re.sub(r" (?=\d\d:?\d\d$)", "+", value) if isinstance(value, str) else value)


class Moment(django_filters.IsoDateTimeFilter):
    """A bound of moments, ISO 8601."""

    field_class = MomentField


class Day(django_filters.DateFilter):
    def __init__(self, **kwargs):
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)


class ByFields(DjangoFilterBackend):
    """The view's filters; their form is made only where one of them is asked for."""

    def filter_queryset(self, request, queryset, view):
        known = view.filterset_class.base_filters if getattr(view, "filterset_class", None) else {}
        return super().filter_queryset(request, queryset, view) if known.keys() & request.query_params else queryset


class Search(SearchFilter):
    """`?search=`: each word is to be found in one of the view's `search_fields`."""

    search_description = "Words that are all to be found."

    def get_schema_operation_parameters(self, view):
        return super().get_schema_operation_parameters(view) if getattr(view, "search_fields", None) else []


class Ordering(OrderingFilter):
    """`?ordering=`: one of the view's `ordering_fields`, with a minus falling."""

    ordering_description = "What the list is ordered by; with a minus, falling."

    def remove_invalid_fields(self, queryset, fields, view, request):
        known = getattr(view, "ordering_fields", ())
        if unknown := [name for name in fields if name.removeprefix("-") not in known]:
            words = {"unknown": unknown[0][:60], "known": ", ".join(known)}
            raise Refused(ordering=_("“%(unknown)s” orders nothing here; choose of %(known)s.") % words)
        return fields

    def get_schema_operation_parameters(self, view):
        if not (known := getattr(view, "ordering_fields", None)):
            return []
        (parameter,) = super().get_schema_operation_parameters(view)
        parameter["schema"] = {"type": "string", "enum": [sign + name for name in known for sign in ("", "-")]}
        return [parameter]


BACKENDS = [ByFields, Search, Ordering]


def refuse_unknown(view, request) -> None:
    """Refuse query parameters that this address does not know, that come twice, or that say nothing."""
    if view.action is None:  # not known by this verb, which is said then
        return
    known = set(getattr(getattr(view, view.action or "", None), "queries", ()))
    if view.action == "list" and view.pagination_class:
        known |= {"limit", "cursor"} | ({"search"} if getattr(view, "search_fields", None) else set())
        known |= {"ordering"} if getattr(view, "ordering_fields", None) else set()
        if filters := getattr(view, "filterset_class", None):
            known |= set(filters.base_filters)
    for name, values in request.query_params.lists():
        if name not in known:
            words = {"name": name[:60], "known": ", ".join(sorted(known)) or _("none")}
            raise Refused(**{name[:60]: _("There is no filter “%(name)s” here; there are: %(known)s.") % words})
        if len(values) > 1:
            raise Refused(**{name: _("This comes twice; send it once.")})
        if not values[0]:
            raise Refused(**{name: _("This is empty; give it a value, or leave it out.")})
