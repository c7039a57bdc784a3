"""Text of models and imports never runs, loads or leads anywhere by itself."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from annotate.models import Project
from annotate.text.markdown import CLASS_NAMES
from tests.factories import make_comparison, make_completion, make_prompt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OUR_SCRIPTS = list((settings.BASE_DIR / "static" / "js").iterdir())
OUR_FONTS = list((settings.BASE_DIR / "static" / "vendor").glob("*.woff2"))
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![pixel](http://127.0.0.1:9/pixel.png)",
    '<img src="/static/img/favicon.svg?leak">',
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt&colon;alert(1))",
    "[click](java\tscript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "[click](vbscript:msgbox(1))",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    '<div hx-get="/account/" hx-trigger="load">x</div>',
    '<div data-hx-post="/sign-out/" data-hx-trigger="load">x</div>',
    '<div x-init="alert(1)">x</div>',
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "<svg><script href=data:,alert(1) /></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "{{ 7|add:7 }} {% csrf_token %}",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>body{display:none}</style><link rel=stylesheet href=//127.0.0.1:9/x.css>",
    "<form action=/sign-out/ method=post><button>x</button></form>",
    "<meta http-equiv=refresh content='0;url=/account/'>",
    "<base href=//127.0.0.1:9/>",
    "<details open ontoggle=alert(1)>x</details>",
    "<p id=controls class=controls>imitation</p>",
    "</template></div></main><script>alert(1)</script>",
    "</details></div></main><script>alert(1)</script>",
    r"$\text{<img src=x onerror=alert(1)>}$ \\(\text{</math><script>alert(1)</script>}\\)",
    r"$\href{javascript:alert(1)}{x}$ $\style{color:red}{x}$ $\color{red} x$",
    "$\\text{<annotation-xml encoding='text/html'><svg onload=alert(1)>}$",
    "```python\n</span></code></pre><script>alert(1)</script>\n```",
]


CLASSES_IN_TEXT = """[...document.querySelectorAll("#pair .text [class]")]
    .flatMap((element) => [...element.classList])"""
OURS = {name for names in CLASS_NAMES.values() for name in names} | {"code__copy"}


def hostile(project: Project, payload: str) -> None:
    prompt = make_prompt(project, text=f"Prompt {payload}")
    answers = [make_completion(prompt, text=f"{name} {payload}") for name in ("one", "two")]
    first, second = sorted(answers, key=lambda answer: answer.public_id)
    make_comparison(project, prompt=prompt, first=first, second=second)


def test_no_payload_runs_loads_or_navigates(page: Page, live_server, enter, project, annotator):
    """Shown at first, fetched ahead, and on the reviewer's page; `page` counts CSP violations."""
    project.comparisons.all().delete()
    for payload in PAYLOADS:
        hostile(project, payload)
    project.guidelines = "\n\n".join(PAYLOADS)
    project.description = project.attribution = PAYLOADS[1]
    project.save()
    enter(page, "ann")
    dialogs, foreign = [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on(
        "request",
        lambda request: (
            None if _is_expected(request.url, live_server.url) else foreign.append(request.url)
        ),
    )
    page.goto(f"{live_server.url}/projects/{project.slug}/")
    page.goto(f"{live_server.url}/projects/{project.slug}/guidelines/")
    page.get_by_role("button", name="I have read them").click()
    page.wait_for_url("**/judge/")  # and for its script, which hears the keys
    seen = 0
    while page.locator("#pair .pair").count():
        assert (
            page.locator("#pair :is(script, img, iframe, style, form, svg, base, meta)").count()
            == 0
        )
        assert page.locator("#pair .text :is([id], [style], [hx-get])").count() == 0
        assert set(page.evaluate(CLASSES_IN_TEXT)) <= OURS
        for link in page.locator("#pair .text a").all():
            assert link.get_attribute("href").startswith(("http:", "https:", "mailto:"))
            assert "noopener" in link.get_attribute("rel")
        seen += 1
        page.keyboard.press("1")
        expect(page.locator("#saved")).to_have_attribute("data-state", "saved")
        expect(page.locator("#waiting")).to_be_hidden()
    assert seen == len(PAYLOADS)
    assert (dialogs, foreign) == ([], [])


def test_a_reviewer_sees_the_same_payloads_as_harmless(
    page: Page, live_server, enter, project, lead
):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    enter(page, "lena")
    hostile(project, "".join(PAYLOADS[:3]))
    shown = project.comparisons.order_by("-id")[0]
    page.goto(f"{live_server.url}/projects/{project.slug}/comparisons/{shown.public_id}/")
    assert page.locator("main :is(script, img, iframe)").count() == 0
    assert dialogs == []


def test_an_inline_script_would_be_blocked(browser, live_server):
    """The policy stands by itself, even if both gates of the Markdown failed."""
    page = browser.new_context().new_page()
    page.goto(f"{live_server.url}/sign-in/")
    with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
        page.evaluate(
            """() => { const script = document.createElement('script');
            script.textContent = 'window.ran = true'; document.body.append(script); }"""
        )
    assert page.evaluate("window.ran") is None
    page.context.close()


def _is_expected(url: str, site: str) -> bool:
    return url.startswith(f"{site}/projects/") or url.split("?")[0] in {
        f"{site}/static/css/accord.css",
        f"{site}/static/img/favicon.svg",
        *(f"{site}/static/js/{script.name}" for script in OUR_SCRIPTS),
        *(f"{site}/static/vendor/{font.name}" for font in OUR_FONTS),
    }
