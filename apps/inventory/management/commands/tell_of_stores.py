"""Tells managers of parts to reorder and orders that are late: what the worker does every day, for cron."""

from django.core.management.base import BaseCommand

from apps.inventory.tasks import tell_of_stores


class Command(BaseCommand):
    help = "Tell managers of parts below their minimum and of orders that are late, once."

    def handle(self, *args, **options):
        self.stdout.write(f"{tell_of_stores()} were told.")
