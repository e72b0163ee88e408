"""What refers to a row: what anything refers to is not deleted."""

from apps.core.models import Attachment


def referring(row, *, but=()) -> list[str]:
    """Whose rows refer to this one, and its files, in words; asks each table once. but: models that are a part of it."""
    found = []
    for relation in row._meta.get_fields(include_hidden=True):
        table = relation.related_model
        if not relation.auto_created or relation.concrete or table in but or hasattr(table, "history_id"):
            continue
        is_ours = table.__module__.startswith("apps.")
        if is_ours and table._default_manager.filter(**{relation.field.name: row}).exists():
            found.append(str(table._meta.verbose_name_plural))
    files = Attachment.objects.filter(tenant=row.tenant_id, entity_type=row._meta.db_table, entity_id=row.pk)
    if files.exists():
        found.append(str(Attachment._meta.verbose_name_plural))
    return sorted(set(found))
