"""Deletes request keys past their time: what the worker does every hour, for cron."""

from django.core.management.base import BaseCommand

from apps.core.tasks import forget_old_request_keys


class Command(BaseCommand):
    help = "Delete the keys of requests older than 7 days."

    def handle(self, *args, **options):
        self.stdout.write(f"{forget_old_request_keys()} request keys forgotten.")
