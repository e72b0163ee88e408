"""A form's choice of a place: from the tree while that is short, in a big plant by name, with suggestions as one types."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.sheets.names import BETWEEN, as_key
from apps.registry.models import Location

FEW = 150  # places that are read as a list without a thought
DEEPEST = 20  # names of a path that are read
NBSP = "\u00a0"


class PlaceInput(forms.TextInput):
    """A name, or as much of the path as makes it clear: `Hall 3 > Bay 1`."""

    template_name = "registry/place_input.html"

    def get_context(self, name, value, attrs):
        fixed = {
            "list": f"places-{name}",
            "autocomplete": "off",
            "maxlength": "500",
            "placeholder": _("Name, or a part of it"),
        }
        attrs = fixed | (attrs or {})
        context = super().get_context(name, value, attrs)
        context["widget"]["options_url"] = reverse("registry:location_options")
        return context


class Places(forms.ModelChoiceField):
    """A Location of the tenant, or None. is_new: something is put there, so that places switched off are not offered."""

    def __init__(self, *, tenant, is_new=False, **kwargs):
        rows = Location.objects.for_tenant(tenant).order_by("tree_id", "lft")
        if is_new:
            rows = rows.filter(is_active=True)
        kwargs = {"label": _("Place"), "empty_label": "–"} | kwargs
        found = list(rows.values_list("pk", "level", "name")[: FEW + 1])  # the choices, and whether there are too many
        if len(found) > FEW:
            kwargs["widget"] = PlaceInput
        super().__init__(rows, **kwargs)
        if len(found) <= FEW:
            empty = [] if self.empty_label is None else [("", self.empty_label)]
            self.choices = empty + [(key, f"{NBSP * 3 * level}{name}") for key, level, name in found]

    def prepare_value(self, value):
        if isinstance(self.widget, PlaceInput):
            place = value if isinstance(value, Location) else self._by_key(value)
            return path_of(place) if place else value
        return super().prepare_value(value)

    def to_python(self, value):
        if not isinstance(self.widget, PlaceInput) or value in self.empty_values or as_key(value):
            return super().to_python(value)
        self.validate_no_null_characters(value)
        names = [name.strip() for name in str(value).split(BETWEEN.strip())][-DEEPEST:]
        named = Q()
        for above, name in enumerate(reversed(names)):
            named &= Q(**{f"{'parent__' * above}name__iexact": name})
        found = self.queryset.filter(named)[:2]
        if len(found) > 1:  # the whole path, perhaps, which ends another one
            found = self.queryset.filter(named, **{"parent__" * (len(names) - 1) + "parent": None})[:2]
        if len(found) == 1:
            return found[0]
        if found or self.queryset.filter(named).exists():
            raise ValidationError(_("Several places are called “%s”; choose one of the suggestions.") % value)
        raise ValidationError(_("No place is called “%s”; choose one of the suggestions.") % value)

    def _by_key(self, value):
        key = as_key(str(value)) if value else None
        return self.queryset.filter(pk=key).first() if key else None


def path_of(place) -> str:
    return BETWEEN.join(above.name for above in place.get_ancestors(include_self=True))


def suggested(tenant, text, *, most) -> list[str]:
    """Paths of the places in whose name the text is, or the last name of a path."""
    name = text.split(BETWEEN.strip())[-1].strip()
    if not name:
        return []
    rows = Location.objects.for_tenant(tenant).filter(is_active=True, name__icontains=name)
    found = list(rows.order_by("level", "name", "pk")[:most])
    above = Location.objects.get_queryset_ancestors(Location.objects.filter(pk__in=[p.pk for p in found]))
    names = {place.pk: (place.parent_id, place.name) for place in [*found, *above]}
    return [_path(place.pk, names) for place in found]


def _path(key, names) -> str:
    parent, name = names[key]
    return _path(parent, names) + BETWEEN + name if parent else name
