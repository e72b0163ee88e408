"""The bell's number: answered by the statement that every request begins with, so that no page pays for it."""

from apps.core.http import is_api

MOST = 99  # counted; beyond it is "99+"
UNREAD = """(select count(*) from (
    select from notifications
    where tenant_id = %s and person_id = %s and read_at is null and applied.settings is not null limit %s) as few)"""


def question(request) -> tuple[str, list] | None:
    """What to ask for a request: its person's unread notifications; nothing for fragments, programs, strangers and terminals."""
    user = request.user
    if request.htmx or is_api(request) or not user.is_authenticated or not user.tenant_id or request.at_terminal:
        return None
    return UNREAD, [user.tenant_id, user.pk, MOST + 1]
