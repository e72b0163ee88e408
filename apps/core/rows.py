"""Short lists in a column of another row's statement, where a statement for each would cost a page more than all they show.

orders.annotate(said=rows_in(comments_of_order, "text", "user__display_name"))
rows_from(OrderComment, order.said)
"""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import TextField
from django.db.models.functions import Cast, JSONObject


def rows_in(rows, *names) -> ArraySubquery:
    """The fields of these names of a queryset's rows, in its order. name: as values() takes them, `user__display_name`."""
    # As text, which keeps what JSON's numbers lose of a decimal.
    row = JSONObject(**{name: Cast(name, TextField()) for name in names})
    return ArraySubquery(rows.annotate(row_of_list=row).values("row_of_list"))


def rows_from(model, found) -> list:
    """What rows_in found, as rows of their model; fields that were not asked for stay empty."""
    return [_row(model, values) for values in found]


def _row(model, values):
    own, others = {}, {}
    for name, text in values.items():
        first, _dot, further = name.partition("__")
        field = model._meta.get_field(first)
        if further:
            others.setdefault(field, {})[further] = text
        else:
            own[first] = field.to_python(text)
    for field, parts in others.items():
        is_there = any(text is not None for text in parts.values())
        own[field.name] = _row(field.related_model, parts) if is_there else None
    return model(**own)
