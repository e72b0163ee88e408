"""Seals what is new in the record: what the worker does every minute, for cron."""

from django.core.management.base import BaseCommand

from apps.core.tasks import seal_records


class Command(BaseCommand):
    help = "Chain a hash over the events and audit rows written since the last seal."

    def handle(self, *args, **options):
        self.stdout.write(f"{seal_records()} rows sealed.")
