"""Deletes notifications that were read long ago: what the worker does every night, for cron."""

from django.core.management.base import BaseCommand

from apps.core.notifications.tasks import forget_old_notifications


class Command(BaseCommand):
    help = "Delete what people read 90 days ago."

    def handle(self, *args, **options):
        self.stdout.write(f"{forget_old_notifications()} notifications forgotten.")
