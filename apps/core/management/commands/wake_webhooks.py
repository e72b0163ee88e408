from django.core.management.base import BaseCommand

from apps.core.webhooks import tasks


class Command(BaseCommand):
    help = "Has the worker send what is due to webhooks, as it does by itself each minute."

    def handle(self, **options):
        self.stdout.write(f"{tasks.wake_webhooks()} webhooks woken")
