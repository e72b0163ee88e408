"""The form of an asset's specs: made from the schema of its category; what that does not name are free rows."""

import json
import math
import re

from django import forms
from django.utils.translation import gettext as _

from apps.registry.specs import plain_errors, spec_errors

SPARE = 3  # free rows to be filled in
PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?")
SIMPLE = ("string", "number", "integer", "boolean")


class SpecForm(forms.Form):
    """Fields by the schema, named `s-…`; free rows are lists `name` and `value`. `specs` is what they come to."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, schema, specs, version, **kwargs):
        super().__init__(*args, initial={"seen": version}, **kwargs)
        self.schema, self.stored = schema, specs
        self.properties = {name: p for name, p in schema.get("properties", {}).items() if isinstance(p, dict)}
        for name, described in self.properties.items():
            field = _field(name, described, is_required=name in schema.get("required", ()))
            self.fields[f"s-{name}"] = field
            self.initial[f"s-{name}"] = _as_text(specs.get(name), field)
        self.takes_others = schema.get("additionalProperties") is not False
        self.row_errors: dict[str, str] = {}

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """(name, value, what is wrong) of the free rows."""
        if self.is_bound:
            rows = self._sent()
        else:
            rows = [(name, _as_text(v)) for name, v in self.stored.items() if name not in self.properties]
        spare = [("", "")] * SPARE if self.takes_others else []
        return [(name, value, self.row_errors.get(name, "")) for name, value in [*rows, *spare]]

    def _sent(self):
        pairs = zip(self.data.getlist("name"), self.data.getlist("value"), strict=False)
        return [(name.strip(), value.strip()) for name, value in pairs if name.strip() or value.strip()]

    def clean(self):
        found = super().clean()
        specs = {}
        for name in self.properties:
            value = found.get(f"s-{name}")
            if value not in (None, ""):
                specs[name] = value
        for name, text in self._sent():
            if not name:
                self.add_error(None, _("The value “%s” has no name.") % text)
            elif name in specs:
                self.row_errors[name] = _("This name stands twice.")
            elif text:
                stored = self.stored.get(name)
                specs[name] = stored if _as_text(stored) == text else _read(text)
        if not self.errors and not self.row_errors:
            for way, said in list(plain_errors(specs)) or spec_errors(self.schema, specs):
                self._tell(way, said)
        if self.row_errors and not self.errors:
            self.add_error(None, _("Look at the rows that are marked."))
        self.specs = specs
        return found

    def _tell(self, way, said):
        name = next((n for n in self.properties if way == n or way.startswith(f"{n}.")), None)
        if name is not None:
            self.add_error(f"s-{name}", said)
        elif way and any(way == row for row, _value in self._sent()):
            self.row_errors[way] = said
        else:
            self.add_error(None, f"{way}: {said}" if way else said)


def _field(name, described, *, is_required):
    """The control of one property. Its title is the label, its description the help: that is where units stand."""
    kind, choices = described.get("type"), described.get("enum")
    label = str(described.get("title") or name)
    common = {"label": label, "required": is_required, "help_text": str(described.get("description", ""))}
    if isinstance(choices, list):
        return _Choice(choices, **common)
    if kind == "boolean":
        return _Choice([True, False], labels=[_("Yes"), _("No")], **common)
    if kind == "integer":
        return forms.IntegerField(**common, max_value=10**15, min_value=-(10**15))
    if kind == "number":
        return _Number(**common, widget=forms.NumberInput(attrs={"step": "any"}))
    if kind == "string" and described.get("format") == "date":
        return _Day(**common, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    if kind == "string":
        return forms.CharField(**common, max_length=500)
    return _Json(**common)


class _Choice(forms.TypedChoiceField):
    def __init__(self, values, *, labels=None, **kwargs):
        self.values = {_json(value): value for value in values}
        shown = labels or [str(value) for value in values]
        choices = [("", "–"), *zip(self.values, shown, strict=True)]
        super().__init__(choices=choices, coerce=self.values.get, empty_value=None, **kwargs)


class _Number(forms.FloatField):
    def clean(self, value):
        number = super().clean(value)
        return int(number) if number is not None and number.is_integer() and abs(number) < 2**53 else number


class _Day(forms.DateField):
    def clean(self, value):
        day = super().clean(value)
        return day and day.isoformat()


class _Json(forms.CharField):
    """What has no simple control: as JSON, or as a plain text."""

    def clean(self, value):
        text = super().clean(value)
        try:
            return json.loads(text, parse_constant=_refuse) if text else None
        except ValueError:
            return text


def _json(value) -> str:
    return json.dumps(value, ensure_ascii=False)


def _refuse(word):
    raise ValueError(word)


def _as_text(value, field=None) -> str:
    if value is None:
        return ""
    if isinstance(field, _Choice) or not isinstance(value, str | int | float) or isinstance(value, bool):
        return _json(value)
    return str(value)


def _read(text):
    """A free value: a number where it is written as one, yes and no as JSON has them, else a text."""
    if text in ("true", "false"):
        return text == "true"
    if PLAIN_NUMBER.fullmatch(text):
        number = float(text) if "." in text else int(text)
        return number if math.isfinite(number) else text
    return text
