"""Where files lie: a folder of the installation, or what STORAGES names instead."""

import os
from pathlib import Path

from django.core.files.storage import FileSystemStorage


class PlantFiles(FileSystemStorage):
    """A folder, its owner's alone, whose files are on the disk before anyone is told so, whole or not at all."""

    file_permissions_mode = 0o600
    directory_permissions_mode = 0o700

    def _save(self, name, content):
        try:
            name = super()._save(name, content)
            path = Path(self.path(name))
            folders = [folder for folder in path.parents if folder.is_relative_to(self.location)]
            for place in [path, *folders]:
                _sync(place)
        except OSError:  # the disk is full, or not ours: no half files
            self.delete(name)
            raise
        return name


def _sync(place) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
