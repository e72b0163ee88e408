"""Raises calls that nobody has acknowledged: what the worker does every minute, for cron."""

from django.core.management.base import BaseCommand

from apps.shopfloor.tasks import escalate_calls


class Command(BaseCommand):
    help = "Raise every unacknowledged call to the level its age has reached."

    def handle(self, *args, **options):
        self.stdout.write(f"{escalate_calls()} calls rose.")
