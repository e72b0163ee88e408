"""What people may type where stock is moved. Each form's `told` is what its service is told, by name."""

from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import BrokenRule
from apps.core.fields import sensible_day
from apps.core.models import User
from apps.core.roles import Role
from apps.inventory import queries
from apps.inventory.models import CostKnown, MoveKind, Stock
from apps.inventory.services.moving import exact
from apps.registry.forms import DateInput

GONE = {"invalid_choice": gettext_lazy("That is not there any more; choose another.")}


def read_key(text: str) -> UUID | None:
    """The key that an address gives; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def number(label, **kwargs):
    """A field for a quantity or a cost; the services say which ones there are."""
    field = forms.DecimalField(label=label, max_digits=20, **kwargs)
    field.widget.attrs |= {"inputmode": "decimal", "step": "any"}
    return field


def text(label, length, **kwargs):
    return forms.CharField(label=label, max_length=length, required=False, **kwargs)


def bin_field(label):
    """A bin's name; the page has the list of those in which the part lies."""
    return text(
        label, 40, widget=forms.TextInput(attrs={"list": "bins", "autocomplete": "off", "autocapitalize": "characters"})
    )


class Warehouses(forms.ModelChoiceField):
    """A warehouse or vehicle of the tenant's, in use."""

    def __init__(self, tenant, label, **kwargs):
        stores = queries.stores(tenant)
        only = stores[0].pk if len(stores) == 1 else None
        wrong = {"invalid_choice": _("That is no warehouse of this plant.")}
        super().__init__(stores, label=label, empty_label="–", initial=only, error_messages=wrong, **kwargs)


class Bins(forms.ModelChoiceField):
    """A bin in which something of a part lies."""

    def __init__(self, part, label):
        rows = Stock.objects.for_tenant(part.tenant_id).filter(part=part, qty_on_hand__gt=0).select_related("location")
        wrong = {"invalid_choice": _("Nothing of %s lies there any more; choose another place.") % part}
        rows = rows.order_by("location__name", "bin_location")
        super().__init__(rows, label=label, empty_label=None, error_messages=wrong)
        self.part = part

    def label_from_instance(self, stock):
        place = f"{stock.location} · {stock.bin_location}" if stock.bin_location else str(stock.location)
        return f"{place}: {self.part.amount(stock.qty_on_hand)}"


class People(forms.ModelChoiceField):
    """Somebody of the tenant's who is still here."""

    def __init__(self, tenant, label, **kwargs):
        people = User.objects.filter(tenant=tenant, is_active=True).order_by("display_name", "pk")
        super().__init__(people, label=label, empty_label="–", error_messages=GONE, **kwargs)


class MoveForm(forms.Form):
    """Of a part, by a person; `start`: what the address gives for a start."""

    quantity = number(gettext_lazy("Quantity"))

    def __init__(self, *args, part, person, start, **kwargs):
        super().__init__(*args, **kwargs)
        self.part, self.person, self.start = part, person, start
        self.prepare(part.tenant)
        self.fields["quantity"].widget.attrs["autofocus"] = True
        if self.fields["quantity"].label == _("Quantity"):
            self.fields["quantity"].label = _("Quantity in %s") % part.unit
        for name in self.fields:
            if start.get(name):
                self.initial[name] = start[name]

    def prepare(self, tenant):
        """Add the fields whose choices are the tenant's and the part's."""

    def at_start(self, field):
        """Of the bins offered, the first at the place that the address names."""
        place = self.start.get("location", "")
        return next((row.pk for row in self.fields[field].queryset if str(row.location_id) == place), None)

    def begin_where_it_lies(self):
        """Begin with the place that the address names, else with the warehouse and bin where most of the part lies."""
        rows = Stock.objects.for_tenant(self.part.tenant_id).filter(part=self.part)
        place = self.start.get("location", "")
        if place:
            rows = rows.filter(location=read_key(place))
        row = rows.order_by("-qty_on_hand", "bin_location").first()
        self.initial |= {"warehouse": place or (row and row.location_id), "bin": row.bin_location if row else ""}

    def clean_quantity(self):
        try:
            return exact(self.cleaned_data["quantity"])
        except BrokenRule as refused:
            raise ValidationError(str(refused)) from None

    @property
    def told(self) -> dict:
        return dict(self.cleaned_data)


