"""People in spreadsheets: who they are and what they may; never how they sign in."""

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from apps.core import services
from apps.core.models import User
from apps.core.sheets.columns import as_text
from apps.core.sheets.formulas import as_written
from apps.core.sheets.tables import Change, Comparison, Sheet


class PersonSheet(Sheet):
    """Known by the e-mail address, without one by the staff number. New ones cannot sign in before an admin lets them."""

    model = User
    fields = (
        "email",
        "staff_number",
        "display_name",
        "role",
        "is_active",
        "lines",
        "labour_rate",
        "last_login",
        "created_at",
    )
    read_only = ("last_login", "created_at")
    options = {
        "email": {"example": "ann@example.com", "words": ("e-mail address", "mail")},
        "staff_number": {"example": "1234"},
        "display_name": {"example": "Ann Other", "words": ("display name",)},
        "role": {"example": "operator"},
    }
    is_plain = False
    most_rows = 2000

    @property
    def needed(self):
        return ()

    def match(self, found: Comparison, chosen, *, lock) -> None:
        rows = self.rows().order_by("pk")
        there = list(rows.select_for_update(of=("self",), no_key=True) if lock else rows)
        by_email = {person.email.lower(): person for person in there if person.email}
        by_number = {person.staff_number: person for person in there if person.staff_number}
        elsewhere = self._elsewhere({self._text(row, "email").lower() for row in found.rows} - {""})
        first: dict = {}
        for row in found.rows:
            email, number = self._text(row, "email").lower(), self._text(row, "staff_number")
            if not email and not number:
                row.errors[""] = _("Enter an e-mail address, or a staff number for shared terminals.")
                continue
            person = by_email.get(email) or (by_number.get(number) if number else None)
            for key, column in ((email, "email"), (number, "staff_number")):
                if key and (column, key) in first:
                    row.errors.setdefault(column, _("Line %d has this one too.") % first[column, key])
                elif key:
                    first[column, key] = row.number
            if email in elsewhere:
                row.errors.setdefault("email", _("This e-mail address is taken."))
            if number and by_number.get(number, person) != person:
                row.errors.setdefault("staff_number", _("Somebody else has this staff number."))
            if person is None:
                self.start(row)
            else:
                row.instance = person

    def _text(self, row: Change, name: str) -> str:
        return as_written(as_text(row.cells.get(name, ""))).strip()

    def _elsewhere(self, emails) -> set:
        """Addresses that people of other tenants sign in with; one address is one person."""
        others = User.objects.exclude(tenant=self.tenant).alias(address=Lower("email")).filter(address__in=emails)
        return {email.lower() for email in others.values_list("email", flat=True)}

    def check(self, found: Comparison) -> None:
        for row in found.rows:
            if row.instance is not None and not row.errors:
                email = row.values.get("email", row.instance.email)
                if not email and not row.values.get("staff_number", row.instance.staff_number):
                    row.errors[""] = _("Enter an e-mail address, or a staff number for shared terminals.")

    def store(self, row: Change) -> None:
        if row.is_new and not row.instance.display_name:
            row.instance.display_name = self._text(row, "email") or self._text(row, "staff_number")
        services.save_person(row.instance, by=self.by)
