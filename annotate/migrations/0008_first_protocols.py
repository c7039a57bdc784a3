"""What each project asks for, written down as the first version of its protocol."""

from typing import Any

from django.db import migrations

BATCH = 500


def write_first_versions(apps: Any, _schema_editor: Any) -> None:
    """The verdicts that were offered; what was judged through a lease was judged under them."""
    project_model = apps.get_model("annotate", "Project")
    protocol_model = apps.get_model("annotate", "Protocol")
    for project in project_model.objects.filter(protocol=None).iterator(chunk_size=BATCH):
        verdicts = ["first", "second"]
        verdicts += ["tie"] if project.allows_tie else []
        verdicts += ["both_bad"] if project.allows_both_bad else []
        protocol = protocol_model.objects.create(
            project=project, version=1, declaration={"verdicts": verdicts}
        )
        project_model.objects.filter(pk=project.pk).update(protocol=protocol)
    judged = apps.get_model("annotate", "Judgement").objects
    judged.filter(lease__isnull=False, protocol_version=None).update(protocol_version=1)


def write_back(apps: Any, _schema_editor: Any) -> None:
    """The verdicts now offered, as the two settings that there were before."""
    project_model = apps.get_model("annotate", "Project")
    for project in project_model.objects.exclude(protocol=None).select_related("protocol"):
        verdicts = project.protocol.declaration["verdicts"]
        project_model.objects.filter(pk=project.pk).update(
            allows_tie="tie" in verdicts, allows_both_bad="both_bad" in verdicts, protocol=None
        )
    apps.get_model("annotate", "Judgement").objects.update(protocol_version=None)
    apps.get_model("annotate", "Lease").objects.update(protocol=None)
    apps.get_model("annotate", "Protocol").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("annotate", "0007_protocols")]

    operations = [migrations.RunPython(write_first_versions, write_back, elidable=True)]
