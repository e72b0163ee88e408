"""How rows are called in sheets, and which row a name means: by code, by address, by the path in a tree; asked at once.

Only rows of the tenant have a name here: another tenant's code, or id, names nothing.
"""

import uuid

from django.db.models import Q
from django.db.models.functions import Lower

from apps.core.models import User
from apps.core.trees import SafeTree

SEVERAL = object()  # a name that more than one row has
BETWEEN = " > "


class Names:
    def __init__(self, tenant):
        self.tenant = tenant
        self._trees: dict = {}

    def of(self, model, keys) -> dict:
        """{key of a row: its name}, for keys of the tenant's rows."""
        keys = {key for key in keys if key}
        if not keys:
            return {}
        if issubclass(model, SafeTree):
            return self._tree(model)[0]
        rows = model._default_manager.for_tenant(self.tenant).filter(pk__in=keys)
        if model is User:
            return {
                key: email or number or str(key)
                for key, email, number in rows.values_list("pk", "email", "staff_number")
            }
        field = name_field(model)
        return {key: str(name) for key, name in rows.values_list("pk", field)}

    def keys(self, model, names) -> dict:
        """{name: key of the row, or SEVERAL}, for the names that mean one of the tenant's rows."""
        names = {name for name in names if name}
        if not names:
            return {}
        if issubclass(model, SafeTree):
            known = self._tree(model)[1]
            return {name: known[name] for name in names if name in known}
        rows = model._default_manager.for_tenant(self.tenant)
        if model is User:
            return self._people(rows, names)
        field = name_field(model)
        found: dict = {}
        for key, name in rows.filter(**{f"{field}__in": names}).values_list("pk", field):
            found[str(name)] = SEVERAL if str(name) in found else key
        return found

    def _people(self, rows, names) -> dict:
        lower = {name.lower(): name for name in names}
        ids = {key for name in names if (key := as_key(name))}
        found = {}
        asked = Q(email_lower__in=lower) | Q(staff_number__in=names) | Q(pk__in=ids)
        people = rows.alias(email_lower=Lower("email")).filter(asked)
        for key, email, number in people.values_list("pk", "email", "staff_number"):
            for name in (lower.get((email or "").lower()), number, str(key)):
                if name in names:
                    found[name] = key
        return found

    def _tree(self, model):
        """The names and keys of all of a tree: the path where one row alone has it, else the id."""
        if model not in self._trees:
            paths, keys = self.paths(model), {}
            for key, path in paths.items():
                keys[path] = SEVERAL if path in keys else key
            names = {key: path if keys[path] is not SEVERAL else str(key) for key, path in paths.items()}
            self._trees[model] = names, keys | {str(key): key for key in paths}
        return self._trees[model]

    def paths(self, model) -> dict:
        """{key: path} of all of a tree's rows, each after the one it hangs below."""
        rows = model._default_manager.for_tenant(self.tenant).order_by("tree_id", "lft")
        found: dict = {}
        for key, parent, name in rows.values_list("pk", "parent_id", "name"):
            found[key] = (found[parent] + BETWEEN if parent in found else "") + name.strip()
        return found


def name_field(model) -> str:
    """The field by which people call a row: its code, else its name, else its key."""
    names = {field.name for field in model._meta.concrete_fields}
    return next((name for name in ("code", "number", "sku", "name") if name in names), "pk")


def as_key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
