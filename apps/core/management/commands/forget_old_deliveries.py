from django.core.management.base import BaseCommand

from apps.core.webhooks import tasks


class Command(BaseCommand):
    help = "Deletes deliveries of webhooks past their 30 days, as the worker does each night."

    def handle(self, **options):
        self.stdout.write(f"{tasks.forget_old_deliveries()} deliveries forgotten")