class ReceiveForm(MoveForm):
    cost = forms.ChoiceField(
        label=gettext_lazy("The cost of one is"),
        choices=CostKnown.choices,
        initial=CostKnown.KNOWN,
        widget=forms.RadioSelect,
    )
    unit_cost = number(gettext_lazy("Cost of one"), required=False)
    reference = text(gettext_lazy("Delivery note"), 100)
    supplier = text(gettext_lazy("Supplier"), 200)

    field_order = ["order", "quantity", "unit", "warehouse", "bin", "cost", "unit_cost", "reference", "supplier"]

    def prepare(self, tenant):
        part = self.part
        units = part.units.for_tenant(tenant).select_related("part").order_by("code")
        orders = part.orders.open().for_tenant(tenant).select_related("part").order_by("expected_on", "pk")
        if units:
            self.fields["quantity"].label = _("How many")
            self.fields["unit"] = forms.ModelChoiceField(
                units, label=_("Of what"), required=False, empty_label=part.unit, error_messages=GONE
            )
        if orders:
            self.fields["order"] = forms.ModelChoiceField(
                orders, label=_("On the order"), required=False, empty_label=_("No order"), error_messages=GONE
            )
            self.fields["order"].label_from_instance = self._order_in_words
        self.fields["warehouse"] = Warehouses(tenant, _("Into the warehouse"))
        self.fields["bin"] = bin_field(_("Bin"))
        self.fields["unit_cost"].label = _("Cost of one, in %s") % tenant.rules.currency
        if units:
            self.fields["unit_cost"].help_text = _("Of one box, where boxes are received.")
        self.begin_where_it_lies()
        self.initial["supplier"] = part.supplier
        if order := next((row for row in orders if str(row.pk) == self.start.get("order")), None):
            self.initial |= {"quantity": order.qty_open.normalize(), "supplier": order.supplier}
        self.order_fields(self.field_order)

    @staticmethod
    def _order_in_words(order):
        told = [order.supplier, order.reference, order.expected_on and f"{order.expected_on:%Y-%m-%d}"]
        return " · ".join([_("%s open") % order.part.amount(order.qty_open), *filter(None, told)])


class TransferForm(MoveForm):
    to_bin = bin_field(gettext_lazy("Into the bin"))
    reason = text(gettext_lazy("Note"), 500)

    field_order = ["quantity", "stock", "target", "to_bin", "reason"]

    def prepare(self, tenant):
        self.fields["stock"] = Bins(self.part, _("From"))
        self.fields["target"] = Warehouses(tenant, _("To the warehouse"))
        self.initial["stock"] = self.at_start("stock")
        self.order_fields(self.field_order)

    @property
    def told(self):
        told = dict(self.cleaned_data)
        stock = told.pop("stock")
        return told | {"source": stock.location, "from_bin": stock.bin_location}


class IssueForm(MoveForm):
    reference = text(
        gettext_lazy("For the order"), 100, help_text=gettext_lazy("Its number, where they are meant for one.")
    )

    field_order = ["quantity", "stock", "user", "reference"]

    def prepare(self, tenant):
        self.fields["stock"] = Bins(self.part, _("From"))
        self.fields["user"] = People(tenant, _("To"))
        self.initial["stock"] = self.at_start("stock")
        self.order_fields(self.field_order)

    @property
    def told(self):
        told = dict(self.cleaned_data)
        stock = told.pop("stock")
        return told | {"warehouse": stock.location, "bin": stock.bin_location}


