"""Addresses of the `annotate` pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from annotate.exports.beside import CARD, DATASET_INFO
from annotate.views import (
    account,
    agreement,
    answers,
    appeals,
    arenas,
    bulk_changes,
    comparisons,
    endpoints,
    exports,
    history,
    home,
    hub,
    imports,
    joining,
    judging,
    mail,
    members,
    notices,
    offline,
    projects,
    protocols,
    quality,
    rulings,
    uploads,
    webhooks,
)

app_name = "annotate"

project = "projects/<slug:slug>"

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", account.SignIn.as_view(), name="sign_in"),
    path("join/<str:plain>/", joining.join_page, name="join"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("account/", account.account, name="account"),
    path("account/language/", account.language, name="account_language"),
    path("account/password/", account.password, name="account_password"),
    path("account/tokens/", account.new_token, name="account_tokens"),
    path("account/tokens/<uuid:token_id>/revoke/", account.end_token, name="account_token_revoke"),
    path("endpoints/", endpoints.endpoints, name="endpoints"),
    path("endpoints/new/", endpoints.new, name="endpoint_new"),
    path("endpoints/<uuid:endpoint_id>/", endpoints.change, name="endpoint"),
    path("endpoints/<uuid:endpoint_id>/try/", endpoints.attempt, name="endpoint_try"),
    path("notices/", notices.notices, name="notices"),
    path("notices/bell/", notices.bell, name="notice_bell"),
    path("notices/read/", notices.read_all, name="notices_read"),
    path("notices/settings/", notices.settings, name="notice_settings"),
    path("notices/settings/again/", notices.hear_again, name="notice_hear_again"),
    path("notices/<uuid:notice_id>/read/", notices.read, name="notice_read"),
    path("notices/<uuid:notice_id>/snooze/", notices.put_off, name="notice_snooze"),
    path("notices/<uuid:notice_id>/mute/", notices.silence, name="notice_mute"),
    path("mail/", mail.mail, name="mail"),
    path("mail/trial/", mail.trial, name="mail_trial"),
    path("mail/<uuid:delivery_id>/", mail.letter, name="letter"),
    path("mail/<uuid:delivery_id>/again/", mail.again, name="letter_again"),
    path("projects/new/", projects.new, name="project_new"),
    path(f"{project}/", projects.overview, name="project"),
    path(f"{project}/guidelines/", projects.guidelines, name="guidelines"),
    path(f"{project}/settings/", projects.change, name="settings"),
    path(f"{project}/protocol/", protocols.protocol, name="protocol"),
    path(f"{project}/judge/", judging.judge, name="judge"),
    path(f"{project}/judge/submit/", judging.submit, name="judge_submit"),
    path(f"{project}/judge/skip/", judging.skip, name="judge_skip"),
    path(f"{project}/judge/flag/", judging.flag, name="judge_flag"),
    path(f"{project}/judge/undo/", judging.undo, name="judge_undo"),
    path(f"{project}/judge/renew/", judging.renew, name="judge_renew"),
    path(f"{project}/judge/offline/", offline.page, name="judge_offline"),
    path(f"{project}/judge/offline/worker.js", offline.worker, name="offline_worker"),
    path(f"{project}/judge/offline/state/", offline.state, name="offline_state"),
    path(f"{project}/judge/offline/take/", offline.take, name="offline_take"),
    path(f"{project}/judge/offline/send/", offline.send, name="offline_send"),
    path(f"{project}/judge/offline/give-back/", offline.give_all_back, name="offline_give_back"),
    path(f"{project}/history/", history.history, name="history"),
    path(f"{project}/agreement/", agreement.agreement, name="agreement"),
    path(f"{project}/history/appeals/", appeals.appeal, name="appeal"),
    path(f"{project}/quality/", quality.quality, name="quality"),
    path(f"{project}/quality/appeals/<uuid:appeal_id>/", appeals.answer, name="appeal_answer"),
    path(f"{project}/quality/proposals/", quality.proposals, name="quality_proposals"),
    path(f"{project}/quality/people/<uuid:member_id>/", quality.person, name="quality_person"),
    path(f"{project}/quality/people/<uuid:member_id>/go-on/", quality.go_on, name="quality_go_on"),
    path(f"{project}/quality/people/<uuid:member_id>/pause/", quality.pause, name="person_pause"),
    path(
        f"{project}/quality/people/<uuid:member_id>/judge-again/",
        quality.judge_again,
        name="quality_judge_again",
    ),
    path(f"{project}/notices/", webhooks.project_notices, name="project_notices"),
    path(f"{project}/notices/webhooks/new/", webhooks.new, name="webhook_new"),
    path(f"{project}/notices/webhooks/<uuid:webhook_id>/", webhooks.change, name="webhook"),
    path(
        f"{project}/notices/webhooks/<uuid:webhook_id>/try/", webhooks.attempt, name="webhook_try"
    ),
    path(
        f"{project}/notices/webhooks/<uuid:webhook_id>/delete/",
        webhooks.delete,
        name="webhook_delete",
    ),
    path(f"{project}/notices/deliveries/<uuid:delivery_id>/", webhooks.delivery, name="delivery"),
    path(
        f"{project}/notices/deliveries/<uuid:delivery_id>/again/",
        webhooks.again,
        name="delivery_again",
    ),
    path(f"{project}/members/", members.members, name="members"),
    path(f"{project}/members/list.csv", members.as_csv, name="members_csv"),
    path(f"{project}/members/changes/", members.change, name="member_changes"),
    path(f"{project}/members/add/", joining.add, name="add_members"),
    path(f"{project}/members/add/list/", joining.add_list, name="add_member_list"),
    path(f"{project}/members/invitations/", joining.new_invitation, name="invitations"),
    path(
        f"{project}/members/invitations/<uuid:invitation_id>/withdraw/",
        joining.withdraw,
        name="withdraw_invitation",
    ),
    path(f"{project}/members/<uuid:member_id>/", members.member, name="member"),
    path(f"{project}/imports/", imports.imports, name="imports"),
    path(f"{project}/imports/formats/", imports.import_formats, name="import_formats"),
    path(f"{project}/imports/hub/", hub.hub_files, name="hub_files"),
    path(f"{project}/imports/hub/<uuid:fetch_id>/", hub.hub_fetch, name="hub_fetch"),
    path(f"{project}/imports/uploads/<uuid:upload_id>/", uploads.upload, name="upload"),
    path(f"{project}/imports/<uuid:import_id>/", imports.one_import, name="import"),
    path(f"{project}/answers/", answers.answers, name="answers"),
    path(f"{project}/answers/<uuid:generation_id>/", answers.generation, name="generation"),
    path(
        f"{project}/answers/<uuid:generation_id>/cancel/", answers.cancel, name="generation_cancel"
    ),
    path(
        f"{project}/answers/<uuid:generation_id>/resume/", answers.resume, name="generation_resume"
    ),
    path(f"{project}/arenas/", arenas.arenas, name="arenas"),
    path(f"{project}/arenas/<uuid:arena_id>/", arenas.arena, name="arena"),
    path(f"{project}/arenas/<uuid:arena_id>/close/", arenas.close, name="arena_close"),
    path(f"{project}/arenas/<uuid:arena_id>/reopen/", arenas.reopen, name="arena_reopen"),
    path(f"{project}/endpoints/new/", endpoints.new, name="project_endpoint_new"),
    path(f"{project}/exports/", exports.exports, name="exports"),
    path(f"{project}/exports/<uuid:export_id>/", exports.download, name="export"),
    path(f"{project}/rulings/", rulings.rulings, name="rulings"),
    path(
        f"{project}/rulings/<uuid:comparison_id>/comment/", rulings.comment, name="ruling_comment"
    ),
    *(
        path(
            f"{project}/exports/<uuid:export_id>/{name}",
            exports.download_beside,
            {"name": name},
            name=f"export-{name}",
        )
        for name in (CARD, DATASET_INFO)
    ),
    path(f"{project}/comparisons/", comparisons.comparisons, name="comparisons"),
    path(f"{project}/comparisons/change/", bulk_changes.preview_change, name="bulk_change_preview"),
    path(f"{project}/comparisons/changes/", bulk_changes.changes, name="bulk_changes"),
    path(
        f"{project}/comparisons/changes/<uuid:change_id>/", bulk_changes.change, name="bulk_change"
    ),
    path(
        f"{project}/comparisons/changes/<uuid:change_id>/cancel/",
        bulk_changes.cancel,
        name="bulk_change_cancel",
    ),
    path(
        f"{project}/comparisons/changes/<uuid:change_id>/undo/",
        bulk_changes.undo,
        name="bulk_change_undo",
    ),
    path(f"{project}/comparisons/views/", bulk_changes.keep_view, name="saved_views"),
    path(f"{project}/comparisons/views/<uuid:view_id>/", bulk_changes.open_view, name="saved_view"),
    path(
        f"{project}/comparisons/views/<uuid:view_id>/delete/",
        bulk_changes.delete_view,
        name="saved_view_delete",
    ),
    path(f"{project}/comparisons/<uuid:comparison_id>/", comparisons.comparison, name="comparison"),
    path(
        f"{project}/comparisons/<uuid:comparison_id>/triage/",
        comparisons.triage_one,
        name="comparison_triage",
    ),
    path(
        f"{project}/comparisons/<uuid:comparison_id>/gold/",
        quality.mark,
        name="comparison_gold",
    ),
    path(
        f"{project}/comparisons/<uuid:comparison_id>/flags/<uuid:flag_id>/close/",
        comparisons.end_flag,
        name="flag_close",
    ),
]
