"""Kinds of notifications for tests: what a person is told with them is `word`."""

from apps.core.notifications.kinds import Mail, NotificationKind, register


def _kind(key, **fields):
    return register(NotificationKind(key, key.capitalize(), lambda parts: f"{key}: {parts['word']}", **fields))


AT_ONCE = _kind("soon", mail=Mail.AT_ONCE)
CRITICAL = _kind("fire", mail=Mail.AT_ONCE, is_critical=True)
DAILY = _kind("daily", mail=Mail.DIGEST)
SILENT = _kind("silent", mail=Mail.NONE)