class ReturnForm(MoveForm):
    reference = text(
        gettext_lazy("From the order"), 100, help_text=gettext_lazy("Its number, where they were meant for one.")
    )

    field_order = ["quantity", "wallet", "warehouse", "bin", "reference"]

    def prepare(self, tenant):
        wallets = queries.carriers(self.part)
        if not self.person.is_at_least(Role.SUPERVISOR):
            wallets = wallets.filter(user=self.person)
        wrong = {"invalid_choice": _("Nothing of %s is in that wallet any more; choose another.") % self.part}
        self.fields["wallet"] = forms.ModelChoiceField(wallets, label=_("From"), empty_label=None, error_messages=wrong)
        self.fields["wallet"].label_from_instance = lambda row: f"{row.user}: {self.part.amount(row.qty_held)}"
        self.fields["warehouse"] = Warehouses(tenant, _("Into the warehouse"))
        self.fields["bin"] = bin_field(_("Bin"))
        whose = self.start.get("user", "")
        self.initial["wallet"] = next((row.pk for row in wallets if str(row.user_id) == whose), None)
        self.begin_where_it_lies()
        self.order_fields(self.field_order)

    @property
    def told(self):
        told = dict(self.cleaned_data)
        return told | {"user": told.pop("wallet").user}


class AdjustForm(MoveForm):
    way = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=[("missing", gettext_lazy("Missing: less is there than the book says")), ("found", gettext_lazy("Found: more is there"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500)
    unit_cost = number(
        gettext_lazy("Cost of one"),
        required=False,
        help_text=gettext_lazy("Of what was found. Empty: as what lies there."),
    )

    field_order = ["way", "quantity", "warehouse", "bin", "reason", "unit_cost"]

    def prepare(self, tenant):
        self.fields["warehouse"] = Warehouses(tenant, _("In the warehouse"))
        self.fields["bin"] = bin_field(_("Bin"))
        self.begin_where_it_lies()
        self.order_fields(self.field_order)

    @property
    def told(self):
        told = dict(self.cleaned_data)
        if told.pop("way") == "missing":
            told |= {"quantity": -told["quantity"], "unit_cost": None}
        return told


class UndoForm(forms.Form):
    """How much of what was used comes back, and where to."""

    quantity = number(gettext_lazy("Quantity"))
    reason = text(gettext_lazy("Why"), 500)

    def __init__(self, *args, move, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["quantity"] = move.left.normalize()
        self.fields["quantity"].label = _("Quantity in %s") % move.part.unit
        self.fields["warehouse"] = Warehouses(move.tenant, _("Into the warehouse"), required=False)
        self.fields["warehouse"].empty_label, self.fields["warehouse"].initial = _("Where it came from"), None
        self.fields["bin"] = bin_field(_("Bin"))
        self.order_fields(["quantity", "warehouse", "bin", "reason"])


class StockFilterForm(forms.Form):
    """The filters of what is where, from its address; what cannot be read filters nothing."""

    q = forms.CharField(required=False, max_length=200)
    bin = forms.CharField(required=False, max_length=40)
    empty = forms.ChoiceField(choices=[("", ""), ("1", "1")], required=False)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"] = forms.ModelChoiceField(queries.stores(tenant), required=False)

    def look(self) -> dict:
        self.is_valid()
        return self.cleaned_data


class MoveFilterForm(forms.Form):
    """The filters of the ledger, from its address; what cannot be read filters nothing."""

    part = forms.CharField(required=False, max_length=120)
    kind = forms.ChoiceField(choices=[("", gettext_lazy("Any")), *MoveKind.choices], required=False)
    day = forms.DateField(required=False, widget=DateInput, validators=[sensible_day])
    q = forms.CharField(required=False, max_length=100)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        self.fields["place"] = forms.ModelChoiceField(queries.stores(tenant), required=False)
        self.fields["person"] = forms.ModelChoiceField(
            User.objects.filter(tenant=tenant).order_by("display_name", "pk"), required=False
        )

    def look(self) -> dict:
        """What is asked for; `part` is the Part that a code means, or False where it means none."""
        self.is_valid()
        code = self.cleaned_data.get("part")
        return self.cleaned_data | {"part": queries.find_part(self.tenant, code) or False if code else None}
