"""Deletes sessions past their time and wrong tries that no longer count: what the worker does every hour, for cron."""

from django.core.management.base import BaseCommand

from apps.core import sessions


class Command(BaseCommand):
    help = "Delete sessions past their time, and wrong tries that no longer count."

    def handle(self, *args, **options):
        sessions.forget_ended()
