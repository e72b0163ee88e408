"""What may stand in a body, and how things are shown: strictly, so that a slip is told and not guessed at."""

import re
from decimal import Decimal as Number
from operator import attrgetter

from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.relations import PKOnlyObject

MOST = 2_147_483_647  # what a column of whole numbers holds


class Text(serializers.CharField):
    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data):
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    def __init__(self, **kwargs):
        kwargs.setdefault("max_value", MOST)
        kwargs.setdefault("min_value", -MOST)
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Choice(serializers.ChoiceField):
    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """ISO 8601 with its offset: a wall clock's time alone could mean two moments."""

    def to_internal_value(self, value):
        try:
            moment = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not 1900 <= moment.year < 9000:
            raise serializers.ValidationError(_("A moment reads like 2026-03-01T06:00:00+01:00, with its offset."))
        return self.enforce_timezone(moment)


class Day(serializers.DateField):
    def to_internal_value(self, value):
        if not isinstance(value, str) or len(value) != 10:
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@extend_schema_field({"type": ["number", "string"], "pattern": f"^{NUMBER.pattern}$", "examples": ["12.500"]})
class Decimal(serializers.DecimalField):
    """A quantity or an amount of money: a string with its decimals; a plain number is taken too."""

    def validate_empty_values(self, data):
        if data == "":  # the library takes it for null
            self.fail("invalid")
        return super().validate_empty_values(data)

    def to_internal_value(self, data):
        if isinstance(data, bool) or not isinstance(data, int | float | str | Number):
            self.fail("invalid")
        if isinstance(data, str) and not NUMBER.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "number"})
class Seconds(Decimal):
    """A number that people compare, with a few decimals: shown as a JSON number."""

    def to_representation(self, value):
        return float(value)


class Key(serializers.SlugRelatedField):
    """A row of the own tenant, by the key that people know it by; `model` is a class, `key` its field."""

    default_error_messages = {"does_not_exist": _lazy("There is no “{value}”."), "invalid": _lazy("A key is a text.")}

    def __init__(self, model, key="code", **kwargs):
        self.model = model
        if not kwargs.get("read_only"):
            kwargs["queryset"] = model.objects.none()
        kwargs.setdefault("help_text", _("%(what)s, by `%(key)s`") % {"what": model._meta.verbose_name, "key": key})
        super().__init__(slug_field=key, **kwargs)

    def get_queryset(self):
        return self.model.objects.for_tenant(self.context["request"].tenant)

    def run_validation(self, data=empty):
        if data == "":  # no key; of forms, and not of JSON, it would be none
            self.fail("does_not_exist", slug_name=self.slug_field, value="")
        return super().run_validation(data)

    def to_internal_value(self, data):
        if not isinstance(data, str) or "\x00" in data:
            self.fail("invalid")
        try:
            return super().to_internal_value(data)
        except (ValueError, serializers.DjangoValidationError):  # an id that is none
            self.fail("does_not_exist", slug_name=self.slug_field, value=data[:60])

    def use_pk_only_optimization(self):
        return self.slug_field in ("id", "pk")

    def to_representation(self, obj):
        return str(obj.pk) if self.slug_field in ("id", "pk") else super().to_representation(obj)


# What stands in the row itself, and is no more than its value.
PLAIN = (Text, Flag, Whole, Choice, Moment, Day, Decimal, Seconds, serializers.UUIDField, serializers.IntegerField)


class Strict:
    """Refuses fields that nobody knows, and changes of those that are read here only."""

    def to_internal_value(self, data):
        if isinstance(data, dict):
            wrong = {name: [_("There is no field “%s” here.") % name[:60]] for name in data if name not in self.fields}
            shown = None
            for name, value in data.items():
                if name not in wrong and self.fields[name].read_only:
                    if shown is None:
                        shown = self.to_representation(self.instance) if self.instance is not None else {}
                    if name not in shown or shown[name] != value:
                        wrong[name] = [_("This is not changed here; leave it out, or send it as it is.")]
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


class Body(Strict, serializers.Serializer):
    """What an action takes. Fields left out are not handed to the service."""

    example: dict = {}  # for the API's description (apps.core.api.examples)


class Shape(Strict, serializers.ModelSerializer):
    """How a row is shown, and what of it may be given."""

    example: dict = {}  # what made-up values would say badly

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.TextField: Text,
        models.CharField: Text,
        models.BooleanField: Flag,
        models.IntegerField: Whole,
        models.PositiveIntegerField: Whole,
        models.PositiveSmallIntegerField: Whole,
        models.BigAutoField: Whole,
        models.DateTimeField: Moment,
        models.DateField: Day,
        models.DecimalField: Decimal,
    }
    serializer_choice_field = Choice

    def build_standard_field(self, field_name, model_field):
        kind, kwargs = super().build_standard_field(field_name, model_field)
        if kind is Text and kwargs.pop("style", None):  # a TextField's hint for forms
            kwargs.setdefault("max_length", model_field.max_length) if model_field.max_length else None
        return kind, kwargs

    def to_representation(self, instance):
        """As the library does; what is the same for each row of a list is found once."""
        shown = {}
        for name, value_of, show in self._ways:
            value = value_of(instance)
            # (A relation that only its key is shown of comes as an object without one where there is none.)
            is_none = value is None or (type(value) is PKOnlyObject and value.pk is None)
            shown[name] = None if is_none else show(value)
        return shown

    @cached_property
    def _ways(self) -> list[tuple]:
        """(name, how its value is got, how it is shown) of each field."""
        return [
            (
                field.field_name,
                attrgetter(field.source) if type(field) in PLAIN else field.get_attribute,
                field.to_representation,
            )
            for field in self._readable_fields
        ]

    def run_validation(self, data=empty):
        if data is None:
            raise serializers.ValidationError({"non_field_errors": [_("An object with fields is expected.")]})
        return super().run_validation(data)
