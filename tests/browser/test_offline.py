"""Judging without a network in Chromium: kept on the device, sent once, refused in words."""

import pytest
from playwright.sync_api import expect

from annotate.judging.exposures import record_exposure
from annotate.models import Comparison, Flag, Judgement, Lease, Membership, Skip, Verdict
from tests.browser.judging import replace_fetch, shown
from tests.browser.offline import judge, says, send_now, until
from tests.factories import make_member, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_batch_is_judged_without_a_network_over_a_reload_and_sent_once(device, annotator):
    keys = ["1", "2", "0", "-", "a"]
    leases = [judge(device, key) for key in keys]
    says(device, kept=5, left=5)
    device.reload()
    says(device, kept=5, left=5)
    expect(device.locator("#offline [data-part=trouble]")).to_contain_text("No connection")
    leases.append(judge(device, "b"))
    assert not Judgement.objects.exists()

    device.context.set_offline(False)
    send_now(device)
    says(device, kept=0, left=4)
    stored = list(Judgement.objects.order_by("pk").select_related("lease"))
    assert [str(one.lease.public_id) for one in stored] == leases
    assert all(one.is_counted and 0 <= one.seconds < 60 for one in stored)
    for one, key in zip(stored, [*keys, "b"], strict=True):
        if key in "0-":
            assert one.verdict == {"0": Verdict.TIE, "-": Verdict.BOTH_BAD}[key]
        else:
            is_first = (key in "1a") == one.lease.first_is_left
            assert one.verdict == (Verdict.FIRST if is_first else Verdict.SECOND)
    send_now_again = device.evaluate("accordSending.sendAll({ isAll: true })")
    assert send_now_again is None
    assert Judgement.objects.count() == 6


def test_what_was_not_sent_is_taken_back_and_a_skip_and_a_flag_go_along(device, annotator):
    first = shown(device)
    text = device.locator("#pair").inner_text()
    judge(device, "1")
    device.keyboard.press("z")
    expect(device.locator("#pair .pair")).to_have_attribute("data-lease", first)
    assert device.locator("#pair").inner_text() == text
    says(device, kept=0, left=10)
    device.keyboard.press("f")
    judge(device, "2")  # somebody's private data
    device.keyboard.press("s")
    judge(device, "3")  # not in a language I read
    judge(device, "2")
    says(device, kept=3, left=8)
    assert shown(device) != first

    device.context.set_offline(False)
    send_now(device)
    says(device, kept=0, left=8)
    assert Flag.objects.get().reason == "private"
    assert str(Skip.objects.get().lease.public_id) == first
    assert Judgement.objects.count() == 1


def test_an_answer_lost_on_the_way_is_sent_again_and_judges_once(device):
    judge(device, "1")
    judge(device, "2")
    device.context.set_offline(False)
    device.evaluate(
        """() => {
            const real = window.fetch;
            window.fetch = async (...request) => {
                const response = await real(...request);
                if (!String(request[0]).includes("/send/")) return response;
                window.fetch = real;
                throw new TypeError("Failed to fetch");
            };
        }"""
    )
    send_now(device)
    until(lambda: Judgement.objects.count() == 1)
    says(device, kept=2, left=8)  # it may have arrived: it cannot be taken back here
    device.evaluate("accordSending.sendAll({ isAll: true })")
    says(device, kept=0, left=8)
    assert Judgement.objects.count() == 2


def test_an_answer_of_somebody_on_the_way_counts_as_no_network(device):
    judge(device, "1")
    device.context.set_offline(False)
    replace_fetch(
        device,
        """async (...request) =>
            !window.isInCafe || !String(request[0]).includes("/state/")
                ? real(...request)
                : new Response("<p>Welcome to our network</p>")""",
    )
    device.evaluate("() => { window.isInCafe = true; }")
    send_now(device)
    expect(device.locator("#offline [data-part=trouble]")).to_contain_text("No connection")
    device.evaluate("() => { window.isInCafe = false; }")
    send_now(device)
    says(device, kept=0, left=9)
    assert Judgement.objects.count() == 1


def test_a_page_of_another_version_is_kept_with_its_own_scripts_and_the_fonts(device):
    device.context.set_offline(False)
    replace_fetch(
        device,
        """async (...request) => {
            const answer = await real(...request);
            if (request[0] !== location.pathname) return answer;
            const html = (await answer.text()).replaceAll('.js"', '.js?upgraded"');
            return new Response(html, { headers: answer.headers });
        }""",
    )
    device.locator("#offline [data-part=take]").evaluate("button => button.click()")
    keys = """async () => {
        const cache = await caches.open(`accord offline ${location.pathname}`);
        return (await cache.keys()).map(({ url }) => url);
    }"""
    until(lambda: all("?upgraded" in url for url in device.evaluate(keys) if ".js" in url))
    kept = device.evaluate(keys)
    assert any(url.endswith(".woff2") for url in kept)
    device.context.set_offline(True)
    device.reload()
    says(device, kept=0, left=10)


