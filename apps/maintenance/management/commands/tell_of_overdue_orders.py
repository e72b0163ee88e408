"""Tells people of their orders that are overdue: what the worker does every hour, for cron."""

from django.core.management.base import BaseCommand

from apps.maintenance.tasks import tell_of_overdue_orders


class Command(BaseCommand):
    help = "Tell whose they are, and supervisors of what is nobody's, of orders that are overdue, once."

    def handle(self, *args, **options):
        self.stdout.write(f"{tell_of_overdue_orders()} were told.")
