"""Import one file into a project, as a worker does: python _import_beside.py PROJECT FILE."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from script.benchmarks._fresh import set_up_django


def main() -> None:
    slug, name = sys.argv[1:]
    set_up_django(has_tables=True)
    from annotate.models import Project
    from script.benchmarks.transfer import bring_in

    bring_in(Project.objects.get(slug=slug), Path(name))


if __name__ == "__main__":
    main()