def test_a_batch_that_comes_slowly_is_waited_for(page, enter, annotator, offline_address):
    page.add_init_script(  # twenty seconds are one here
        """const real = AbortSignal.timeout;
        AbortSignal.timeout = (wait) => real.call(AbortSignal, wait / 20);"""
    )
    enter(page, "ann")
    page.goto(offline_address)
    replace_fetch(
        page,
        """async (address, how) => {
            if (String(address).includes("/take/")) {
                await new Promise((resolve) => setTimeout(resolve, 1500));
            }
            return real(address, how);
        }""",
    )
    page.get_by_role("button", name="Take along up to 10").click()
    says(page, kept=0, left=10)


def test_two_tabs_answer_a_pair_once_and_send_it_once(device, offline_address):
    other = device.context.new_page()
    other.goto(offline_address)
    assert shown(other) == shown(device)
    lease = judge(device, "1")
    says(other, kept=1, left=9)
    other.keyboard.press("2")
    expect(other.locator("#warning")).to_contain_text("answered in another tab")
    assert shown(other) != lease
    device.context.set_offline(False)
    for tab in (device, other):
        tab.evaluate("void accordSending.sendAll({ isAll: true })")
    says(device, kept=0, left=9)
    says(other, kept=0, left=9)
    assert Judgement.objects.count() == 1


def test_what_is_refused_is_told_one_by_one_and_nothing_is_lost(device, annotator):
    judge(device, "1")
    device.keyboard.press("s")
    judge(device, "3")
    seen = Lease.objects.order_by("turn").first().comparison
    record_exposure(annotator=annotator, comparison=seen)
    device.context.set_offline(False)
    send_now(device)
    refused = device.locator("#offline [data-part=refused-list] li")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("You have seen what others said about this comparison.")
    expect(refused.locator("strong")).to_have_text("A is better")
    until(lambda: Skip.objects.count() == 1)
    assert not Judgement.objects.exists()
    device.reload()
    expect(refused).to_have_count(1)
    seen.exposures.all().delete()
    refused.get_by_role("button", name="Send again").click()
    expect(refused).to_have_count(0)  # it waits to be sent, and may be drawn so before it is
    until(lambda: Judgement.objects.count() == 1)


def test_leases_that_ended_are_judged_as_late_and_not_shown_any_more(device, annotator):
    judge(device, "1")
    taken = Lease.objects.filter(is_offline=True)
    Comparison.objects.filter(leases__in=taken).update(n_leased=0, wanted=0)
    taken.update(state="expired")
    device.context.set_offline(False)
    device.reload()
    says(device, kept=1, left=0)
    send_now(device)
    says(device, kept=0, left=0)
    expect(device.locator("#offline [data-part=late]")).to_contain_text("wanted: 1.")
    assert not Judgement.objects.get().is_counted


def test_a_paused_member_hears_why_and_keeps_what_was_judged(device, annotator):
    judge(device, "1")
    Membership.objects.filter(annotator=annotator).update(is_active=False)
    device.context.set_offline(False)
    send_now(device)
    expect(device.locator("#offline [data-part=trouble]")).to_contain_text(
        "no part in this project"
    )
    Membership.objects.filter(annotator=annotator).update(is_active=True)
    send_now(device)
    says(device, kept=0, left=9)
    assert Judgement.objects.count() == 1


def test_nothing_goes_out_as_somebody_else_nor_while_signed_out(
    device, enter, project, offline_address
):
    judge(device, "1")
    device.context.set_offline(False)
    device.context.clear_cookies()
    send_now(device)
    trouble = device.locator("#offline [data-part=trouble]")
    expect(trouble).to_contain_text("You are signed out")
    make_member(project, user=make_user(username="bob"))
    enter(device, "bob")
    send_now(device)
    expect(trouble).to_contain_text("Somebody else is signed in")
    device.reload()
    says(device, kept=0, left=0)  # Bob sees nothing of hers
    assert not Judgement.objects.exists()
    device.goto(device.url.partition("/projects/")[0])
    with device.expect_navigation():
        device.get_by_role("button", name="Sign out").click()  # and takes nothing of hers away
    enter(device, "ann")
    device.goto(offline_address)
    says(device, kept=1, left=9)
    send_now(device)
    says(device, kept=0, left=9)
