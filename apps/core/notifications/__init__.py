"""Telling people: an inbox for everybody, mail as each person chooses, exactly once. docs/notifications.md.

kinds.py: what people can be told; apps register theirs. services.py: `notify`, for services to call. mails.py: what the
worker sends.
"""
