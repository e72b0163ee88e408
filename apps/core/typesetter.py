"""One document, in a process of its own: `python -I typesetter.py TEMPLATE MOMENT TAGGED`, JSON in, a PDF out.

The process is the bound: typst keeps what it has worked out for the next ten documents (800 MB, after sheets of 500
labels), and nobody can stop it from outside. Started so, it takes 30 ms for a page, and gives everything back.
"""

import resource
import sys
from pathlib import Path

import typst

MEMORY = 1024 * 1024 * 1024  # bytes; 1 000 labels with the longest texts take 250 MB
SECONDS = 15  # of the processor


def main(template: str, moment: str, tagged: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    path = Path(template)
    content = typst.compile(
        path,
        root=path.parent,
        ignore_system_fonts=True,
        sys_inputs={"data": sys.stdin.buffer.read().decode()},
        timestamp=int(moment),
        pdf_tags=tagged == "tagged",
    )
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
