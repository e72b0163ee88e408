"""Tells people of what is not back in time: what the worker does every hour, for cron."""

from django.core.management.base import BaseCommand

from apps.logistics.tasks import tell_of_overdue_returns


class Command(BaseCommand):
    help = "Tell who sent what is not back in time, and supervisors, once a day until it is back."

    def handle(self, *args, **options):
        self.stdout.write(f"{tell_of_overdue_returns()} were told.")
