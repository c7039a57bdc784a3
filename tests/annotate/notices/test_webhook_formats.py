"""What each service is sent, and how its refusals are read: no network, hand-worked signatures."""

import json

import pytest

from annotate.notices.webhook_formats import dingtalk, feishu, plain_json, slack, teams
from annotate.notices.webhook_formats.request import Message

MESSAGE = Message(
    id="11111111-2222-3333-4444-555555555555",
    title="Agreement <low> & *bold*",
    text="<at id=all></at> [link](https://evil.test) <!channel>",
    url="https://accord.test/notices/",
    data={"type": "trial", "text": "你好"},
)


def sent(format, *, url="https://hook.test/x", secret="", now=1_700_000_000.9):
    return format.request(url, MESSAGE, secret=secret, now=now)


def test_plain_json_is_signed_as_standard_webhooks_signs_its_own_example():
    """The vector of the reference libraries of Standard Webhooks."""
    signature = plain_json.signature(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_plain_json_names_its_id_and_time_and_signs_what_is_sent():
    request = sent(plain_json, secret="plain words")
    assert request.headers["webhook-id"] == MESSAGE.id
    assert request.headers["webhook-timestamp"] == "1700000000"
    assert request.headers["webhook-signature"] == plain_json.signature(
        MESSAGE.id, "1700000000", request.body, "plain words"
    )
    assert json.loads(request.body) == {"type": "trial", "text": "你好"}
    assert "webhook-signature" not in sent(plain_json).headers


def test_slack_gets_plain_text_and_escapes_what_it_would_read():
    content = json.loads(sent(slack).body)
    assert content["text"] == "Agreement &lt;low&gt; &amp; *bold*"
    header, section, context = content["blocks"]
    assert header["text"] == {"type": "plain_text", "text": MESSAGE.title, "emoji": False}
    assert section["text"]["type"] == "plain_text"
    assert context["elements"][0]["text"] == "<https://accord.test/notices/|Accord>"
    long = slack.request("u", Message("i", "t" * 500, "x" * 9000, "u"), secret="", now=0)
    header, section, _context = json.loads(long.body)["blocks"]
    assert (len(header["text"]["text"]), len(section["text"]["text"])) == (150, 3000)


def test_teams_gets_an_adaptive_card_without_markdown():
    content = json.loads(sent(teams).body)
    (attachment,) = content["attachments"]
    card = attachment["content"]
    assert content["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert [block["type"] for block in card["body"]] == ["RichTextBlock"] * 2
    assert card["body"][1]["inlines"][0]["text"] == MESSAGE.text
    assert card["actions"][0]["url"] == MESSAGE.url
    assert (
        len(teams.request("u", Message("i", "t", "字" * 90_000, "u"), secret="", now=0).body)
        < 28_000
    )


def test_feishu_gets_a_card_of_plain_text_signed_over_nothing():
    content = json.loads(sent(feishu, secret="demo").body)
    assert (content["msg_type"], content["timestamp"]) == ("interactive", "1700000000")
    # printf '' | openssl dgst -sha256 -hmac $'1700000000\ndemo' -binary | base64
    assert content["sign"] == "8oT2n3SMKFfEnDoiwer8BUM/SjKLwe9SqoEIHlhDTKo="
    assert content["card"]["elements"][0]["text"] == {"tag": "plain_text", "content": MESSAGE.text}
    assert "sign" not in json.loads(sent(feishu).body)


def test_dingtalk_is_signed_in_its_address():
    request = sent(
        dingtalk, url="https://oapi.dingtalk.com/robot/send?access_token=t", secret="demo"
    )
    # printf '1700000000900\ndemo' | openssl dgst -sha256 -hmac demo -binary | base64
    assert request.url == (
        "https://oapi.dingtalk.com/robot/send?access_token=t&timestamp=1700000000900&sign=%2BfvoRVwmtUtsp6WtFgnRcnuSrf1l7rYAisLsD4fnu%2B0%3D"
    )
    content = json.loads(request.body)
    assert content["msgtype"] == "text" and MESSAGE.text in content["text"]["content"]
    assert sent(dingtalk).url == "https://hook.test/x"


@pytest.mark.parametrize(
    ("format", "body", "said", "may_pass", "wait"),
    [
        (feishu, {"code": 19021, "msg": "sign match fail"}, "19021 sign match fail", False, None),
        (feishu, {"code": 11232, "msg": "too often"}, "11232 too often", True, 60),
        (dingtalk, {"errcode": 310000, "errmsg": "sign"}, "310000 sign", False, None),
        (dingtalk, {"errcode": 130101, "errmsg": "too fast"}, "130101 too fast", True, 600),
    ],
)
def test_a_refusal_with_status_200_is_one(format, body, said, may_pass, wait):
    refused = format.refusal(json.dumps(body).encode())
    assert (refused.said, refused.may_pass, refused.wait_seconds) == (said, may_pass, wait)


@pytest.mark.parametrize("format", [feishu, dingtalk, slack, teams, plain_json])
@pytest.mark.parametrize("body", [b"", b"ok", b"[1]", b"{", b'{"code": 0, "errcode": 0}', b"\xff"])
def test_what_says_nothing_against_it_is_no_refusal(format, body):
    assert format.refusal(body) is None
