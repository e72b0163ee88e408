"""Tells managers of warranties and documents that end: what the worker does every day, for cron."""

from django.core.management.base import BaseCommand

from apps.registry.tasks import tell_of_expiry


class Command(BaseCommand):
    help = "Tell managers of warranties and documents that end within 30 days, once."

    def handle(self, *args, **options):
        self.stdout.write(f"{tell_of_expiry()} were told.")
