"""Files in and out, watched in Chromium: the pages keep themselves up to date."""

import json

import pytest
from playwright.sync_api import Page, expect

from annotate.exports.exporting import run_export
from annotate.imports.importing import run_import
from annotate.models import Comparison, Export, Import

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_import_is_watched_to_its_end_without_reloading(
    page: Page, live_server, enter, project, lead, tmp_path
):
    rows = [
        {"prompt": "Why is the sky blue?", "chosen": "It scatters.", "rejected": "It is the sea."},
        {"prompt": "Why is grass green?", "chosen": "Chlorophyll.", "rejected": ""},
    ]
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    n_before = Comparison.objects.count()
    enter(page, "lena")
    page.goto(f"{live_server.url}/projects/{project.slug}/imports/")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_label("Keep the good rows").check()
    page.get_by_role("button", name="Import").click()
    expect(page.locator("#import .chip")).to_have_text("waiting")
    run_import(import_id=Import.objects.get().pk)
    expect(page.locator("#import .chip")).to_have_text("done", timeout=10_000)
    expect(page.get_by_role("region", name="What was wrong")).to_contain_text("rejected")
    expect(page.get_by_role("link", name="To the project", exact=True)).to_be_visible()
    assert Comparison.objects.count() == n_before + 1


def test_an_export_appears_by_itself_and_is_downloaded(
    page: Page, live_server, enter, project, lead
):
    enter(page, "lena")
    page.goto(f"{live_server.url}/projects/{project.slug}/exports/")
    page.get_by_role("button", name="Export").click()
    expect(page.locator("#exports .chip")).to_have_text("waiting")
    run_export(export_id=Export.objects.get().pk)
    link = page.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=10_000)
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.startswith(project.slug)
